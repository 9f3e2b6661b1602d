"""The choice between a flat and a hierarchical model, by their UAR on devel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.feature_table import FeatureTable, children
from vocalbaby.components.hierarchy_training import rescaled
from vocalbaby.components.scaling import fit_scaling
from vocalbaby.components.trained_classifier import TrainedClassifier, TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.models import hierarchical, registry
from vocalbaby.models.calibration import probabilities

__all__ = ["MODES", "Mode", "ModeChoice", "choose", "devel_uar"]

Mode: TypeAlias = Literal["flat", "hierarchical"]

#: The modes; of two that are equally good, the first is kept.
MODES: Final[tuple[Mode, ...]] = ("flat", "hierarchical")


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """Which of two models is kept, and why.

    Attributes:
        mode: The mode that is kept.
        devel_uar: UAR on devel by mode, with the calibration of other children.

    Examples:
        >>> ModeChoice("flat", {"flat": 0.71, "hierarchical": 0.7}).sentence
        'The flat model is kept: UAR on devel 0.710 (flat), 0.700 (hierarchical).'
    """

    mode: Mode
    devel_uar: Mapping[Mode, float]

    @property
    def sentence(self) -> str:
        """The choice with both figures."""
        figures = ", ".join(f"{uar:.3f} ({mode})" for mode, uar in self.devel_uar.items())
        return f"The {self.mode} model is kept: UAR on devel {figures}."

    def metrics(self) -> dict[str, object]:
        """Return the choice for the manifest of a bundle."""
        return {"mode": self.mode, "devel_uar": dict(self.devel_uar), "choice": self.sentence}


def choose(
    models: Mapping[Mode, TrainedClassifier],
    devel: FeatureTable,
    training: TrainingConfig,
    calibration: CalibrationConfig,
) -> ModeChoice:
    """Choose the model with the higher UAR on devel.

    Args:
        models: A flat and a hierarchical model.
        devel: Clips of other children than those of train.
        training: Settings of both.
        calibration: Folds and penalty of the calibration.

    Returns:
        The choice; the flat model is kept if both are equally good.
    """
    found = {mode: devel_uar(models[mode], devel, training, calibration) for mode in MODES}
    return ModeChoice(max(MODES, key=lambda mode: found[mode]), found)


def devel_uar(
    model: TrainedClassifier,
    devel: FeatureTable,
    training: TrainingConfig,
    calibration: CalibrationConfig,
) -> float:
    """Compute the unweighted average recall on devel, of labels that are calibrated out of fold.

    Temperature and biases that apply to a child are fitted to other children; so are those of the
    nodes of a hierarchy.

    Args:
        model: The model.
        devel: Clips of other children than those of train.
        training: Settings of the training, of which only ``class_prior`` is used.
        calibration: Folds and penalty of the calibration.

    Raises:
        DataError: Devel has a class that the model does not have.
    """
    devel = devel.where(devel.meta.Answer != "")
    truth = labels(devel, model.classes)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5, prior=training.class_prior)
    _, child = np.unique(children(devel.meta), return_inverse=True)
    fold = child % min(calibration.folds, int(child.max()) + 1)
    predicted = np.empty(len(truth), np.int64)
    for number in np.unique(fold):
        here = fold == number
        rest = ~here if not here.all() else here
        margins = _margins(model, devel, rest, training)
        given = margins[rest], truth[rest], weights[rest], calibration.bias_penalty
        temperature, bias = fit_scaling(*given)
        found = probabilities(margins[here], temperature, bias.tolist())
        predicted[here] = found.argmax(axis=1)
    support = np.bincount(truth)
    recall = np.bincount(truth, weights=predicted == truth)[support > 0] / support[support > 0]
    return float(recall.mean())


def _margins(
    model: TrainedClassifier,
    devel: FeatureTable,
    rest: NDArray[np.bool_],
    training: TrainingConfig,
) -> NDArray[np.float32]:
    """Return the margins of all clips; the nodes of a hierarchy are calibrated on ``rest``."""
    if model.kind == hierarchical.KIND:
        parts = TrainedParts(model.kind, model.classes, model.columns, model.parts, model.history)
        model = rescaled(parts, devel.where(rest), training)
    return registry.load(model.kind, model.parts).margins(devel.array)
