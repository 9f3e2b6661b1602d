"""Distances of all columns at once, for the null distribution.

The report shows the distances of Evidently; a test compares the two.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_distance", "class_shares", "wasserstein_distances"]

Floats = NDArray[np.float64]

_GRID = (np.arange(400) + 0.5) / 400


def wasserstein_distances(reference: Floats, current: Floats) -> Floats:
    """Wasserstein distance of each column, divided by the standard deviation of the reference.

    The distance is the mean over 400 quantiles. It is 0 for a column without values on one side,
    because missing values are compared separately.

    Args:
        reference: Shape (n, n_columns); NaN is left out.
        current: Shape (m, n_columns); NaN is left out.

    Returns:
        Shape (n_columns,).
    """
    spread = np.sqrt(_variance(reference))
    distance = np.abs(_quantiles(reference) - _quantiles(current)).mean(axis=0)
    found: Floats = np.nan_to_num(distance / np.maximum(spread, 1e-3))
    return found


def _variance(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    variance: Floats = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count
    return variance


def _quantiles(values: Floats) -> Floats:
    """Quantiles, shape (400, n_columns); NaN sorts to the end and is not reached."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    at = np.minimum(_GRID[:, np.newaxis] * count, np.maximum(count - 1, 0)).astype(np.intp)
    found: Floats = np.take_along_axis(ordered, at, axis=0)
    return found


def class_shares(labels: NDArray[np.str_]) -> dict[str, float]:
    """Share of each class that occurs."""
    names, counts = np.unique(labels, return_counts=True)
    return dict(zip(names.tolist(), (counts / len(labels)).tolist(), strict=True))


def class_distance(reference: NDArray[np.str_], current: NDArray[np.str_]) -> float:
    """Jensen-Shannon distance (natural logarithm) of two samples of classes."""
    one, other = class_shares(reference), class_shares(current)
    names = sorted({*one, *other})
    p, q = (np.array([side.get(name, 0.0) for name in names]) for side in (one, other))
    middle = (p + q) / 2
    total = 0.0
    for side in (p, q):
        held = side > 0
        total += float((side[held] * np.log(side[held] / middle[held])).sum()) / 2
    return float(np.sqrt(max(total, 0.0)))
