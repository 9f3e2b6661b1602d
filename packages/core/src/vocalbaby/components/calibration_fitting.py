"""Fitting the calibration of probabilities, and the limits beyond which the model abstains."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby.components.calibration_maps import Method, ProbabilityMap, fit_map, held_out
from vocalbaby.components.decision_fitting import conformal_sets, precision_thresholds
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.held_out import (
    HeldOutClips,
    Retrain,
    held_out_children,
    left_out_corpora,
    recorded,
)
from vocalbaby.components.left_out import CorpusGroups
from vocalbaby.components.novelty_fitting import fit_novelty
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["CalibrationConfig", "calibrate", "risk_threshold"]

logger: Final = logging.getLogger(__name__)

#: Fewest clips from which the error rate of novel clips is estimated.
_FEWEST = 5


class CalibrationConfig(StrictModel):
    """Settings of calibration and abstention.

    Attributes:
        left_out_corpora: Corpora of recordings, each of which is predicted by a booster that
            was trained without it; probabilities and limits are fitted to these predictions.
            Empty if there is only one corpus: devel, with other children of the same corpora,
            takes their place.
        folds: Number of child-disjoint folds of devel. The confidence limit is derived
            from probabilities that were fitted to other children. Only without
            ``left_out_corpora``.
        bias_penalty: Weight of the penalty that keeps the biases near zero, where a class
            has few clips; 0 for none.
        abstention_cost: Cost of an abstention, where that of an error is 1. The model abstains
            if the expected cost of a label is higher.
        refuse_share: Largest share of clips for which the model may abstain because no class is
            probable enough, and likewise because the clip is unlike the training data. The share
            is that of left-out corpora if there are any, else of devel.
        novelty_quantile: Quantile of the novelty on devel above which the model abstains, if
            no limit follows from left-out corpora.
        novelty_axes: Number of principal axes in the novelty model.
        method: How margins become probabilities: ``temperature_bias``, ``temperature``, or
            ``isotonic``, which maps the probabilities of the first by class.
        wanted_precision: By class, the precision that its labels are to have. A label whose
            probability is below the threshold that follows is not given.
        precision_bound: What must reach it: ``lower``, the lower bound of 95 % of the precision,
            or ``point``, the precision itself.
        conformal_coverage: Share of the clips of each class whose label set is to have the true
            label; null for no label sets.
        conformal_score: Score of the label sets: ``lac`` or ``aps``.
    """

    left_out_corpora: CorpusGroups = Field(default_factory=dict)
    folds: int = Field(default=5, ge=2, le=20)
    bias_penalty: float = Field(default=0.05, ge=0.0)
    abstention_cost: float = Field(default=0.5, gt=0.0, lt=1.0)
    refuse_share: float = Field(default=0.02, ge=0.0, le=0.5)
    novelty_quantile: float = Field(default=0.995, gt=0.5, lt=1.0)
    novelty_axes: int = Field(default=24, ge=1, le=200)
    method: Method = "temperature_bias"
    wanted_precision: dict[Label, Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(
        default_factory=dict
    )
    precision_bound: Literal["lower", "point"] = "lower"
    conformal_coverage: float | None = Field(default=None, gt=0.0, lt=1.0)
    conformal_score: Literal["lac", "aps"] = "lac"


def calibrate(
    model: TrainedClassifier,
    train: FeatureTable,
    devel: FeatureTable,
    config: CalibrationConfig,
    retrain: Retrain,
    prior: Mapping[Label, float] = MappingProxyType({}),
) -> Calibration:
    """Fit probabilities and the limits of abstention.

    The biases minimize the log loss with classes weighted by ``prior``, so the probabilities are
    calibrated for these frequencies. So does the temperature; but with left-out corpora
    it is fitted with equal weights of these corpora and of the others together, since the next
    recording is of a corpus that is not known.

    The model abstains if the highest probability is below ``1 - abstention_cost`` (the rule of
    Chow, "On optimum recognition error and reject tradeoff", IEEE Trans. Inf. Theory, 1970), or
    among the lowest ``refuse_share`` if this is less; and likewise if the novelty is so high
    that errors cost more than abstentions, but for no more than about ``refuse_share`` of devel.
    It also abstains if the share of missing features
    exceeds the ``novelty_quantile`` of the corpus of devel in which that quantile is highest.

    Args:
        model: Trained model.
        train: The table it was trained on, to which the novelty model is fitted.
        devel: Labelled clips of other children.
        config: Settings of the calibration.
        retrain: Trains a model on a part of train and devel, for the left-out corpora.
        prior: Relative frequencies of the classes; see `TrainingConfig`.

    Raises:
        DataError: Devel has a class that the model does not have, or a corpus is left out that
            is the only one with a class.
    """
    groups, axes = config.left_out_corpora, config.novelty_axes
    known = held_out_children(model, train, devel, groups, axes)
    clips = left_out_corpora(model, train, devel, groups, axes, retrain) if groups else known
    weights = clip_weights(clips.meta, classes=1.0, children=0.5, prior=prior)
    found_map = fit_map(clips, weights, config.bias_penalty, config.method)
    novelty_limit = _limit(known.novelty, known.meta, config.novelty_quantile)
    if clips.unheard.any():
        confidence, predicted, wrong, share = _left_out(clips, found_map)
        # Novelty withholds no label Junk.
        infant = np.array(model.classes)[predicted] != "Junk"
        novelty, costs = clips.novelty[clips.unheard], (config.abstention_cost, config.refuse_share)
        found = risk_threshold(novelty[infant], wrong[infant], share[infant], *costs)
        if found is not None:
            usual = float(np.quantile(known.novelty, 1 - config.refuse_share))
            novelty_limit = max(found, usual)
    else:
        across = held_out(clips, weights, config.bias_penalty, config.method, config.folds)
        confidence, share = across.max(axis=1), np.full(len(across), 1 / len(across))
    lowest = _quantile(confidence, share, config.refuse_share)
    labelled = devel.where(devel.meta.Answer != "")
    missing = np.isnan(labelled.array).mean(axis=1)
    return Calibration(
        temperature=found_map.temperature,
        bias=tuple(found_map.bias.tolist()),
        isotonic=found_map.isotonic,
        **_decisions(clips, weights, config, model.classes),
        class_prior=tuple(prior.get(name, 1.0) for name in CLASSES if name in model.classes)
        if prior
        else (),
        abstain_below=min(1 - config.abstention_cost, lowest),
        **fit_novelty(recorded(train, groups).array, axes).parameters(),
        novelty_threshold=novelty_limit,
        missing_limit=_limit(missing, labelled.meta, config.novelty_quantile),
    )


def _decisions(
    clips: HeldOutClips,
    weights: NDArray[np.float64],
    config: CalibrationConfig,
    classes: tuple[str, ...],
) -> dict[str, Any]:
    """Fit thresholds and label sets to probabilities of children that no map was fitted to."""
    if not config.wanted_precision and config.conformal_coverage is None:
        return {}
    found = held_out(clips, weights, config.bias_penalty, config.method, config.folds)
    wanted: dict[str, float] = dict(config.wanted_precision.items())
    coverage = config.conformal_coverage
    thresholds = precision_thresholds(found, clips.truth, classes, wanted, config.precision_bound)
    for each in thresholds:
        if each.threshold is None:
            logger.warning(
                "No threshold for %s has a precision of %g on devel: none is set.",
                *(each.label, each.wanted),
            )
    sets = None
    if coverage is not None:
        sets = conformal_sets(found, clips.truth, coverage, config.conformal_score)
    return {"thresholds": thresholds, "conformal": sets}


def _left_out(
    clips: HeldOutClips, found_map: ProbabilityMap
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.bool_], NDArray[np.float64]]:
    """Predict the clips of left-out groups.

    Returns:
        The highest probability of each, the index of its class, whether it is wrong, and weights
        that sum to 1 and are equal for all groups.
    """
    clips = clips.where(clips.unheard)
    found = found_map.apply(clips.margins)
    predicted = found.argmax(axis=1)
    _, group, sizes = np.unique(
        clips.meta.corpus.to_numpy(str), return_inverse=True, return_counts=True
    )
    share = 1 / sizes[group] / len(sizes)
    return found.max(axis=1), predicted, predicted != clips.truth, share


def risk_threshold(
    scores: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    weights: NDArray[np.float64],
    risk: float,
    share: float,
) -> float | None:
    """Find the lowest limit such that most clips above it are wrong.

    Args:
        scores: Scores that are high for unusual clips, shape (n,).
        wrong: Whether each clip is classified wrongly, shape (n,).
        weights: Weights of the clips, which sum to 1 with those of clips that are not given,
            shape (n,).
        risk: Smallest error rate of the clips above the limit.
        share: Largest share of the clips above the limit.

    Returns:
        The limit; None if no limit has enough clips above it with such an error rate.

    Examples:
        >>> import numpy as np
        >>> wrong = np.arange(100) >= 94
        >>> risk_threshold(np.arange(100.0), wrong, np.full(100, 0.01), risk=0.5, share=0.1)
        89.0
    """
    order = np.argsort(-scores, kind="stable")
    above = weights[order].cumsum()
    error = (weights * wrong)[order].cumsum() / above
    allowed = (error >= risk - 1e-9) & (above <= share + 1e-9)
    allowed[: _FEWEST - 1] = False
    allowed[-1] = False
    return float(scores[order][np.flatnonzero(allowed)[-1] + 1]) if allowed.any() else None


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Return the value below which the clips have a share of the weights of at most ``share``."""
    order = np.argsort(values, kind="stable")
    below = weights[order].cumsum() - weights[order]
    return float(values[order][np.flatnonzero(below <= share + 1e-9)[-1]])


def _limit(scores: NDArray[np.float64], meta: pd.DataFrame, quantile: float) -> float:
    """Highest quantile of any corpus, so that a small one is not rejected as a whole."""
    corpora = meta.corpus.to_numpy(str)
    parts = (scores[corpora == corpus] for corpus in np.unique(corpora))
    return float(max(np.quantile(part, quantile) for part in parts))
