"""The kind `hierarchical`: probabilities along the paths of a tree, and what it refuses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.exception import BundleError
from vocalbaby.models import ensemble, mlp, registry
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.hierarchical import (
    KIND,
    LOWEST,
    OUTSIDE,
    PART,
    Hierarchical,
    Node,
    to_parts,
)

Parts = dict[str, bytes]
Change = Callable[[dict[str, Any]], object]
Routing = Literal["soft", "hard"]


def network(n_columns: int, n_outputs: int, seed: int) -> Parts:
    """A perceptron with random weights."""
    rng = np.random.default_rng(seed)
    layers = mlp.Layers(
        low=(-9,) * n_columns,
        high=(9,) * n_columns,
        center=(0,) * n_columns,
        scale=(1,) * n_columns,
        hidden=tuple(map(tuple, rng.normal(size=(n_columns, 4)).tolist())),
        hidden_bias=(0.1,) * 4,
        output=tuple(map(tuple, rng.normal(size=(4, n_outputs)).tolist())),
        output_bias=(0.0,) * n_outputs,
    )
    return {mlp.PART: layers.model_dump_json().encode()}


def node(
    name: str, branches: tuple[int | str, ...], columns: tuple[int, int], temperature: float
) -> Node:
    return Node(
        name=name,
        kind=mlp.KIND,
        first_column=columns[0],
        n_columns=columns[1],
        temperature=temperature,
        bias=tuple(0.1 * i for i in range(len(branches))),
        branches=branches,
    )


NODES = (
    node("root", ("infant", 4), (0, 3), 2.0),
    node("infant", ("emotional", "speech"), (1, 2), 0.5),
    node("emotional", (2, 3), (0, 3), 1.0),
    node("speech", (0, 1), (2, 1), 0.7),
)
NETWORKS = tuple(network(n.n_columns, len(n.branches), seed) for seed, n in enumerate(NODES, 60))


def hierarchy(routing: Routing) -> Parts:
    return to_parts(routing, 3, NODES, NETWORKS)


@pytest.fixture(scope="module")
def x() -> NDArray[np.float32]:
    values = 2 * np.random.default_rng(3).standard_normal((40, 3)).astype(np.float32)
    values[0, 1:] = np.nan
    return values


def shares(number: int, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of the branches of a node."""
    own = NODES[number]
    columns = x[:, own.first_column : own.first_column + own.n_columns]
    margins = registry.load(mlp.KIND, NETWORKS[number]).margins(columns)
    return probabilities(margins, own.temperature, own.bias)


def test_soft_routing_multiplies_the_probabilities_of_a_path(x: NDArray[np.float32]) -> None:
    model = registry.load(KIND, hierarchy("soft"))
    assert (model.n_features, model.n_classes) == (3, 5)
    root, infant, emotional, speech = (shares(number, x) for number in range(4))
    expected = np.stack(
        [
            root[:, 0] * infant[:, 1] * speech[:, 0],
            root[:, 0] * infant[:, 1] * speech[:, 1],
            root[:, 0] * infant[:, 0] * emotional[:, 0],
            root[:, 0] * infant[:, 0] * emotional[:, 1],
            root[:, 1],
        ],
        axis=1,
    )
    margins = model.margins(x)
    assert margins.dtype == np.float32
    np.testing.assert_allclose(np.exp(margins.astype(np.float64)), expected, rtol=1e-5)
    np.testing.assert_allclose(probabilities(margins, 1.0, [0.0] * 5), expected, rtol=1e-5)


def test_hard_routing_follows_the_most_probable_branch(x: NDArray[np.float32]) -> None:
    margins = registry.load(KIND, hierarchy("hard")).margins(x)
    found = probabilities(margins, 1.0, [0.0] * 5)
    root, infant, emotional, speech = (shares(number, x) for number in range(4))
    seen = set()
    for i in range(len(x)):
        if root[i].argmax() == 1:
            place, expected = [4], np.ones(1)
        elif infant[i].argmax() == 0:
            place, expected = [2, 3], emotional[i]
        else:
            place, expected = [0, 1], speech[i]
        outside = sorted({0, 1, 2, 3, 4} - set(place))
        seen.add(tuple(place))
        np.testing.assert_allclose(found[i, place], expected, rtol=1e-5)
        assert (found[i, outside] == 0).all()
        assert (margins[i, outside] == OUTSIDE).all()
    assert len(seen) == 3


