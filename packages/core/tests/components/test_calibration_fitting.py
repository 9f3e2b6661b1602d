import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.calibration_fitting import (
    CalibrationConfig,
    calibrate,
    fit_scaling,
    out_of_fold,
)
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.weights import clip_weights
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.forest import Forest
from vocalbaby.models.novelty import Novelty


def sample(
    n: int, sharpness: float, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Classes drawn from softmax(true scores), and margins that are ``sharpness`` too big."""
    rng = np.random.default_rng(seed)
    scores = 1.5 * rng.normal(size=(n, 4))
    posterior = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = (rng.random(n)[:, np.newaxis] > posterior.cumsum(axis=1)).sum(axis=1)
    return (sharpness * scores).astype(np.float32), truth


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_temperature_corrects_overconfident_margins(sharpness: float) -> None:
    margins, truth = sample(6000, sharpness)
    temperature, bias = fit_scaling(margins, truth, np.ones(6000), 0.01)
    assert temperature == pytest.approx(sharpness, rel=0.08)
    np.testing.assert_allclose(bias, 0, atol=0.1)


def test_bias_corrects_a_shifted_class() -> None:
    margins, truth = sample(6000, 1.0)
    margins[:, 2] -= 0.8
    _, bias = fit_scaling(margins, truth, np.ones(6000), 0.01)
    np.testing.assert_allclose(bias, [-0.2, -0.2, 0.6, -0.2], atol=0.15)


def test_penalty_keeps_the_biases_small() -> None:
    margins, truth = sample(200, 1.0)
    margins[:, 2] -= 0.8
    sizes = [
        np.abs(fit_scaling(margins, truth, np.ones(200), penalty)[1]).max()
        for penalty in (0.0, 0.05, 1.0)
    ]
    assert sizes[0] > sizes[1] > 3 * sizes[2]


def test_out_of_fold_probabilities_exclude_the_clips_of_the_same_child() -> None:
    margins, truth = sample(3000, 3.0)
    children = (np.arange(3000) % 60).astype(str)
    found = out_of_fold(margins, truth, np.ones(3000), 0.01, children, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    # Labels of one child must not reach that child's own probabilities.
    other = truth.copy()
    other[children == "7"] = 0
    changed = out_of_fold(margins, other, np.ones(3000), 0.01, children, 5)
    same = children == "7"
    np.testing.assert_array_equal(changed[same], found[same])
    assert not np.array_equal(changed[~same], found[~same])


@pytest.fixture(scope="module")
def model(fitted: FeatureTable, devel: FeatureTable) -> TrainedModel:
    return train_booster(fitted, devel, TrainingConfig(rounds=25, max_depth=3, learning_rate=0.3))


def test_limits_come_from_held_out_clips(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable, test_table: FeatureTable
) -> None:
    config = CalibrationConfig(refuse_share=0.1, novelty_quantile=0.95, novelty_axes=5)
    calibration = calibrate(model, fitted, devel, config)
    margins = Forest.from_json(model.booster).margins(test_table.array)
    posterior = probabilities(margins, calibration.temperature, calibration.bias)
    assert 0.03 < (posterior.max(axis=1) < calibration.abstain_below).mean() < 0.25
    novelty = Novelty(calibration)
    limit = calibration.novelty_threshold
    quantiles = [
        np.quantile(novelty.score(devel.array[devel.meta.corpus == corpus]), 0.95)
        for corpus in ("made", "other")
    ]
    assert limit == max(quantiles) > min(quantiles)
    assert (novelty.score(test_table.array) > limit).mean() < 0.15
    far = test_table.array + 8 * np.nanstd(fitted.array, axis=0)
    assert (novelty.score(far) > limit).all()
    assert len(calibration.novelty_components) == 5
    missing = np.isnan(devel.array).mean(axis=1)
    assert 0.01 < (missing > calibration.missing_limit).mean() <= 0.05


def test_fits_novelty_to_train_and_probabilities_to_devel(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    config = CalibrationConfig(refuse_share=0.1)
    found = calibrate(model, fitted, devel, config)
    center = np.nanmedian(fitted.array.astype(np.float64), axis=0)
    np.testing.assert_array_equal(found.novelty_center, center)
    margins = Forest.from_json(model.booster).margins(devel.array)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5)
    given = margins, labels(devel, model.classes), weights, config.bias_penalty
    temperature, bias = fit_scaling(*given)
    assert (found.temperature, found.bias) == (temperature, tuple(bias.tolist()))
    held_out = out_of_fold(*given, devel.meta.child_ID.to_numpy(str), config.folds)
    assert found.abstain_below == np.quantile(held_out.max(axis=1), 0.1)


def test_a_smaller_refuse_share_lowers_the_confidence_limit(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    strict = calibrate(model, fitted, devel, CalibrationConfig(refuse_share=0.3))
    lax = calibrate(model, fitted, devel, CalibrationConfig(refuse_share=0.0))
    assert lax.abstain_below < strict.abstain_below
    assert lax.temperature == strict.temperature
