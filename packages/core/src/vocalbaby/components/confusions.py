"""Metrics of confusion matrices, of one or of many at once, as a bootstrap over children draws."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "METRICS",
    "ClassMetrics",
    "accuracy",
    "bin_gaps",
    "by_class",
    "calibration_gap",
    "confusions_by_child",
    "draw_children",
    "interval",
    "metric",
    "uar",
]

#: Metrics of a confusion matrix, by the name of their column in ``results.csv``.
METRICS: Final = ("uar", "macro_f1", "weighted_f1", "precision", "recall", "accuracy")

Counts = NDArray[np.float64]
#: Precision, recall and F1 by class, each of shape (..., n_classes).
ClassMetrics = tuple[Counts, Counts, Counts]


def confusions_by_child(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    child: NDArray[np.int64],
    n_classes: int,
    n_children: int | None = None,
) -> Counts:
    """Count the clips of each child by true and predicted class.

    Args:
        truth: Class indices, shape (n,).
        predicted: Class indices, shape (n,).
        child: Number of the child of each clip, from 0, shape (n,).
        n_classes: Number of classes.
        n_children: Number of children; the highest number of ``child`` and 1 if None.

    Returns:
        Counts, float64, shape (n_children, n_classes, n_classes); rows are true classes.

    Examples:
        >>> import numpy as np
        >>> truth, predicted, child = np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([0, 0, 1])
        >>> confusions_by_child(truth, predicted, child, 2).astype(int).tolist()
        [[[1, 0], [1, 0]], [[0, 0], [0, 1]]]
    """
    n_children = int(child.max()) + 1 if n_children is None else n_children
    counts = np.zeros((n_children, n_classes, n_classes))
    np.add.at(counts, (child, truth, predicted), 1)
    return counts


def draw_children(n_children: int, resamples: int, seed: int) -> Counts:
    """Draw children with replacement, for a bootstrap.

    Args:
        n_children: Number of children.
        resamples: Number of resamples.
        seed: Seed of the random generator.

    Returns:
        How many times each child is in each resample, float64, shape (resamples, n_children).

    Examples:
        >>> draw_children(3, 2, seed=0).sum(axis=1).tolist()
        [3.0, 3.0]
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_children, np.full(n_children, 1 / n_children), resamples)
    return drawn.astype(np.float64)


def by_class(confusions: Counts) -> ClassMetrics:
    """Compute precision, recall and F1 of each class.

    Args:
        confusions: Counts, float64, shape (..., n_classes, n_classes); rows are true classes.

    Returns:
        Precision, NaN without a prediction of the class; recall and F1, NaN without a clip of
        it. Each is float64, shape (..., n_classes).

    Examples:
        >>> import numpy as np
        >>> precision, recall, f1 = by_class(np.array([[3.0, 1.0], [0.0, 0.0]]))
        >>> precision.tolist(), recall.tolist(), f1.round(3).tolist()
        ([1.0, 0.0], [0.75, nan], [0.857, nan])
    """
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    support, answers = confusions.sum(axis=-1), confusions.sum(axis=-2)
    recall = _ratio(hits, support)
    f1 = np.where(support > 0, _ratio(2 * hits, support + answers), np.nan)
    return _ratio(hits, answers), recall, f1


def uar(confusions: Counts) -> Counts:
    """Compute the unweighted average recall over the classes that occur.

    Args:
        confusions: Counts, shape (..., n_classes, n_classes); rows are true classes.

    Returns:
        float64, shape (...); NaN without a clip.

    Examples:
        >>> import numpy as np
        >>> float(uar(np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])))
        0.625
    """
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    return _mean(_ratio(hits, confusions.sum(axis=-1)))


def accuracy(confusions: Counts) -> Counts:
    """Compute the share of correctly classified clips.

    Args:
        confusions: Counts, shape (..., n_classes, n_classes); rows are true classes.

    Returns:
        float64, shape (...); NaN without a clip.

    Examples:
        >>> import numpy as np
        >>> float(accuracy(np.array([[3, 1], [0, 0]])))
        0.75
    """
    hits = np.trace(confusions, axis1=-2, axis2=-1)
    return _ratio(np.asarray(hits, np.float64), confusions.sum(axis=(-2, -1)))