@pytest.mark.parametrize("routing", ["soft", "hard"])
def test_probabilities_sum_to_one_with_any_calibration(
    routing: Routing, x: NDArray[np.float32]
) -> None:
    margins = registry.load(KIND, hierarchy(routing)).margins(x)
    for temperature, bias in ((1.0, [0.0] * 5), (20.0, [4.0, -4.0, 0, 1, -1]), (0.05, [0.5] * 5)):
        found = probabilities(margins, temperature, bias)
        np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
        if routing == "hard":
            assert (found[margins == np.float32(OUTSIDE)] == 0).all()


@pytest.mark.parametrize("routing", ["soft", "hard"])
def test_a_row_does_not_depend_on_the_others(routing: Routing, x: NDArray[np.float32]) -> None:
    model = registry.load(KIND, hierarchy(routing))
    alone = np.concatenate([model.margins(x[i : i + 1]) for i in range(len(x))])
    assert model.margins(x).tobytes() == alone.tobytes()
    assert model.margins(x[7:22]).tobytes() == alone[7:22].tobytes()
    assert model.margins(x[:0]).shape == (0, 5)


@dataclass
class Certain:
    """A model that is sure of its first output."""

    n_features: int
    n_classes: int

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        found = np.zeros((len(x), self.n_classes), np.float32)
        found[:, 0] = 3e38
        return found


def test_margins_remain_finite_when_a_model_is_certain(x: NDArray[np.float32]) -> None:
    columns = {n.name: n.n_columns for n in NODES}
    sizes = iter(columns.values())
    model = Hierarchical.from_parts(hierarchy("soft"), lambda *_: Certain(next(sizes), 2))
    margins = model.margins(x)
    assert (margins[:, 2] == 0).all()
    assert (np.delete(margins, 2, axis=1) == LOWEST).all()


def test_a_wrong_shape_is_refused(x: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"\(n, 3\) is expected"):
        registry.load(KIND, hierarchy("soft")).margins(x[:, :2])


def changed(change: Change) -> Parts:
    values = json.loads(hierarchy("soft")[PART])
    change(values)
    return {**hierarchy("soft"), PART: json.dumps(values).encode()}


