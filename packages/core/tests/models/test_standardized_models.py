"""The kinds `logistic_regression` and `svm`: what they compute, and what they refuse."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.exception import BundleError
from vocalbaby.models import linear, mlp, registry, svm
from vocalbaby.models.parts import EncodedArray, parse_part
from vocalbaby.models.standardization import EncodedStandardization, Standardization

Change = Callable[[dict[str, Any]], object]


def encoded(values: NDArray[Any]) -> dict[str, Any]:
    return EncodedArray.encode(values).model_dump(mode="json")


def standardization(n_columns: int) -> dict[str, Any]:
    one = np.ones(n_columns, np.float32)
    values = Standardization(-2 * one, 3 * one, 0.5 * one, 1.5 * one)
    return EncodedStandardization.encode(values).model_dump(mode="json")


def linear_part(n_columns: int = 3, n_classes: int = 4) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {
        "input": standardization(n_columns),
        "weights": encoded(rng.normal(size=(n_classes, n_columns))),
        "intercept": encoded(rng.normal(size=n_classes)),
    }


def svm_part(n_columns: int = 3, n_support: tuple[int, ...] = (2, 3, 1)) -> dict[str, Any]:
    rng, n, k = np.random.default_rng(2), sum(n_support), len(n_support)
    return {
        "input": standardization(n_columns),
        "gamma": 0.25 / n_columns,
        "n_support": list(n_support),
        "support_vectors": encoded(rng.normal(size=(n, n_columns)).astype(np.float32)),
        "dual_coef": encoded(rng.normal(size=(k - 1, n))),
        "intercept": encoded(rng.normal(size=k * (k - 1) // 2)),
    }


Make = Callable[[], dict[str, Any]]
PARTS: dict[str, tuple[str, Make]] = {
    linear.KIND: (linear.PART, linear_part),
    svm.KIND: (svm.PART, svm_part),
}


def load(kind: str, values: dict[str, Any]) -> Any:
    return registry.load(kind, {PARTS[kind][0]: json.dumps(values).encode()})


@pytest.mark.parametrize(
    ("kind", "values"),
    [(linear.KIND, linear_part(105, 5)), (svm.KIND, svm_part(105, (40, 171, 66, 9, 80)))],
)
def test_a_row_does_not_depend_on_the_others(kind: str, values: dict[str, Any]) -> None:
    model = load(kind, values)
    assert (model.n_features, model.n_classes) == (105, 5)
    x = np.random.default_rng(3).normal(size=(33, 105)).astype(np.float32)
    x[3, :60] = np.nan
    whole = model.margins(x)
    assert whole.dtype == np.float32
    for size in (1, 2, 16):
        found = [model.margins(x[i : i + size]) for i in range(0, len(x), size)]
        assert np.concatenate(found).tobytes() == whole.tobytes()
    assert model.margins(x[::-1])[::-1].tobytes() == whole.tobytes()
    assert model.margins(x[:0]).shape == (0, 5)


def test_blocks_of_rows_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = load(svm.KIND, svm_part()), np.linspace(-3, 3, 33, dtype=np.float32).reshape(11, 3)
    whole = model.margins(x)
    monkeypatch.setattr(svm, "_BLOCK", 12)
    assert model.margins(x).tobytes() == whole.tobytes()


@pytest.mark.parametrize("kind", PARTS)
def test_missing_and_extreme_values_are_limited(kind: str) -> None:
    model = load(kind, PARTS[kind][1]())
    x = np.array([[np.nan, 9, -np.inf], [0.5, 3, -2], [0.5, 2, -2]], np.float32)
    margins = model.margins(x)
    assert margins[0].tolist() == margins[1].tolist() != margins[2].tolist()
    with pytest.raises(ValueError, match=r"\(n, 3\) is expected"):
        model.margins(x[:, :2])


def test_margins_of_the_machine_fit_the_decision_values_best() -> None:
    model = load(svm.KIND, svm_part())
    x = np.random.default_rng(4).normal(size=(5, 3)).astype(np.float32)
    differences = np.array([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    best = np.linalg.lstsq(differences, model.decision_function(x).T, rcond=None)[0].T
    np.testing.assert_allclose(model.margins(x), best, atol=1e-6)


def replaced(name: str, values: NDArray[Any]) -> Change:
    return lambda part: part.update({name: encoded(values)})


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("input"), "input: Field required"),
        (lambda v: v.update(code="import os"), "code: Extra inputs"),
        (lambda v: v["intercept"].update(dtype="object"), r"intercept\.dtype"),
        (lambda v: v["intercept"].update(shape=[2**62, 2**62]), r"intercept\.shape"),
        (lambda v: v["intercept"].update(shape=[2**26]), "intercept: .* have 715827884 characters"),
        (lambda v: v["intercept"].update(data="!" * len(v["intercept"]["data"])), "intercept: "),
        (lambda v: v["intercept"].update(data="\u00e9"), "text: a character is escaped"),
        (lambda v: v["intercept"].update(data="AAAA"), "intercept: .* not 4"),
        (replaced("intercept", np.zeros(7)), "differ|one value per pair"),
        (lambda v: replaced("scale", np.zeros(3, np.float32))(v["input"]), r"input\.scale"),
        (lambda v: replaced("low", np.full(3, 4, np.float32))(v["input"]), r"input\.low.*exceeds"),
        (lambda v: replaced("high", np.full(3, 1e9, np.float32))(v["input"]), r"input\.high"),
        (lambda v: replaced("center", np.zeros(2, np.float32))(v["input"]), "numbers of columns"),
        (lambda v: replaced("center", np.zeros(3))(v["input"]), "float32"),
    ],
)
def test_parts_that_are_not_valid_are_refused(kind: str, change: Change, message: str) -> None:
    values = PARTS[kind][1]()
    change(values)
    with pytest.raises(BundleError, match=message):
        load(kind, values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(gamma=-1), "gamma"),
        (lambda v: v.update(n_support=[6]), "n_support"),
        (lambda v: v.update(n_support=[2, 5, -1]), r"n_support\.2"),
        (lambda v: v.update(n_support=[2, 3, 2]), "support vectors differ in number"),
        (replaced("support_vectors", np.zeros((6, 3))), "float32"),
        (replaced("dual_coef", np.zeros((1, 6))), "dual_coef"),
        (replaced("dual_coef", np.full((2, 6), np.nan)), "dual_coef: a value is not a number"),
        (replaced("dual_coef", np.full((2, 6), -1e13)), r"dual_coef: .* up to 1e\+12"),
    ],
)
def test_machines_that_are_not_valid_are_refused(change: Change, message: str) -> None:
    values = svm_part()
    change(values)
    with pytest.raises(BundleError, match=message):
        load(svm.KIND, values)


@pytest.mark.parametrize("kind", PARTS)
def test_missing_and_unknown_parts_are_refused(kind: str) -> None:
    name, make = PARTS[kind]
    for parts in ({}, {name: b"{"}, {name: json.dumps(make()).encode(), "more.json": b""}):
        with pytest.raises(BundleError, match=name):
            registry.load(kind, parts)


def hostile(size: int) -> dict[str, bytes]:
    return {
        "many values": b'{"low":[' + b"0," * (size // 2) + b"0]}",
        "many wrong values": b'{"low":[' + b'"",' * (size // 3) + b"0]}",
        "many keys": b"{" + b'"a":0,' * (size // 6) + b'"b":0}',
        "long text": b'{"gamma":"' + b"a" * size + b'"}',
        "long characters": b'{"gamma":"' + "\U0001f4a3".encode() + b"a" * size + b'"}',
        "long key": b'{"' + b"a" * size + b'":1}',
        "escapes": b'{"input":"\\ud83d\\udca3' + b"a" * size + b'"}',
    }


@pytest.mark.parametrize("attack", hostile(1))
@pytest.mark.parametrize("kind", [linear.KIND, svm.KIND, mlp.KIND])
def test_hostile_parts_take_little_memory(
    kind: str, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 1 << 20
    monkeypatch.setattr(mlp, "_MAX_VALUES", size // 16)  # the limit of 64 MB, in proportion
    part = PARTS[kind][0] if kind in PARTS else mlp.PART
    parts = {part: hostile(size)[attack]}
    tracemalloc.start()
    try:
        with pytest.raises(BundleError):
            registry.load(kind, parts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * size


def test_the_limits_name_what_exceeds_them() -> None:
    for data, message in (
        (b"[" + b"0," * 20_000 + b"0]", "a.json has 20001 values, more than the limit of 10000"),
        (b'{"a":0}' * 600, "600 keys, more than the limit of 500"),
        (b" " * (64 * 2**20 + 1), "67108865 bytes, more than the limit of 67108864"),
    ):
        with pytest.raises(BundleError, match=message):
            parse_part(data, "a.json", linear.LinearPart)


def test_the_numbers_of_a_network_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlp, "_MAX_VALUES", 10)
    with pytest.raises(BundleError, match=r"mlp\.json has 21 values, more than the limit of 10"):
        registry.load(mlp.KIND, {mlp.PART: b'{"low":[' + b"0," * 19 + b"0]}"})
