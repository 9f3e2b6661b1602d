"""Calibrated probabilities from a classifier's margins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.calibration_parts import IsotonicMap

__all__ = ["apply_isotonic", "calibrated", "calibrated_logits", "mixed", "probabilities"]


def probabilities(
    margins: NDArray[np.float32] | NDArray[np.float64], temperature: float, bias: Sequence[float]
) -> NDArray[np.float64]:
    """Compute calibrated probabilities, ``softmax(margins / temperature + bias)``.

    Temperature scaling is described in Guo et al., "On Calibration of Modern Neural
    Networks" (ICML 2017). A row's result does not depend, to the last bit, on other rows.

    Args:
        margins: float32 or float64, shape (n, n_classes).
        temperature: Positive scale.
        bias: One offset per class.

    Returns:
        float64, shape (n, n_classes); each row sums to 1.

    Examples:
        >>> import numpy as np
        >>> margins = np.array([[2.0, 0.0]], np.float32)
        >>> probabilities(margins, temperature=2.0, bias=(0.0, 1.0)).tolist()
        [[0.5, 0.5]]
    """
    scores = margins.astype(np.float64) / temperature + np.array(bias)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return result


def mixed(
    margins: NDArray[np.float32], matrix: Sequence[Sequence[float]]
) -> NDArray[np.float32] | NDArray[np.float64]:
    """Multiply the margins of each row by a matrix ("matrix scaling" in Guo et al., 2017).

    Args:
        margins: float32, shape (n, n_classes).
        matrix: One row of weights per class; empty for the margins themselves.

    Returns:
        float64, shape (n, n_classes), or ``margins`` without a matrix. A row does not depend, to
        the last bit, on the other rows.

    Examples:
        >>> import numpy as np
        >>> mixed(np.array([[1.0, 2.0]], np.float32), ((0.0, 1.0), (1.0, 0.5))).tolist()
        [[2.0, 2.0]]
    """
    if not matrix:
        return margins
    weights = np.array(matrix, np.float64)
    result = np.zeros(margins.shape)
    for column in range(weights.shape[1]):  # a product of matrices may sum in another order
        result += margins[:, column, np.newaxis].astype(np.float64) * weights[:, column]
    return result


def apply_isotonic(found: NDArray[np.float64], maps: Sequence[IsotonicMap]) -> NDArray[np.float64]:
    """Map the probability of each class by its own map, and divide rows by their sums.

    Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability
    Estimates" (KDD 2002).

    Args:
        found: Probabilities, float64, shape (n, n_classes).
        maps: One map per class; probabilities outside of its knots have the value of the nearest.

    Returns:
        float64, shape (n, n_classes); each row sums to 1.

    Examples:
        >>> import numpy as np
        >>> rising, flat = IsotonicMap(x=(0, 1), y=(0.2, 1)), IsotonicMap(x=(0.5,), y=(0.6,))
        >>> apply_isotonic(np.array([[0.5, 0.5]]), (rising, flat)).round(6).tolist()
        [[0.5, 0.5]]
    """
    mapped = np.stack(
        [np.interp(found[:, i], each.x, each.y) for i, each in enumerate(maps)], axis=1
    )
    result: NDArray[np.float64] = mapped / mapped.sum(axis=1, keepdims=True)
    return result


def calibrated(margins: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float64]:
    """Compute the probabilities of a bundle's calibration.

    Args:
        margins: float32, shape (n, n_classes).
        calibration: Temperature and biases, and, if it has them, a matrix and isotonic maps.

    Returns:
        float64, shape (n, n_classes); each row sums to 1.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> calibration = read_bundle(default_bundle_path()).calibration
        >>> round(float(calibrated(np.zeros((1, 5), np.float32), calibration).sum()), 6)
        1.0
    """
    scores = mixed(margins, calibration.matrix)
    found = probabilities(scores, calibration.temperature, calibration.bias)
    return apply_isotonic(found, calibration.isotonic) if calibration.isotonic else found


def calibrated_logits(
    margins: NDArray[np.float32], calibration: Calibration
) -> NDArray[np.float32]:
    """Compute scores whose softmax is the probability of each class.

    Args:
        margins: float32, shape (n, n_classes).
        calibration: The calibration.

    Returns:
        float32, shape (n, n_classes).

    Examples:
        >>> import numpy as np
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> calibration = read_bundle(default_bundle_path()).calibration
        >>> calibrated_logits(np.zeros((1, 5), np.float32), calibration).shape
        (1, 5)
    """
    if calibration.isotonic:
        return np.log(calibrated(margins, calibration)).astype(np.float32)
    scaled = mixed(margins, calibration.matrix) / calibration.temperature + calibration.bias
    return scaled.astype(np.float32)
