"""Label sets that contain the true label with a given probability (split conformal prediction)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.calibration_parts import ConformalSets

__all__ = ["label_sets", "nonconformity"]


def nonconformity(
    probabilities: NDArray[np.float64], score: Literal["lac", "aps"]
) -> NDArray[np.float64]:
    """Compute how little each label suits each clip.

    Args:
        probabilities: Calibrated probabilities, float64, shape (n, n_classes).
        score: ``lac`` or ``aps``; `ConformalSets` describes them.

    Returns:
        float64, shape (n, n_classes), 0 to 1. A row does not depend on the other rows.

    Examples:
        >>> p = np.array([[0.5, 0.25, 0.25]])
        >>> nonconformity(p, "lac").tolist(), nonconformity(p, "aps").tolist()
        ([[0.5, 0.75, 0.75]], [[0.5, 0.75, 1.0]])
    """
    if score == "lac":
        return 1.0 - probabilities
    order = np.argsort(-probabilities, axis=1, kind="stable")
    sums = np.take_along_axis(probabilities, order, axis=1).cumsum(axis=1)
    result = np.empty_like(sums)
    np.put_along_axis(result, order, np.minimum(sums, 1.0), axis=1)
    return result


def label_sets(probabilities: NDArray[np.float64], sets: ConformalSets) -> NDArray[np.bool_]:
    """Return which labels are in the set of each clip.

    The limit is a class's own (Vovk, "Conditional validity of inductive conformal predictors",
    2013), so that the coverage holds for each class and not only on average.

    Args:
        probabilities: Calibrated probabilities, float64, shape (n, n_classes).
        sets: Score and quantiles.

    Returns:
        bool, shape (n, n_classes). A row may be empty: no label suits the clip.

    Examples:
        >>> sets = ConformalSets(score="lac", coverage=0.9, quantiles=(0.4, 0.8))
        >>> label_sets(np.array([[0.7, 0.3], [0.5, 0.5]]), sets).tolist()
        [[True, True], [False, True]]
    """
    result: NDArray[np.bool_] = nonconformity(probabilities, sets.score) <= np.array(sets.quantiles)
    return result
