"""Settings of flat and hierarchical classification, and the tree of classes."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from vocalbaby.components.training_config import TrainingConfig
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import ConfigError

__all__ = ["ROOT", "ClassificationConfig", "TreeNode", "nodes_of", "overridden"]

#: Name of the first node of every tree.
ROOT: Final = "root"

#: What no branch may be called.
_RESERVED: Final = (ROOT, "hierarchy")

#: Most levels of branches in a tree.
_MAX_DEPTH: Final = 8

_NAME: Final = re.compile("[a-z][a-z0-9_-]{0,30}")

#: A class, several classes, or named branches that are trees again.
Tree: TypeAlias = Any

_DEFAULT: Final[dict[str, Tree]] = {
    "emotional": ["Crying", "Laughing"],
    "non_emotional": ["Canonical", "Non-canonical", "Junk"],
}


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of a tree, at which a model decides.

    Attributes:
        name: Name of the node: ``root``, or that of the branch that leads to it.
        branches: Names of its branches: nodes, or classes.
        classes: Classes beneath each branch, in the order of ``CLASSES``.

    Examples:
        >>> TreeNode("root", ("babble", "Junk"), (("Canonical", "Non-canonical"), ("Junk",))).name
        'root'
    """

    name: str
    branches: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]


class ClassificationConfig(StrictModel):
    """Settings of flat and hierarchical classification.

    Attributes:
        mode: ``flat`` trains one model of all classes; ``hierarchical`` one for each node of the
            tree; ``both`` trains both and keeps the one with the higher UAR on devel.
        routing: ``soft`` multiplies the probabilities along the path to a class; ``hard``
            follows only the most probable branch, and gives the other classes the probability 0.
        tree: Names of branches, each with a class, a list of classes or further branches. Each
            class is in one place. Classes without clips in train are left out.
        nodes: For nodes by name (``root``, or the name of a branch), settings that replace those
            of the section ``training``, e.g. ``{emotional: {kind: svm, class_balance: 0.5}}``.

    Examples:
        >>> config = ClassificationConfig(tree={"infant": {
        ...     "emotional": ["Crying", "Laughing"], "speech": ["Canonical", "Non-canonical"],
        ... }, "other": "Junk"})
        >>> [node.name for node in nodes_of(config.tree)]
        ['root', 'infant', 'emotional', 'speech']
    """

    mode: Literal["flat", "hierarchical", "both"] = "flat"
    routing: Literal["soft", "hard"] = "soft"
    tree: dict[str, Tree] = Field(default_factory=lambda: dict(_DEFAULT))
    nodes: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("tree")
    @classmethod
    def _each_class_once(cls, tree: dict[str, Tree]) -> dict[str, Tree]:
        places: dict[str, str] = {}
        names: dict[str, str] = {}
        for where, kind, name in _checked(tree, "tree", 1):
            known = places if kind == "class" else names
            if name in known:
                raise ValueError(f"the {kind} {name!r} is in {known[name]} and in {where}")
            known[name] = where
        if missing := [name for name in CLASSES if name not in places]:
            raise ValueError(f"the tree has no place for {', '.join(missing)}")
        return tree

    @field_validator("nodes")
    @classmethod
    def _nodes_exist(
        cls, nodes: dict[str, dict[str, Any]], info: ValidationInfo
    ) -> dict[str, dict[str, Any]]:
        names = [node.name for node in nodes_of(info.data.get("tree", {}))]
        for name, overrides in nodes.items():
            if names and name not in names:
                raise ValueError(
                    f"nodes.{name}: the tree has no such node; a branch with one class is none. "
                    f"Its nodes are {', '.join(names)}"
                )
            try:
                overridden(TrainingConfig(), overrides, f"nodes.{name}")
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return nodes


def nodes_of(tree: Mapping[str, Tree], present: Collection[str] = CLASSES) -> list[TreeNode]:
    """Return the nodes of a tree of those classes that are present, each before those beneath it.

    A branch without a class is left out, and a node with one branch is replaced by that branch.

    Args:
        tree: The tree, as `ClassificationConfig` describes it.
        present: Classes to keep.

    Returns:
        The nodes; empty if fewer than two classes are present.

    Examples:
        >>> tree = {"emotional": ["Crying", "Laughing"], "other": ["Canonical", "Junk"]}
        >>> for node in nodes_of(tree, ["Crying", "Canonical", "Junk"]):
        ...     print(node.name, node.branches, node.classes)
        root ('Crying', 'other') (('Crying',), ('Canonical', 'Junk'))
        other ('Canonical', 'Junk') (('Canonical',), ('Junk',))
    """
    return _nodes(ROOT, tree, present)