def metric(name: str, confusions: Counts) -> Counts:
    """Compute a metric of `METRICS`.

    The macro averages are over the classes that occur. A class without a prediction has the
    precision 0 in their mean, as its F1 is 0.

    Args:
        name: Name of the metric; ``recall`` is the mean recall, which is the UAR.
        confusions: Counts, shape (..., n_classes, n_classes); rows are true classes.

    Returns:
        float64, shape (...); NaN without a clip.

    Raises:
        KeyError: There is no such metric.

    Examples:
        >>> import numpy as np
        >>> confusion = np.array([[3.0, 1.0], [1.0, 1.0]])
        >>> {name: round(float(metric(name, confusion)), 3) for name in METRICS[:4]}
        {'uar': 0.625, 'macro_f1': 0.625, 'weighted_f1': 0.667, 'precision': 0.625}
    """
    if name in {"uar", "recall"}:
        return uar(confusions)
    if name == "accuracy":
        return accuracy(confusions)
    precision, _, f1 = by_class(confusions)
    support = confusions.sum(axis=-1)
    if name == "macro_f1":
        return _mean(f1)
    if name == "weighted_f1":
        return _ratio((np.nan_to_num(f1) * support).sum(axis=-1), support.sum(axis=-1))
    if name == "precision":
        return _mean(np.where(support > 0, np.nan_to_num(precision), np.nan))
    raise KeyError(name)


def bin_gaps(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    child: NDArray[np.int64],
    bins: int,
    n_children: int,
) -> Counts:
    """Sum the gaps of confidence and accuracy of each child in equal bins of the confidence.

    Args:
        confidence: Highest probability of each clip, float64, shape (n,).
        right: Whether that class is the true one, shape (n,).
        child: Number of the child of each clip, shape (n,).
        bins: Number of bins.
        n_children: Number of children.

    Returns:
        float64, shape (n_children, bins); see `calibration_gap`.

    Examples:
        >>> import numpy as np
        >>> right, child = np.array([True, False]), np.array([0, 0])
        >>> bin_gaps(np.array([0.75, 0.875]), right, child, 2, 1).tolist()
        [[0.0, 0.625]]
    """
    gaps = np.zeros((n_children, bins))
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    np.add.at(gaps, (child, place), confidence - right)
    return gaps


def calibration_gap(gaps: Counts, clips: Counts) -> Counts:
    """Compute the expected calibration error from the sums of the bins.

    Guo et al. (2017), "On calibration of modern neural networks", equation 5.

    Args:
        gaps: Sums of confidence minus accuracy by bin, float64, shape (..., bins).
        clips: Numbers of clips, shape (...).

    Returns:
        float64, shape (...).

    Examples:
        >>> import numpy as np
        >>> float(calibration_gap(np.array([1.0, -0.5]), np.array(10)))
        0.15
    """
    return _ratio(np.abs(gaps).sum(axis=-1), clips)


def interval(values: Counts, confidence: float) -> tuple[Counts, Counts]:
    """Compute percentile intervals of resampled values.

    Args:
        values: Values of the resamples, float64, shape (resamples, ...). NaN is left out.
        confidence: Coverage of the interval.

    Returns:
        Lower and upper ends, float64, shape (...); NaN if all values are.

    Examples:
        >>> import numpy as np
        >>> low, high = interval(np.linspace(0, 1, 101), 0.9)
        >>> round(float(low), 3), round(float(high), 3)
        (0.05, 0.95)
    """
    tail = (1 - confidence) / 2
    known = ~np.isnan(values).all(axis=0)
    ends = np.nanquantile(np.where(known, values, 0.0), [tail, 1 - tail], axis=0)
    low, high = np.where(known, ends, np.nan)
    return low, high


def _ratio(over: Counts, under: Counts) -> Counts:
    out = np.full(np.broadcast_shapes(np.shape(over), np.shape(under)), np.nan)
    found: Counts = np.divide(over, under, out=out, where=np.asarray(under) > 0)
    return found


def _mean(values: Counts) -> Counts:
    """Mean over the last axis without NaN; NaN if all values are."""
    known = ~np.isnan(values)
    total: Counts = np.where(known, values, 0.0).sum(axis=-1)
    return _ratio(total, known.sum(axis=-1).astype(np.float64))
