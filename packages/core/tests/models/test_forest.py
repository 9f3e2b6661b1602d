import json
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.exception import BundleError
from vocalbaby.models.forest import Forest
from vocalbaby.models.trees import read_trees
from vocalbaby.models.ubj import read_ubj

N_FEATURES = 12


@pytest.fixture(scope="module")
def x() -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, N_FEATURES)).round(1).astype(np.float32)
    x[rng.random(x.shape) < 0.15] = np.nan
    return x


@pytest.fixture(scope="module")
def booster(x: NDArray[np.float32]) -> xgb.Booster:
    rng = np.random.default_rng(2)
    y = (np.nan_to_num(x[:, 0]) > 0) * 2 + (np.isnan(x[:, 1])) + (rng.random(len(x)) < 0.1)
    y[rng.random(len(x)) < 0.3] = 4
    data = xgb.QuantileDMatrix(x, label=y, nthread=1)
    settings = {"objective": "multi:softprob", "num_class": 5, "max_depth": 4, "nthread": 1}
    return xgb.train(settings, data, 30)


def margins(booster: xgb.Booster, x: NDArray[np.float32]) -> NDArray[np.float32]:
    return booster.predict(xgb.DMatrix(x, nthread=1), output_margin=True)


def test_margins_are_those_of_xgboost(booster: xgb.Booster, x: NDArray[np.float32]) -> None:
    forest = Forest.from_ubj(booster.save_raw("ubj"))
    assert (forest.n_features, forest.n_classes, forest.n_trees) == (N_FEATURES, 5, 150)
    found = forest.margins(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, margins(booster, x), atol=1e-5, rtol=0)
    assert np.ptp(found) > 1


@pytest.mark.skipif(kernel.native is None, reason="no C compiler built the kernel")
def test_the_kernel_and_numpy_give_the_same_bits(
    booster: xgb.Booster, x: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = Forest.from_ubj(booster.save_raw("ubj"))
    odd = x.copy()
    odd[0], odd[1], odd[2] = np.nan, np.inf, -np.inf
    found = [forest.margins(rows) for rows in (odd, odd[:1], odd[:0])]
    monkeypatch.setattr(kernel, "native", None)
    expected = [forest.margins(rows) for rows in (odd, odd[:1], odd[:0])]
    assert [rows.tobytes() for rows in found] == [rows.tobytes() for rows in expected]
    assert [rows.shape for rows in found] == [(400, 5), (1, 5), (0, 5)]


def test_values_on_a_threshold_go_where_xgboost_sends_them(booster: xgb.Booster) -> None:
    forest = Forest.from_ubj(booster.save_raw("ubj"))
    rng = np.random.default_rng(3)
    trees = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]
    ties = np.array([t for tree in trees["trees"] for t in tree["split_conditions"]], np.float32)
    ties = np.append(ties, np.float32(np.nan))
    x: NDArray[np.float32] = rng.choice(ties, size=(2000, N_FEATURES)).astype(np.float32)
    np.testing.assert_allclose(forest.margins(x), margins(booster, x), atol=1e-5, rtol=0)


def test_all_missing_takes_the_default_directions(booster: xgb.Booster) -> None:
    x = np.full((1, N_FEATURES), np.nan, np.float32)
    found = Forest.from_ubj(booster.save_raw("ubj")).margins(x)
    np.testing.assert_allclose(found, margins(booster, x), atol=1e-5, rtol=0)


def test_a_row_is_bit_identical_in_any_batch(booster: xgb.Booster, x: NDArray[np.float32]) -> None:
    forest = Forest.from_ubj(booster.save_raw("ubj"))
    whole = forest.margins(np.tile(x, (3, 1)))
    alone = np.concatenate([forest.margins(row[np.newaxis]) for row in x])
    np.testing.assert_array_equal(whole, np.tile(alone, (3, 1)))
    np.testing.assert_array_equal(forest.margins(x[::-1])[::-1], alone)
    assert forest.margins(x[:0]).shape == (0, 5)


