"""Damaged and malicious boosters are refused without harm."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from vocalbaby.entity.bundle import MAX_PART_BYTES
from vocalbaby.exception import BundleError
from vocalbaby.models.booster_json import read_booster
from vocalbaby.models.forest import Forest
from vocalbaby.models.trees import read_trees


@pytest.fixture(scope="module")
def booster() -> xgb.Booster:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 12)).round(1).astype(np.float32)
    x[rng.random(x.shape) < 0.15] = np.nan
    data = xgb.QuantileDMatrix(x, label=rng.integers(0, 5, len(x)), nthread=1)
    settings = {"objective": "multi:softprob", "num_class": 5, "max_depth": 4, "nthread": 1}
    return xgb.train(settings, data, 2)


def parsed(booster: xgb.Booster) -> Any:
    """The booster's parsed JSON, which a test may change."""
    return json.loads(bytes(booster[:1].save_raw("json")))


def trees_of(model: Any) -> list[Any]:
    found: list[Any] = model["learner"]["gradient_booster"]["model"]["trees"]
    return found


def test_damaged_bytes_give_a_bundle_error_or_a_model(booster: xgb.Booster) -> None:
    small = bytes(booster[:1].save_raw("json"))
    rng = np.random.default_rng(4)
    refused = 0
    for trial in range(600):
        damaged = bytearray(small)
        for place in rng.integers(0, len(small), rng.integers(1, 8)):
            damaged[place] = rng.integers(0, 256)
        if trial % 3 == 0:
            damaged = damaged[: rng.integers(0, len(small))]
        try:
            forest = Forest.from_json(bytes(damaged))
            assert np.isfinite(forest.margins(np.zeros((2, forest.n_features), np.float32))).all()
        except BundleError:
            refused += 1
    assert refused > 300


_ODD: list[Any] = [None, -1, 2**31, 2**63, 2**70, 10**400, 1e300, 0.5, "1", True, [], {}, [1], ""]


def test_values_of_other_types_give_a_bundle_error_or_a_model(booster: xgb.Booster) -> None:
    rng = np.random.default_rng(6)
    refused = 0
    for _ in range(400):
        model = parsed(booster)
        place: Any = rng.choice([model, model["learner"], *trees_of(model)])
        while True:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            key = keys[rng.integers(len(keys))]
            inside = place[key]
            if isinstance(inside, dict | list) and inside and rng.random() < 0.8:
                place = inside
                continue
            place[key] = _ODD[rng.integers(len(_ODD))]
            break
        try:
            forest = Forest.from_json(json.dumps(model).encode())
            assert np.isfinite(forest.margins(np.zeros((2, forest.n_features), np.float32))).all()
        except BundleError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("split_conditions", "1.5"),
        ("split_conditions", None),
        ("split_conditions", 1e39),
        ("split_conditions", [1.0]),
        ("split_indices", 0.5),
        ("split_indices", 2**64),
        ("left_children", 2**63),
        ("left_children", "1"),
        ("split_type", 1),
    ],
)
def test_a_wrong_value_in_a_tree_is_refused(booster: xgb.Booster, name: str, value: object) -> None:
    model = parsed(booster)
    trees_of(model)[0][name][0] = value
    with pytest.raises(BundleError):
        read_trees(model)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_beyond_json_and_float32_are_refused(booster: xgb.Booster, number: str) -> None:
    model = parsed(booster)
    trees_of(model)[0]["split_conditions"][0] = "HERE"
    text = json.dumps(model).replace('"HERE"', number)
    with pytest.raises(BundleError):
        Forest.from_json(text.encode())


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"0," * 8_000_001 + b"0]",
        b"[" + b"[]," * 4_000_001 + b"0]",
        b'{"a": 1, "a": 2}',
        b"[1] 2",
        b'"\xff"',
        b"\xff\xfe[\x00]\x00",
        b"[NaN]",
        b"[-Infinity]",
        b"[1,]",
        b"\xef\xbb\xbf{}",
        b"Q",
        b" " * (MAX_PART_BYTES + 1),
    ],
)
def test_hostile_bytes_are_refused_at_once(hostile: bytes) -> None:
    with pytest.raises(BundleError):
        read_booster(hostile)


def test_refusing_too_many_values_takes_no_memory() -> None:
    hostile = b"[" + b"[]," * 4_000_001 + b"0]"
    tracemalloc.start()
    with pytest.raises(BundleError, match="more than 8000000 values"):
        read_booster(hostile)
    assert tracemalloc.get_traced_memory()[1] < 2**16
    tracemalloc.stop()


def test_cycles_are_refused(booster: xgb.Booster) -> None:
    model = parsed(booster)
    trees_of(model)[0]["left_children"][:3] = [1, 1, 1]
    with pytest.raises(BundleError, match=r"cycle|parents|one child"):
        read_trees(model)


@pytest.mark.parametrize("kept", ["left_children", "right_children"])
def test_shared_children_are_refused(booster: xgb.Booster, kept: str) -> None:
    model = parsed(booster)
    tree = trees_of(model)[0]
    for name in ("left_children", "right_children"):
        tree[name] = [tree[kept][0], *tree[name][1:]]
    with pytest.raises(BundleError, match=r"parents|cycle"):
        read_trees(model)


def test_a_very_deep_tree_is_refused_at_once(booster: xgb.Booster) -> None:
    model = parsed(booster)
    length = 100_000
    inner = np.arange(length)
    # Every right child has children; every left child is a leaf.
    left, right = np.full((2, 2 * length + 1), -1)
    left[2 * inner] = 2 * inner + 1
    right[2 * inner] = 2 * inner + 2
    tree: dict[str, list[int]] = {"left_children": left.tolist(), "right_children": right.tolist()}
    for name in ("split_indices", "default_left", "split_type", "split_conditions"):
        tree[name] = [0] * (2 * length + 1)
    trees_of(model)[0] = tree
    with pytest.raises(BundleError, match="deeper"):
        read_trees(model)


def test_every_kind_of_value_is_read() -> None:
    text = b'{"a": [-1, 255, true, false, null, 1.0, "hi"]}'
    assert read_booster(text) == {"a": [-1, 255, True, False, None, 1.0, "hi"]}
