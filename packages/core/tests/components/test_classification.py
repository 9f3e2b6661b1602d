"""The section `classification`: trees of classes, their nodes, and overrides of settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.classification import (
    ClassificationConfig,
    TreeNode,
    nodes_of,
    overridden,
)
from vocalbaby.exception import ConfigError

INFANT_FIRST: dict[str, Any] = {
    "infant": {"emotional": ["Crying", "Laughing"], "speech": ["Non-canonical", "Canonical"]},
    "other": "Junk",
}


def test_the_default_separates_emotional_sounds() -> None:
    assert nodes_of(ClassificationConfig().tree) == [
        TreeNode(
            "root",
            ("emotional", "non_emotional"),
            (("Crying", "Laughing"), ("Canonical", "Non-canonical", "Junk")),
        ),
        TreeNode("emotional", ("Crying", "Laughing"), (("Crying",), ("Laughing",))),
        TreeNode(
            "non_emotional",
            ("Canonical", "Non-canonical", "Junk"),
            (("Canonical",), ("Non-canonical",), ("Junk",)),
        ),
    ]


def test_a_branch_with_one_class_is_no_node() -> None:
    nodes = nodes_of(ClassificationConfig(tree=INFANT_FIRST).tree)
    assert [node.name for node in nodes] == ["root", "infant", "emotional", "speech"]
    assert nodes[0].branches == ("infant", "Junk")
    # Branches keep the order of the settings, classes beneath them that of CLASSES.
    assert nodes[0].classes[0] == ("Canonical", "Non-canonical", "Crying", "Laughing")
    assert nodes[3].branches == ("Non-canonical", "Canonical")


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (["Canonical", "Crying", "Laughing", "Junk"], {"root": 2, "infant": 2, "emotional": 2}),
        (["Crying", "Laughing", "Junk"], {"root": 2, "emotional": 2}),
        (["Crying", "Canonical"], {"root": 2}),
        (["Crying", "Canonical", "Non-canonical"], {"root": 2, "speech": 2}),
        (["Junk", "Crying"], {"root": 2}),
        (["Junk"], {}),
        ([], {}),
    ],
)
def test_classes_without_clips_are_pruned(present: list[str], expected: dict[str, int]) -> None:
    nodes = nodes_of(INFANT_FIRST, present)
    assert {node.name: len(node.branches) for node in nodes} == expected
    leaves = [b for node in nodes for b in node.branches if b not in expected]
    assert sorted(leaves) == (sorted(present) if expected else [])


def deep(levels: int) -> dict[str, Any]:
    """A tree that separates one class after the other, with chains of single branches."""
    tree: Any = ["Crying", "Laughing", "Canonical", "Non-canonical"]
    for level in range(levels):
        tree = {f"b{level}": tree}
    return {"deep": tree, "other": "Junk"}


def test_trees_may_have_eight_levels() -> None:
    nodes = nodes_of(ClassificationConfig(tree=deep(6)).tree)
    assert [node.name for node in nodes] == ["root", "b0"]
    with pytest.raises(ValidationError, match="deeper than 8 levels"):
        ClassificationConfig(tree=deep(7))


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({}, "tree is empty"),
        ({"a": []}, "tree.a is empty"),
        ({"a": {}}, "tree.a is empty"),
        ({"a": None}, "tree.a is empty"),
        ({"a": 3}, "tree.a is empty, or not a class"),
        ({"a": ["Crying", "Singing"]}, "tree.a has the unknown class 'Singing'"),
        ({"a": "Singing"}, "tree.a has the unknown class 'Singing'"),
        ({"a": ["Crying", ["Laughing"]]}, r"tree.a has the unknown class \['Laughing'\]"),
        ({"a": ["Crying"], "b": ["Crying"]}, "'Crying' is in tree.a and in tree.b"),
        ({"a": ["Crying", "Crying"]}, "'Crying' is in tree.a and in tree.a"),
        ({"a": {"b": "Crying"}, "b": "Junk"}, "branch 'b' is in tree.a and in tree"),
        ({"a": ["Crying"], "b": ["Junk"]}, "no place for Canonical, Non-canonical, Laughing"),
        ({"root": ["Crying"]}, "tree has a branch 'root'"),
        ({"hierarchy": ["Crying"]}, "tree has a branch 'hierarchy'"),
        ({"a": {"No good": ["Crying"]}}, "tree.a has a branch 'No good'"),
        ({"a": {False: ["Crying"]}}, "tree.a has a branch False"),
        (["Crying"], "valid dictionary"),
    ],
)
def test_errors_say_where_a_tree_is_wrong(tree: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ClassificationConfig(tree=tree)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"babble": {}}, "nodes.babble: the tree has no such node; .* are root, infant"),
        ({"other": {"kind": "mlp"}}, "nodes.other: the tree has no such node"),
        ({"root": {"depth": 3}}, "nodes.root: 'depth': Extra inputs"),
        ({"root": {"max_depth": 300}}, "nodes.root: 'max_depth'"),
        ({"root": {"mlp": {"hidden": 0}}}, "nodes.root: 'mlp.hidden'"),
        ({"root": {"max_depth.deeper": 3}}, "'max_depth' of 'max_depth.deeper' is no subsection"),
    ],
)
def test_errors_say_which_override_is_wrong(nodes: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ClassificationConfig(tree=INFANT_FIRST, nodes=nodes)


def test_overrides_are_dotted_or_nested() -> None:
    config = TrainingConfig(max_depth=3, class_prior={"Junk": 2.0})
    dotted = overridden(config, {"mlp.hidden": 8, "class_prior.Crying": 3.0}, "here")
    nested = overridden(config, {"mlp": {"hidden": 8}, "class_prior": {"Crying": 3.0}}, "here")
    assert dotted == nested
    assert dotted.max_depth == 3
    assert dotted.mlp.hidden == 8
    assert dotted.mlp.epochs == config.mlp.epochs
    assert dotted.class_prior == {"Junk": 2.0, "Crying": 3.0}
    assert config.mlp.hidden != 8
    with pytest.raises(ConfigError, match="here: 'rounds'"):
        overridden(config, {"rounds": 0}, "here")