def many(values: dict[str, Any]) -> None:
    values["nodes"] = [{**values["nodes"][0], "name": f"n{i}"} for i in range(33)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(routing="both"), "routing"),
        (lambda v: v.update(classes=5), "classes"),
        (lambda v: v.update(n_columns=10**9), "n_columns"),
        (lambda v: v.update(n_columns=2), "columns of the node 'root' .* do not exist"),
        (lambda v: v["nodes"].clear(), "nodes: "),
        (many, "at most 32 items"),
        (lambda v: v["nodes"].pop(), "branch 'speech' .* is unknown"),
        (lambda v: v["nodes"].reverse(), "branch 'infant' .* is unknown|No node before"),
        (lambda v: v["nodes"][1]["branches"].reverse(), None),
        (lambda v: v["nodes"][0].update(branches=["infant", "infant"]), "two places"),
        (lambda v: v["nodes"][1].update(branches=["root", "speech"]), "two places"),
        (lambda v: v["nodes"][1].update(branches=["infant", "speech"]), "two places"),
        (lambda v: v["nodes"][1].update(branches=[3, "speech"]), "No node before 'emotional'"),
        (lambda v: v["nodes"][2].update(branches=[2, 2]), "each class in one place"),
        (lambda v: v["nodes"][2].update(branches=[2, 5]), "each class in one place"),
        (lambda v: v["nodes"][2].update(branches=[2, -1]), "branches"),
        (lambda v: v["nodes"][2].update(branches=[2, True]), "branches"),
        (lambda v: v["nodes"][2].update(branches=[2]), "at least 2 items"),
        (lambda v: v["nodes"][0].update(kind=KIND), "'root' of a hierarchy is a hierarchy"),
        (lambda v: v["nodes"][0].update(kind="oracle"), "no kind of model 'oracle'"),
        (lambda v: v["nodes"][0].update(kind="k" * 1000), "nodes.0.kind"),
        (lambda v: v["nodes"][3].update(name="emotional"), "names a node twice"),
        (lambda v: v["nodes"][0].update(name="hierarchy"), "or 'hierarchy'"),
        (lambda v: v["nodes"][0].update(name="other"), r"No node .* \['root.mlp.json'\]"),
        (lambda v: v["nodes"][0].update(name="a.b"), "nodes.0.name"),
        (lambda v: v["nodes"][0].update(temperature=0), "nodes.0.temperature"),
        (lambda v: v["nodes"][0].update(temperature=1e-300), "nodes.0.temperature"),
        (lambda v: v["nodes"][0].update(bias=[0, 1e300]), "nodes.0.bias"),
        (lambda v: v["nodes"][0].update(bias=[0, float("nan")]), "nodes.0.bias"),
        (lambda v: v["nodes"][0].update(bias=[0, 0, 0]), "one bias per branch"),
        (lambda v: v["nodes"][0].update(weight=2), "nodes.0.weight"),
        (lambda v: v["nodes"][0].update(n_columns=2), "2 columns and 2 branches, its model for 3"),
    ],
)
def test_trees_that_are_not_valid_are_refused(change: Change, message: str | None) -> None:
    if message is None:  # another order of branches is another valid tree
        assert registry.load(KIND, changed(change)).n_classes == 5
        return
    with pytest.raises(BundleError, match=message):
        registry.load(KIND, changed(change))


def test_parts_that_are_missing_unexpected_or_damaged_are_refused() -> None:
    parts = hierarchy("soft")
    for damaged, message in (
        ({}, r"has the part hierarchy\.json"),
        ({**parts, PART: b"{"}, "not valid"),
        ({**parts, PART: b" " * (2**20 + 1)}, "are the limit"),
        ({**parts, "more.json": b"{}"}, r"No node .* \['more.json'\]"),
        ({**parts, "root.more.json": b"{}"}, r"has the part mlp\.json"),
        ({n: d for n, d in parts.items() if n != "speech.mlp.json"}, r"mlp\.json"),
        ({**parts, "speech.mlp.json": b"{}"}, r"mlp\.json is not valid"),
    ):
        with pytest.raises(BundleError, match=message):
            registry.load(KIND, damaged)


def test_a_node_may_be_an_ensemble_but_a_member_no_hierarchy() -> None:
    members = [
        ensemble.Member(
            name=name, kind=mlp.KIND, first_column=i, n_columns=1, temperature=1.0, bias=(0.0, 0.0)
        )
        for i, name in enumerate(("a", "b-mlp"))
    ]
    voted = ensemble.to_parts(members, [network(1, 2, 7), network(1, 2, 8)])
    of_votes = Node.model_validate(
        node("root", (0, 1), (0, 2), 1.0).model_dump() | {"kind": ensemble.KIND}
    )
    parts = to_parts("soft", 2, [of_votes], [voted])
    assert "root.b-mlp.mlp.json" in parts
    assert registry.load(KIND, parts).margins(np.ones((3, 2), np.float32)).shape == (3, 2)

    nested = json.loads(voted[ensemble.PART])
    nested["members"][0]["kind"] = KIND
    broken: Mapping[str, bytes] = {**voted, ensemble.PART: json.dumps(nested).encode()}
    with pytest.raises(BundleError, match="'a' of an ensemble is an ensemble or a hierarchy"):
        registry.load(KIND, to_parts("soft", 2, [of_votes], [broken]))
