"""Fitting the calibration of probabilities, and the limits beyond which the model abstains."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import minimize

from vocalbaby.components.boosting import TrainedModel, labels
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.novelty_fitting import fit_novelty
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.config import StrictModel
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.forest import Forest
from vocalbaby.models.novelty import Novelty

__all__ = ["CalibrationConfig", "calibrate", "fit_scaling", "out_of_fold"]

_BIAS_LIMIT = 2.0


class CalibrationConfig(StrictModel):
    """Settings of calibration and abstention.

    Attributes:
        folds: Number of child-disjoint folds of devel. The confidence limit is derived
            from probabilities that were fitted to other children.
        bias_penalty: Weight of the penalty that keeps the biases near zero, where a class
            has few clips; 0 for none.
        refuse_share: Share of the devel clips for which the model may abstain because no
            class is probable enough.
        novelty_quantile: Quantile of the novelty on devel above which the model abstains.
        novelty_axes: Number of principal axes in the novelty model.
    """

    folds: int = Field(default=5, ge=2, le=20)
    bias_penalty: float = Field(default=0.05, ge=0.0)
    refuse_share: float = Field(default=0.02, ge=0.0, le=0.5)
    novelty_quantile: float = Field(default=0.995, gt=0.5, lt=1.0)
    novelty_axes: int = Field(default=24, ge=1, le=200)


def calibrate(
    model: TrainedModel, train: FeatureTable, devel: FeatureTable, config: CalibrationConfig
) -> Calibration:
    """Fit probabilities and the limits of abstention.

    Temperature and biases minimize the log loss on devel with equal class weights, so the
    probabilities are calibrated for equally frequent classes. The model abstains if the
    highest probability is among the lowest ``refuse_share`` of devel (calibrated out of
    fold), or if the novelty or the share of missing features exceeds the
    ``novelty_quantile`` of the corpus of devel in which that quantile is highest.

    Args:
        model: Trained booster.
        train: The table it was trained on, to which the novelty model is fitted.
        devel: Labelled clips of other children.
        config: Settings of the calibration.

    Raises:
        DataError: Devel has a class that the model does not have.
    """
    devel = devel.where(devel.meta.Answer != "")
    truth = labels(devel, model.classes)
    margins = Forest.from_json(model.booster).margins(devel.array)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5)
    penalty = config.bias_penalty
    temperature, bias = fit_scaling(margins, truth, weights, penalty)
    children = devel.meta.child_ID.to_numpy(str)
    held_out = out_of_fold(margins, truth, weights, penalty, children, config.folds)
    novelty = fit_novelty(train.array, config.novelty_axes)
    corpora = devel.meta.corpus.to_numpy(str)
    draft = Calibration(
        temperature=temperature,
        bias=tuple(bias.tolist()),
        abstain_below=float(np.quantile(held_out.max(axis=1), config.refuse_share)),
        novelty_center=tuple(novelty.center.tolist()),
        novelty_scale=tuple(novelty.scale.tolist()),
        novelty_components=tuple(tuple(axis) for axis in novelty.axes.tolist()),
        novelty_variances=tuple(novelty.variances.tolist()),
        novelty_threshold=1.0,
        missing_limit=_limit(np.isnan(devel.array).mean(axis=1), corpora, config),
    )
    threshold = _limit(Novelty(draft).score(devel.array), corpora, config)
    return draft.model_copy(update={"novelty_threshold": threshold})


def _limit(
    scores: NDArray[np.float64], corpora: NDArray[np.str_], config: CalibrationConfig
) -> float:
    """Highest quantile of any corpus, so that a small one is not rejected as a whole."""
    parts = (scores[corpora == corpus] for corpus in np.unique(corpora))
    return float(max(np.quantile(part, config.novelty_quantile) for part in parts))


def fit_scaling(
    margins: NDArray[np.float32],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
) -> tuple[float, NDArray[np.float64]]:
    """Fit temperature and biases by weighted log loss (vector scaling with one slope).

    Guo et al. (2017), "On calibration of modern neural networks", section 4.2.

    Args:
        margins: Margins of the booster, float32, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Clip weights, shape (n,).
        penalty: Weight of the squared biases.

    Returns:
        The temperature, and the biases, shape (n_classes,), summing to 0.
    """
    n_classes = margins.shape[1]
    share = weights / weights.sum()
    target = np.eye(n_classes)[truth]
    plain = margins.astype(np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, bias = np.exp(parameters[0]), parameters[1:]
        scores = plain * slope + bias
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = (np.exp(logs) - target) * share[:, np.newaxis]
        value = -(share * logs[np.arange(len(truth)), truth]).sum()
        gradient = np.append((error * plain).sum() * slope, error.sum(axis=0))
        gradient[1:] += 2 * penalty * bias
        return float(value + penalty * (bias**2).sum()), gradient

    bounds = [(np.log(0.05), np.log(20.0))] + [(-_BIAS_LIMIT, _BIAS_LIMIT)] * n_classes
    found = minimize(loss, np.zeros(n_classes + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(np.exp(-found.x[0])), found.x[1:] - found.x[1:].mean()


def out_of_fold(
    margins: NDArray[np.float32],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
    children: NDArray[np.str_],
    folds: int,
) -> NDArray[np.float64]:
    """Compute the probabilities of each fold with the other folds' calibration.

    Args:
        margins: Margins of the booster, float32, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Clip weights, shape (n,).
        penalty: Weight of the squared biases.
        children: Child of each clip, shape (n,); a child is in one fold only.
        folds: Number of folds, limited to the number of children.

    Returns:
        Probabilities, float64, shape (n, n_classes).
    """
    _, child = np.unique(children, return_inverse=True)
    fold = child % min(folds, int(child.max()) + 1)
    result = np.empty(margins.shape)
    for number in np.unique(fold):
        here = fold == number
        rest = ~here if not here.all() else here
        temperature, bias = fit_scaling(margins[rest], truth[rest], weights[rest], penalty)
        result[here] = probabilities(margins[here], temperature, bias.tolist())
    return result