def test_stumps_and_single_leaves(x: NDArray[np.float32]) -> None:
    y = np.arange(len(x)) % 3
    data = xgb.QuantileDMatrix(x, label=y, weight=1.0 + y, nthread=1)
    settings = {"objective": "multi:softprob", "num_class": 3, "nthread": 1, "gamma": 1e9}
    booster = xgb.train(settings, data, 2)
    found = Forest.from_ubj(booster.save_raw("ubj")).margins(x)
    np.testing.assert_allclose(found, margins(booster, x), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "reg:squarederror"},
        {"objective": "multi:softprob", "num_class": 3, "booster": "dart"},
    ],
)
def test_other_models_are_refused(x: NDArray[np.float32], settings: dict[str, object]) -> None:
    data = xgb.DMatrix(x, label=np.arange(len(x)) % 3, nthread=1)
    raw = xgb.train({"nthread": 1} | settings, data, 2).save_raw("ubj")
    with pytest.raises(BundleError, match="multi:softprob"):
        Forest.from_ubj(raw)


def test_a_wrong_width_is_a_programming_error(booster: xgb.Booster) -> None:
    with pytest.raises(ValueError, match="wants"):
        Forest.from_ubj(booster.save_raw("ubj")).margins(np.zeros((1, 3), np.float32))


def test_damaged_bytes_give_a_bundle_error_or_a_model(booster: xgb.Booster) -> None:
    small = bytes(booster[:1].save_raw("ubj"))
    rng = np.random.default_rng(4)
    refused = 0
    for trial in range(600):
        damaged = bytearray(small)
        for place in rng.integers(0, len(small), rng.integers(1, 8)):
            damaged[place] = rng.integers(0, 256)
        if trial % 3 == 0:
            damaged = damaged[: rng.integers(0, len(small))]
        try:
            forest = Forest.from_ubj(bytes(damaged))
            assert np.isfinite(forest.margins(np.zeros((2, forest.n_features), np.float32))).all()
        except BundleError:
            refused += 1
    assert refused > 300


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"[$d#L" + (2**62).to_bytes(8, "big"),
        b"[#L" + (2**62).to_bytes(8, "big"),
        b"[$T#L" + (2**40).to_bytes(8, "big"),
        b"[#l\xff\xff\xff\xff",
        b"SL\xff\xff\xff\xff\xff\xff\xff\xff",
        b"[" * 100_000,
        b"[" + b"Z" * 2_100_000 + b"]",
        b"Si\x01\xff",
        b"{i\x01aZi\x01aZ}",
        b"Zx",
        b"Q",
    ],
)
def test_hostile_bytes_are_refused_at_once(hostile: bytes) -> None:
    with pytest.raises(BundleError):
        read_ubj(hostile)


def test_cycles_are_refused(booster: xgb.Booster) -> None:
    raw = bytes(booster[:1].save_raw("ubj"))
    place = raw.index(b"left_children[$l#L") + len(b"left_children[$l#L") + 8
    looped = raw[:place] + (1).to_bytes(4, "big") * 3 + raw[place + 12 :]
    with pytest.raises(BundleError, match=r"cycle|parents|one child"):
        Forest.from_ubj(looped)


@pytest.mark.parametrize("kept", ["left_children", "right_children"])
def test_shared_children_are_refused(booster: xgb.Booster, kept: str) -> None:
    model: Any = read_ubj(bytes(booster[:1].save_raw("ubj")))
    tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
    for name in ("left_children", "right_children"):
        tree[name] = np.r_[tree[kept][0], tree[name][1:]]
    with pytest.raises(BundleError, match=r"parents|cycle"):
        read_trees(model)


def test_a_tree_like_a_rope_is_refused_at_once(booster: xgb.Booster) -> None:
    model = read_ubj(booster[:1].save_raw("ubj"))
    assert isinstance(model, dict)
    length = 100_000
    inner = np.arange(length)
    # Every right child goes on; every left child is a leaf.
    left, right = np.full((2, 2 * length + 1), -1)
    left[2 * inner] = 2 * inner + 1
    right[2 * inner] = 2 * inner + 2
    tree = {"left_children": left, "right_children": right}
    for name in ("split_indices", "default_left", "split_type", "split_conditions"):
        tree[name] = np.zeros(2 * length + 1)
    model["learner"]["gradient_booster"]["model"]["trees"][0] = tree
    with pytest.raises(BundleError, match="deeper"):
        read_trees(model)


def test_every_kind_of_value_is_read() -> None:
    text = b"{i\x01a[i\xffU\xffTFNd\x3f\x80\x00\x00]i\x01b[$I#i\x02\x00\x01\xff\xffi\x01cSi\x02hi}"
    value = read_ubj(text)
    assert isinstance(value, dict)
    assert value["a"] == [-1, 255, True, False, None, 1.0]
    assert value["b"].tolist() == [1, -1]
    assert value["c"] == "hi"
