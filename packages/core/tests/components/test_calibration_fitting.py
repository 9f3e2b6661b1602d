"""Calibration with held-out children and with left-out corpora."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from vocalbaby.components import calibration_fitting
from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.calibration_fitting import (
    CalibrationConfig,
    calibrate,
    risk_threshold,
)
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.held_out import held_out_children, left_out_corpora
from vocalbaby.components.left_out import without
from vocalbaby.components.scaling import fit_scaling, fit_temperature, out_of_fold
from vocalbaby.components.weights import clip_weights, group_weights
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.forest import Forest
from vocalbaby.models.novelty import Novelty

# With so low a cost of abstentions, the share of clips without a label decides.
LAX: dict[str, Any] = {"refuse_share": 0.1, "abstention_cost": 0.001}
TRAINING = TrainingConfig(rounds=25, max_depth=3, learning_rate=0.3)


def retrain(train: FeatureTable, devel: FeatureTable, group: str) -> TrainedModel:
    """Train without a group."""
    assert group not in {*train.meta.corpus, *devel.meta.corpus}
    return train_booster(train, devel, TRAINING)


def not_called(train: FeatureTable, devel: FeatureTable, group: str) -> TrainedModel:
    """Fail if another booster is trained."""
    raise AssertionError(group)


@pytest.fixture(scope="module")
def model(fitted: FeatureTable, devel: FeatureTable) -> TrainedModel:
    return train_booster(fitted, devel, TRAINING)


def test_limits_come_from_held_out_clips(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable, test_table: FeatureTable
) -> None:
    config = CalibrationConfig(novelty_quantile=0.95, novelty_axes=5, **LAX)
    calibration = calibrate(model, fitted, devel, config, not_called)
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
    config = CalibrationConfig(**LAX)
    found = calibrate(model, fitted, devel, config, not_called)
    center = np.nanmedian(fitted.array.astype(np.float64), axis=0)
    np.testing.assert_array_equal(found.novelty_center, center)
    margins = Forest.from_json(model.booster).margins(devel.array)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5)
    given = margins, labels(devel, model.classes), weights, config.bias_penalty
    temperature, bias = fit_scaling(*given)
    assert (found.temperature, found.bias) == (temperature, tuple(bias.tolist()))
    held_out = out_of_fold(*given, devel.meta.child_ID.to_numpy(str), config.folds)
    assert found.abstain_below == np.quantile(held_out.max(axis=1), 0.1, method="higher")
    strict = config.model_copy(update={"refuse_share": 0.5, "abstention_cost": 0.6})
    assert calibrate(model, fitted, devel, strict, not_called).abstain_below == 0.4


def test_a_smaller_refuse_share_lowers_the_confidence_limit(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    strict, lax = (
        calibrate(
            model, fitted, devel, CalibrationConfig(**LAX | {"refuse_share": share}), not_called
        )
        for share in (0.3, 0.0)
    )
    assert lax.abstain_below < strict.abstain_below
    assert lax.temperature == strict.temperature


def test_a_more_frequent_class_becomes_more_probable(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    config = CalibrationConfig(**LAX)
    equal = calibrate(model, fitted, devel, config, not_called)
    junk = calibrate(model, fitted, devel, config, not_called, {"Junk": 4.0})
    place = model.classes.index("Junk")
    assert equal.class_prior == ()
    assert junk.class_prior == tuple(4.0 if c == "Junk" else 1.0 for c in model.classes)
    assert junk.bias[place] > equal.bias[place]


OTHER = CalibrationConfig(left_out_corpora={"another": ("other",)}, **LAX)


def unlike(table: FeatureTable, corpus: str) -> FeatureTable:
    """Reverse the features of a corpus, so that no other corpus helps to classify it."""
    values = table.values.copy()
    values.loc[table.meta.corpus == corpus] *= -1
    return dataclasses.replace(table, values=values)


def test_a_corpus_that_cannot_be_predicted_by_others_lowers_the_confidence(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    train, devel = unlike(fitted, "other"), unlike(devel, "other")
    model = train_booster(train, devel, TRAINING)
    within = calibrate(model, train, devel, CalibrationConfig(**LAX), not_called)
    across = calibrate(model, train, devel, OTHER, retrain)
    assert across.temperature > 2 * within.temperature
    clips = left_out_corpora(model, train, devel, OTHER.left_out_corpora, 24, retrain)
    _, bias = fit_scaling(clips.margins, clips.truth, clip_weights(clips.meta, children=0.5), 0.05)
    assert across.bias == tuple(bias.tolist())
    weights = group_weights(clips.meta)  # "another" and the rest, which is "made"
    assert across.temperature == fit_temperature(clips.margins, clips.truth, weights, bias)
    # Nearly all left-out clips are wrong, so the limits follow from the allowed share.
    novelty = clips.novelty[clips.unheard]
    known = held_out_children(model, train, devel, OTHER.left_out_corpora, 24).novelty
    highest = np.sort(novelty)[-int(0.1 * len(novelty)) - 1]
    assert across.novelty_threshold == max(highest, np.quantile(known, 0.9))
    booster = retrain(without(["other"], train), without(["other"], devel), "other").booster
    other = devel.array[devel.meta.corpus == "other"]
    margins = Forest.from_json(booster).margins(other)
    found = probabilities(margins, across.temperature, across.bias).max(axis=1)
    assert 0.02 < (found < across.abstain_below).mean() < 0.25


def test_clips_called_junk_do_not_affect_the_limit_of_novelty(
    fitted: FeatureTable, devel: FeatureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, devel = unlike(fitted, "other"), unlike(devel, "other")
    model = train_booster(train, devel, TRAINING)
    seen: list[Any] = []
    monkeypatch.setattr(calibration_fitting, "risk_threshold", lambda *given: seen.append(given))
    found = calibrate(model, train, devel, OTHER, retrain)
    clips = left_out_corpora(model, train, devel, OTHER.left_out_corpora, 24, retrain)
    called = probabilities(clips.margins, found.temperature, found.bias).argmax(axis=1)
    kept = clips.unheard & (called != model.classes.index("Junk"))
    assert 0 < kept.sum() < clips.unheard.sum()
    ((novelty, wrong, weights, *_),) = seen
    np.testing.assert_array_equal(novelty, clips.novelty[kept])
    np.testing.assert_array_equal(wrong, (called != clips.truth)[kept])
    assert weights.sum() == pytest.approx(kept.sum() / clips.unheard.sum())


def test_the_same_settings_serve_a_training_without_the_corpora(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    known = without(["other"], fitted), without(["other"], devel)
    model = train_booster(*known, TRAINING)
    plain = calibrate(model, *known, CalibrationConfig(**LAX), not_called)
    assert calibrate(model, *known, OTHER, not_called) == plain


def test_most_clips_above_the_risk_threshold_are_wrong() -> None:
    scores = np.arange(1000.0)
    wrong = (scores >= 990) | (scores % 10 == 0)
    equal = np.full(1000, 1e-3)
    limit = risk_threshold(scores, wrong, equal, risk=0.5, share=0.1)
    assert limit == 977
    assert wrong[scores > limit].mean() == 0.5
    assert risk_threshold(scores, wrong, equal, risk=0.5, share=0.012) == 987
    assert risk_threshold(scores, scores < 0, equal, risk=0.5, share=0.1) is None
    # Wrong clips of small weight do not decide.
    light = np.where(wrong, 1e-5, 1e-3)
    assert risk_threshold(scores, wrong, light / light.sum(), 0.5, 0.1) == 989


def test_a_few_clips_are_no_evidence_of_risk() -> None:
    scores, equal = np.arange(100.0), np.full(100, 0.01)
    assert risk_threshold(scores, scores >= 98, equal, risk=0.6, share=0.5) is None


def test_thresholds_and_label_sets_follow_from_the_settings(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    plain = calibrate(model, fitted, devel, CalibrationConfig(**LAX), not_called)
    assert (plain.isotonic, plain.thresholds, plain.conformal) == ((), (), None)
    config = CalibrationConfig(
        **LAX,
        method="isotonic",
        wanted_precision={"Crying": 0.6, "Junk": 0.999999},
        precision_bound="point",
        conformal_coverage=0.8,
    )
    found = calibrate(model, fitted, devel, config, not_called)
    assert len(found.isotonic) == len(model.classes)
    assert [each.label for each in found.thresholds] == ["Crying", "Junk"]
    assert found.thresholds[0].threshold is not None
    assert found.conformal is not None
    assert found.conformal.coverage == 0.8
    assert found.novelty_threshold == plain.novelty_threshold
