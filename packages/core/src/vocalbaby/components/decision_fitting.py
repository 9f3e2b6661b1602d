"""Fitting of thresholds for a wanted precision, and of label sets with a wanted coverage."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.calibration_parts import ClassThreshold, ConformalSets
from vocalbaby.models.conformal import nonconformity

__all__ = ["conformal_sets", "precision_bound", "precision_thresholds"]

#: Quantile of the normal distribution for a one-sided bound of 95 %.
_Z: Final = 1.6448536269514722


def precision_thresholds(
    found: NDArray[np.float64],
    truth: NDArray[np.int64],
    classes: Sequence[str],
    wanted: Mapping[str, float],
    bound: Literal["lower", "point"] = "lower",
) -> tuple[ClassThreshold, ...]:
    """Find the smallest probability from which the label of a class has a wanted precision.

    Args:
        found: Probabilities of clips to which neither the model nor the calibration was fitted,
            float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        classes: Names of the classes.
        wanted: The precision by class. Classes that the model does not have are passed over.
        bound: What must reach it: the lower bound of 95 % of the precision (Wilson, 1927), which
            takes the clips as independent, or the precision itself.

    Returns:
        One threshold per wanted precision, in the order of the classes.

    Examples:
        >>> found = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
        >>> [threshold] = precision_thresholds(
        ...     found, np.array([0, 0, 1]), ("Crying", "Junk"), {"Crying": 1.0}, "point"
        ... )
        >>> threshold.threshold, threshold.precision, threshold.clips
        (0.8, 1.0, 2)
    """
    predicted, highest = found.argmax(axis=1), found.max(axis=1)
    result = []
    for index, name in enumerate(classes):
        if name not in wanted:
            continue
        own = predicted == index
        order = np.argsort(-highest[own], kind="stable")
        values = highest[own][order]
        right = (truth[own][order] == index).cumsum()
        counts = np.arange(1, len(values) + 1)
        shares = right / counts
        reached = shares if bound == "point" else precision_bound(right, counts)
        last = np.append(values[1:] != values[:-1], True)[: len(values)]  # of equal values
        places = np.flatnonzero((reached >= wanted[name]) & last)
        if not len(places):
            result.append(ClassThreshold(label=name, wanted=wanted[name]))
            continue
        place = places[-1]
        result.append(
            ClassThreshold(
                label=name,
                wanted=wanted[name],
                threshold=float(values[place]),
                precision=float(shares[place]),
                clips=int(counts[place]),
            )
        )
    return tuple(result)


def precision_bound(right: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the lower end of the one-sided interval of Wilson with 95 %.

    Args:
        right: Numbers of right labels, shape (n,).
        counts: Numbers of labels, positive, shape (n,).

    Returns:
        float64, shape (n,).

    Examples:
        >>> precision_bound(np.array([50, 100]), np.array([50, 100])).round(3).tolist()
        [0.949, 0.974]
    """
    share, square = right / counts, _Z**2 / counts
    spread = _Z * np.sqrt(share * (1 - share) / counts + square / (4 * counts))
    result: NDArray[np.float64] = (share + square / 2 - spread) / (1 + square)
    return result


def conformal_sets(
    found: NDArray[np.float64],
    truth: NDArray[np.int64],
    coverage: float,
    score: Literal["lac", "aps"] = "lac",
) -> ConformalSets:
    """Find the limits with which each class is covered.

    The limit of a class is the k-th smallest score of its n clips, k = ⌈(n + 1) coverage⌉ (Vovk,
    2013). A class with fewer clips than k is in every set.

    Args:
        found: Probabilities of clips to which neither the model nor the calibration was fitted,
            float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        coverage: Wanted share of the clips of each class whose set has the true label.
        score: The score; see `ConformalSets`.

    Examples:
        >>> found = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
        >>> sets = conformal_sets(found, np.array([0, 0, 1]), coverage=0.6)
        >>> [round(limit, 3) for limit in sets.quantiles]
        [0.2, 1.0]
    """
    scores = nonconformity(found, score)
    limits = []
    for label in range(found.shape[1]):
        own = np.sort(scores[truth == label, label])
        place = int(np.ceil((len(own) + 1) * coverage - 1e-9))
        limits.append(float(own[place - 1]) if place <= len(own) else 1.0)
    return ConformalSets(score=score, coverage=coverage, quantiles=tuple(limits))