def overridden(
    config: TrainingConfig, overrides: Mapping[str, object], where: str
) -> TrainingConfig:
    """Replace settings of a training.

    Args:
        config: The settings.
        overrides: New values by key; a dotted key (``mlp.hidden``) or a nested mapping steps into
            a subsection.
        where: Where the overrides were given, for the message.

    Raises:
        ConfigError: A key is unknown or a value is not valid.

    Examples:
        >>> changed = overridden(TrainingConfig(), {"kind": "mlp", "mlp.hidden": 8}, "nodes.root")
        >>> changed.kind, changed.mlp.hidden, changed.seed == TrainingConfig().seed
        ('mlp', 8, True)
    """
    values = config.model_dump()
    for key, value in overrides.items():
        *steps, last = str(key).split(".")
        place = values
        for step in steps:
            if not isinstance(place.setdefault(step, {}), dict):
                raise ConfigError(f"{where}: '{step}' of '{key}' is no subsection.", hint=_HINT)
            place = place[step]
        _merge(place, last, value)
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{where}: '{key}': {problem['msg']}.", hint=_HINT) from error


_HINT: Final = "Use the keys of the section training of training.yaml."


def _merge(place: dict[str, Any], key: str, value: object) -> None:
    if isinstance(value, Mapping) and isinstance(place.get(key), dict):
        for name, inner in value.items():
            _merge(place[key], str(name), inner)
    else:
        place[key] = value


def _checked(branch: Tree, where: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """Yield (where, ``class`` or ``branch``, name) for each name of a tree.

    Raises:
        ValueError: A part of the tree is empty, unknown or nested too deeply.
    """
    if depth > _MAX_DEPTH:
        raise ValueError(f"{where} is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(branch, str):
        branch = [branch]
    if not branch or not isinstance(branch, Mapping | Sequence):
        raise ValueError(
            f"{where} is empty, or not a class, a list of classes or a mapping of branches"
        )
    if not isinstance(branch, Mapping):
        for name in branch:
            if name not in CLASSES:
                raise ValueError(
                    f"{where} has the unknown class {name!r}; there are {', '.join(CLASSES)}"
                )
            yield where, "class", name
        return
    for name, beneath in branch.items():
        if not _NAME.fullmatch(str(name)) or name in _RESERVED:
            raise ValueError(
                f"{where} has a branch {name!r}; names have lower-case letters, digits, _ and -, "
                f"and are not {' or '.join(_RESERVED)}"
            )
        yield where, "branch", name
        yield from _checked(beneath, f"{where}.{name}", depth + 1)


def _nodes(name: str, branch: Tree, present: Collection[str]) -> list[TreeNode]:
    """Return the nodes of a branch; see `nodes_of`."""
    kept = {part: beneath for part, beneath in _parts(branch) if _classes(beneath, present)}
    if len(kept) == 1 and isinstance(branch, Mapping):
        ((part, beneath),) = kept.items()
        return _nodes(name if name == ROOT else part, beneath, present)
    if len(kept) < 2:
        return []
    names, beneath_each = [], []
    for part, beneath in kept.items():
        further = _nodes(part, beneath, present)
        names.append(further[0].name if further else _classes(beneath, present)[0])
        beneath_each += further
    classes = tuple(_classes(beneath, present) for beneath in kept.values())
    return [TreeNode(name, tuple(names), classes), *beneath_each]


def _parts(branch: Tree) -> list[tuple[str, Tree]]:
    """Return the branches of a node, of which a class is one too."""
    if isinstance(branch, str):
        return []
    if isinstance(branch, Mapping):
        return list(branch.items())
    return [(name, name) for name in branch]


def _classes(branch: Tree, present: Collection[str]) -> tuple[str, ...]:
    """Return the classes beneath a branch that are present, in the order of ``CLASSES``."""
    if isinstance(branch, str):
        found = {branch}
    else:
        found = {name for _, part in _parts(branch) for name in _classes(part, present)}
    return tuple(name for name in CLASSES if name in found and name in present)
