import json

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.exception import BundleError
from vocalbaby.models.forest import Forest

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


def test_margins_equal_those_of_xgboost(booster: xgb.Booster, x: NDArray[np.float32]) -> None:
    forest = Forest.from_json(booster.save_raw("json"))
    assert (forest.n_features, forest.n_classes, forest.n_trees) == (N_FEATURES, 5, 150)
    found = forest.margins(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, margins(booster, x), atol=1e-5, rtol=0)
    assert np.ptp(found) > 1


@pytest.mark.skipif(kernel.native is None, reason="no C compiler built the kernel")
def test_kernel_and_numpy_give_the_same_bits(
    booster: xgb.Booster, x: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = Forest.from_json(booster.save_raw("json"))
    odd = x.copy()
    odd[0], odd[1], odd[2] = np.nan, np.inf, -np.inf
    found = [forest.margins(rows) for rows in (odd, odd[:1], odd[:0])]
    monkeypatch.setattr(kernel, "native", None)
    expected = [forest.margins(rows) for rows in (odd, odd[:1], odd[:0])]
    assert [rows.tobytes() for rows in found] == [rows.tobytes() for rows in expected]
    assert [rows.shape for rows in found] == [(400, 5), (1, 5), (0, 5)]


def test_values_on_a_threshold_go_where_xgboost_sends_them(booster: xgb.Booster) -> None:
    forest = Forest.from_json(booster.save_raw("json"))
    rng = np.random.default_rng(3)
    trees = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]
    ties = np.array([t for tree in trees["trees"] for t in tree["split_conditions"]], np.float32)
    ties = np.append(ties, np.float32(np.nan))
    x: NDArray[np.float32] = rng.choice(ties, size=(2000, N_FEATURES)).astype(np.float32)
    np.testing.assert_allclose(forest.margins(x), margins(booster, x), atol=1e-5, rtol=0)


def test_all_missing_takes_the_default_directions(booster: xgb.Booster) -> None:
    x = np.full((1, N_FEATURES), np.nan, np.float32)
    found = Forest.from_json(booster.save_raw("json")).margins(x)
    np.testing.assert_allclose(found, margins(booster, x), atol=1e-5, rtol=0)


def test_a_row_is_bit_identical_in_any_batch(booster: xgb.Booster, x: NDArray[np.float32]) -> None:
    forest = Forest.from_json(booster.save_raw("json"))
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
    found = Forest.from_json(booster.save_raw("json")).margins(x)
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
    raw = xgb.train({"nthread": 1} | settings, data, 2).save_raw("json")
    with pytest.raises(BundleError, match="multi:softprob"):
        Forest.from_json(raw)


def test_a_wrong_width_is_a_programming_error(booster: xgb.Booster) -> None:
    with pytest.raises(ValueError, match="expected"):
        Forest.from_json(booster.save_raw("json")).margins(np.zeros((1, 3), np.float32))
