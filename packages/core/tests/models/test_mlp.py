"""The kind `mlp`: the outputs of a network with one hidden layer, and what it refuses."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.exception import BundleError
from vocalbaby.models import registry
from vocalbaby.models.mlp import KIND, PART

SMALL: dict[str, Any] = {
    "low": [-1.0, 0.0],
    "high": [3.0, 10.0],
    "center": [1.0, 4.0],
    "scale": [2.0, 0.5],
    "hidden": [[1.0, -1.0, 0.5], [0.25, 0.0, -2.0]],
    "hidden_bias": [0.0, 0.5, 1.0],
    "output": [[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]],
    "output_bias": [0.0, 0.25],
}


def parts(**changes: object) -> dict[str, bytes]:
    return {PART: json.dumps(SMALL | changes).encode()}


def outputs(*row: float) -> list[float]:
    model = registry.load(KIND, parts())
    found = model.margins(np.array([row], np.float32))
    assert found.dtype == np.float32
    return [float(value) for value in found[0]]


def test_margins_are_those_of_rectified_hidden_units() -> None:
    # The inputs become 1 and 2; the hidden units 1.5, -0.5 (so 0) and -2.5 (so 0).
    assert outputs(3.0, 5.0) == [1.5, 0.25]


def test_values_beyond_the_range_of_a_column_are_limited() -> None:
    assert outputs(50.0, 5.0) == outputs(3.0, 5.0)
    assert outputs(-np.inf, 5.0) == outputs(-1.0, 5.0) != outputs(0.0, 5.0)


def test_a_missing_value_is_the_centre_of_its_column() -> None:
    assert outputs(np.nan, 5.0) == outputs(1.0, 5.0) != outputs(0.0, 5.0)


def test_a_row_does_not_depend_on_the_others() -> None:
    rng = np.random.default_rng(1)
    shapes = {"hidden": (105, 256), "hidden_bias": (256,), "output": (256, 5), "output_bias": (5,)}
    layers: dict[str, object] = {k: rng.normal(size=n).tolist() for k, n in shapes.items()}
    ranges = {"low": [-2.0] * 105, "high": [2.0] * 105, "center": [0.1] * 105, "scale": [1.5] * 105}
    model = registry.load(KIND, parts(**layers, **ranges))
    assert (model.n_features, model.n_classes) == (105, 5)
    x: NDArray[np.float32] = rng.normal(size=(33, 105)).astype(np.float32)
    x[3, :60] = np.nan
    whole = model.margins(x)
    for size in (1, 2, 16):
        found = [model.margins(x[i : i + size]) for i in range(0, len(x), size)]
        assert np.concatenate(found).tobytes() == whole.tobytes()
    assert model.margins(x[::-1])[::-1].tobytes() == whole.tobytes()
    assert model.margins(np.asfortranarray(x)).tobytes() == whole.tobytes()
    assert model.margins(x[:0]).shape == (0, 5)


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(n, 2\) is expected"):
        registry.load(KIND, parts()).margins(np.zeros((4, 3), np.float32))


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("scale"), "scale"),
        (lambda v: v.update(dropout=0.5), "dropout"),
        (lambda v: v.update(scale=[2.0, 0.0]), "scale.1"),
        (lambda v: v.update(center=[1.0]), "numbers of columns or hidden units"),
        (lambda v: v.update(hidden=v["hidden"][:1]), "numbers of columns or hidden units"),
        (lambda v: v.update(output=v["output"][:2]), "numbers of columns or hidden units"),
        (lambda v: v.update(hidden=[[1.0, 2.0, 3.0], [1.0, 2.0]]), "rows of a layer differ"),
        (lambda v: v.update(output_bias=[0.0]), "rows of a layer differ"),
        (lambda v: v.update(low=[4.0, 0.0]), "low end of a column exceeds"),
        (lambda v: v.update(hidden_bias=[0.0, 0.0, float("nan")]), "hidden_bias.2"),
    ],
)
def test_layers_that_are_not_valid_are_refused(change: Change, message: str) -> None:
    values = dict(SMALL)
    change(values)
    with pytest.raises(BundleError, match=message):
        registry.load(KIND, {PART: json.dumps(values).encode()})


@pytest.mark.parametrize("damaged", [{}, {PART: b"{}", "more.json": b""}, {PART: b"{"}])
def test_parts_that_are_missing_unexpected_or_damaged_are_refused(
    damaged: dict[str, bytes],
) -> None:
    with pytest.raises(BundleError, match=r"mlp\.json"):
        registry.load(KIND, damaged)
