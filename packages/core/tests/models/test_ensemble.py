"""The kind `ensemble`: the mean of calibrated logits, and what it refuses."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from vocalbaby.exception import BundleError
from vocalbaby.models import forest, registry
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.ensemble import KIND, PART, Ensemble, Member, to_parts
from vocalbaby.models.forest import Forest

Parts = dict[str, bytes]
Change = Callable[[dict[str, Any]], object]


def booster(n_columns: int, seed: int, n_classes: int = 3) -> bytes:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((60, n_columns)), rng.integers(0, n_classes, 60)
    settings = {"objective": "multi:softprob", "num_class": n_classes, "nthread": 1, "max_depth": 2}
    return bytes(xgb.train(settings, xgb.DMatrix(x, y, nthread=1), 5).save_raw("json"))


def member(name: str, first_column: int, n_columns: int, temperature: float) -> Member:
    return Member(
        name=name,
        kind=forest.KIND,
        first_column=first_column,
        n_columns=n_columns,
        temperature=temperature,
        bias=(0.1 * temperature, 0.0, -0.2),
    )


@pytest.fixture(scope="module")
def parts() -> Parts:
    """Two members with four and two columns."""
    members = member("first", 0, 4, 2.0), member("second", 4, 2, 0.5)
    return to_parts(members, [{forest.PART: booster(4, 1)}, {forest.PART: booster(2, 2)}])


@pytest.fixture(scope="module")
def x() -> NDArray[np.float32]:
    values = np.random.default_rng(3).standard_normal((9, 6)).astype(np.float32)
    values[0, 2:5] = np.nan
    return values


def test_margins_are_the_mean_of_the_members_calibrated_logits(
    parts: Parts, x: NDArray[np.float32]
) -> None:
    model = registry.load(KIND, parts)
    assert (model.n_features, model.n_classes) == (6, 3)
    first = Forest.from_json(parts["first.booster.json"]).margins(x[:, :4])
    second = Forest.from_json(parts["second.booster.json"]).margins(x[:, 4:])
    expected = (first / 2.0 + [0.2, 0.0, -0.2] + second / 0.5 + [0.05, 0.0, -0.2]) / 2
    found = model.margins(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_row_does_not_depend_on_the_others(parts: Parts, x: NDArray[np.float32]) -> None:
    model = registry.load(KIND, parts)
    alone = np.concatenate([model.margins(x[i : i + 1]) for i in range(len(x))])
    assert model.margins(x).tobytes() == alone.tobytes()


def test_a_wrong_shape_is_refused(parts: Parts, x: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"\(n, 6\) is expected"):
        registry.load(KIND, parts).margins(x[:, :5])


def changed(parts: Parts, change: Change) -> Parts:
    values = json.loads(parts[PART])
    change(values)
    return {**parts, PART: json.dumps(values).encode()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v["members"].pop(), "at least 2 items"),
        (lambda v: v["members"][0].update(kind=KIND), "'first' of an ensemble is an ensemble"),
        (lambda v: v["members"][0].update(kind="oracle"), "no kind of model 'oracle'"),
        (lambda v: v["members"][0].update(name="second"), "names a member twice"),
        (lambda v: v["members"][0].update(name="third"), r"No member .* \['first.booster.json'\]"),
        (lambda v: v["members"][0].update(name="a.b"), "members.0.name"),
        (lambda v: v["members"][0].update(temperature=0), "members.0.temperature"),
        (lambda v: v["members"][0].update(temperature=float("inf")), "members.0.temperature"),
        (lambda v: v["members"][0].update(weight=2), "members.0.weight"),
        (lambda v: v["members"][0].update(bias=[0, 0]), "4 columns and 2 classes, its model for 4"),
        (lambda v: v["members"][0].update(n_columns=3), "3 columns and 3 classes, its model for 4"),
        (lambda v: v["members"][1].update(first_column=5), "leave out columns"),
        (lambda v: v["members"].reverse(), "leave out columns"),
    ],
)
def test_lists_of_members_that_are_not_valid_are_refused(
    parts: Parts, change: Change, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        registry.load(KIND, changed(parts, change))


def test_parts_that_are_missing_unexpected_or_damaged_are_refused(parts: Parts) -> None:
    for damaged, message in (
        ({}, r"has the part ensemble\.json"),
        ({**parts, PART: b"{"}, "not valid"),
        ({**parts, "more.json": b"{}"}, r"No member .* \['more.json'\]"),
        ({**parts, "first.more.json": b"{}"}, r"has the part booster\.json"),
        ({n: d for n, d in parts.items() if n != "second.booster.json"}, "booster"),
        ({**parts, "second.booster.json": b"{}"}, "booster"),
    ):
        with pytest.raises(BundleError, match=message):
            registry.load(KIND, damaged)


def test_members_with_different_classes_are_refused(parts: Parts) -> None:
    other = {**parts, "second.booster.json": booster(2, 2, n_classes=2)}
    with pytest.raises(BundleError, match="differ in classes"):
        registry.load(KIND, changed(other, lambda v: v["members"][1].update(bias=[0, 0])))


def test_members_of_any_registered_kind_are_loaded(parts: Parts) -> None:
    seen = []

    def load(kind: str, own: Mapping[str, bytes]) -> Forest:
        seen.append((kind, sorted(own)))
        return Forest.from_parts(own)

    Ensemble.from_parts(parts, load)
    assert seen == [(forest.KIND, [forest.PART])] * 2


def test_a_soft_vote_is_the_logarithm_of_the_mean_probability(
    parts: Parts, x: NDArray[np.float32]
) -> None:
    voting = changed(parts, lambda v: v.update(combination="probabilities"))
    model = registry.load(KIND, voting)
    margins = model.margins(x)
    assert margins.dtype == np.float32
    votes = []
    for name, columns, temperature in (("first", slice(0, 4), 2.0), ("second", slice(4, 6), 0.5)):
        raw = Forest.from_json(parts[f"{name}.booster.json"]).margins(x[:, columns])
        votes.append(probabilities(raw, temperature, (0.1 * temperature, 0.0, -0.2)))
    found = probabilities(margins, 1.0, (0.0, 0.0, 0.0))
    np.testing.assert_allclose(found, np.mean(votes, axis=0), atol=1e-6)
    np.testing.assert_allclose(np.exp(margins.astype(np.float64)).sum(axis=1), 1, atol=1e-6)
    assert (
        np.abs(found - probabilities(registry.load(KIND, parts).margins(x), 1, [0] * 3)).max() > 0
    )
    alone = np.concatenate([model.margins(x[i : i + 1]) for i in range(len(x))])
    assert margins.tobytes() == alone.tobytes()


def test_a_soft_vote_of_certain_members_is_finite(parts: Parts, x: NDArray[np.float32]) -> None:
    def certain(values: dict[str, Any]) -> None:
        values["combination"] = "probabilities"
        for member, biases in zip(values["members"], ([0, 9e8, 0], [0, 0, 9e8]), strict=True):
            member["bias"] = biases

    margins = registry.load(KIND, changed(parts, certain)).margins(x)
    assert np.isfinite(margins).all()
    np.testing.assert_allclose(margins[:, 1:], np.log(0.5), atol=1e-6)


def test_a_combination_that_is_the_default_is_not_written(parts: Parts) -> None:
    # The version of a bundle is a hash of its parts.
    assert "combination" not in json.loads(parts[PART])
    with pytest.raises(BundleError, match="combination"):
        registry.load(KIND, changed(parts, lambda v: v.update(combination="votes")))
