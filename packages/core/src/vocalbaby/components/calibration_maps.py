"""From margins to probabilities: fitting of the methods of calibration, also out of fold."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.feature_table import children
from vocalbaby.components.held_out import HeldOutClips
from vocalbaby.components.scaling import fit_scaling, fit_temperature
from vocalbaby.components.weights import group_weights
from vocalbaby.entity.calibration_parts import MAX_KNOTS, IsotonicMap
from vocalbaby.models.calibration import apply_isotonic, probabilities
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.isotonic import IsotonicRegression

__all__ = ["Method", "ProbabilityMap", "fit_isotonic", "fit_map", "folds_of", "held_out"]

#: Methods of calibration; docs/calibration.md says when to use which.
Method = Literal["temperature_bias", "temperature", "isotonic"]

_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityMap:
    """A fitted method.

    Attributes:
        temperature: Positive scale of the margins.
        bias: One offset per class, float64, shape (n_classes,).
        isotonic: One map per class, or empty.

    Examples:
        >>> halved = ProbabilityMap(2.0, np.zeros(2))
        >>> halved.apply(np.array([[0.0, 0.0]], np.float32)).tolist()
        [[0.5, 0.5]]
    """

    temperature: float
    bias: NDArray[np.float64]
    isotonic: tuple[IsotonicMap, ...] = ()

    def apply(self, margins: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probabilities, float64, shape (n, n_classes).

        Args:
            margins: float32, shape (n, n_classes).
        """
        found = probabilities(margins, self.temperature, self.bias.tolist())
        return apply_isotonic(found, self.isotonic) if self.isotonic else found


def fit_map(
    clips: HeldOutClips, weights: NDArray[np.float64], penalty: float, method: Method
) -> ProbabilityMap:
    """Fit a method to clips that the model was not trained on.

    Args:
        clips: The clips. If some are of corpora that were left out, the temperature is fitted with
            equal weights of these corpora and of the others together.
        weights: Weights of the clips, shape (n,).
        penalty: Weight of the squared biases.
        method: The method. ``isotonic`` maps the probabilities of ``temperature_bias``.

    Examples:
        >>> import pandas as pd
        >>> meta = pd.DataFrame({"corpus": ["A"] * 4})
        >>> margins = np.array([[4, 0]] * 4, np.float32)
        >>> zeros = np.zeros(4)
        >>> clips = HeldOutClips(meta, np.array([0, 0, 0, 1]), margins, zeros, zeros > 0)
        >>> found = fit_map(clips, np.ones(4), 0.0, "temperature")
        >>> found.apply(margins[:1]).round(3).tolist()
        [[0.75, 0.25]]
    """
    if method == "temperature":
        temperature, bias = 1.0, np.zeros(clips.margins.shape[1])
    else:
        temperature, bias = fit_scaling(clips.margins, clips.truth, weights, penalty)
    if method == "temperature" or clips.unheard.any():
        shares = weights
        if clips.unheard.any():
            corpora = clips.meta.assign(corpus=clips.meta.corpus.where(clips.unheard, ""))
            shares = group_weights(corpora)
        temperature = fit_temperature(clips.margins, clips.truth, shares, bias)
    plain = ProbabilityMap(temperature, bias)
    if method != "isotonic":
        return plain
    maps = fit_isotonic(plain.apply(clips.margins), clips.truth, weights)
    return ProbabilityMap(temperature, bias, maps)


def fit_isotonic(
    found: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[IsotonicMap, ...]:
    """Fit the map of each class, one against the rest.

    A fitted probability is kept 1 / (n + 2) away from 0 and 1, as n clips do not show that
    anything is impossible. A class without clips keeps its probabilities.

    Args:
        found: Probabilities, float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Weights of the clips, shape (n,).

    Examples:
        >>> found = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
        >>> first, _ = fit_isotonic(found, np.array([0, 0, 1]), np.ones(3))
        >>> first.x, first.y
        ((0.3, 0.8, 0.9), (0.2, 0.8, 0.8))
    """
    return tuple(
        _isotonic(found[:, label], truth == label, weights) for label in range(found.shape[1])
    )


def _isotonic(
    found: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> IsotonicMap:
    if not right.any():
        return IsotonicMap(x=(0.0, 1.0), y=(_LEAST, 1.0))
    margin = 1.0 / (len(found) + 2)
    model = IsotonicRegression(y_min=margin, y_max=1.0 - margin, out_of_bounds="clip")
    model.fit(found, right.astype(np.float64), sample_weight=weights)
    if len(model.X_thresholds_) > MAX_KNOTS:  # at most 1001 with probabilities that are rounded
        model.fit(found.round(3), right.astype(np.float64), sample_weight=weights)
    knots = np.maximum.accumulate(model.y_thresholds_)
    return IsotonicMap(x=tuple(model.X_thresholds_.tolist()), y=tuple(knots.tolist()))


def folds_of(numbers: NDArray[np.int64], folds: int) -> NDArray[np.intp]:
    """Distribute children over folds.

    Args:
        numbers: Number of the child of each clip, shape (n,).
        folds: Number of folds, limited to the number of children.

    Returns:
        Number of the fold of each clip, shape (n,).

    Examples:
        >>> folds_of(np.array([7, 7, 9, 3]), 2).tolist()
        [1, 1, 0, 0]
    """
    _, child = np.unique(numbers, return_inverse=True)
    result: NDArray[np.intp] = child % min(folds, int(child.max()) + 1)
    return result


def held_out(
    clips: HeldOutClips, weights: NDArray[np.float64], penalty: float, method: Method, folds: int
) -> NDArray[np.float64]:
    """Compute the probabilities of the children of each fold with a map fitted to the others.

    Args:
        clips: Clips that the model was not trained on.
        weights: Weights of the clips, shape (n,).
        penalty: Weight of the squared biases.
        method: The method.
        folds: Number of folds.

    Returns:
        Probabilities, float64, shape (n, n_classes).

    Examples:
        >>> import pandas as pd
        >>> meta = pd.DataFrame({"corpus": ["A"] * 4, "child_ID": ["1", "1", "2", "2"]})
        >>> margins = np.array([[1, 0], [0, 1]] * 2, np.float32)
        >>> zeros = np.zeros(4)
        >>> clips = HeldOutClips(meta, np.array([0, 1, 0, 1]), margins, zeros, zeros > 0)
        >>> held_out(clips, np.ones(4), 0.1, "temperature_bias", 2).argmax(axis=1).tolist()
        [0, 1, 0, 1]
    """
    fold = folds_of(children(clips.meta), folds)
    result = np.empty(clips.margins.shape)
    for number in np.unique(fold):
        here = fold == number
        rest = ~here if not here.all() else here
        found = fit_map(clips.where(rest), weights[rest], penalty, method)
        result[here] = found.apply(clips.margins[here])
    return result
