"""Measures of agreement of confusion matrices, whose rows are of the reference.

All take one matrix or many, such as those of a bootstrap, and give NaN where they are not
defined.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["agreement", "alpha", "class_measures", "error_rates", "kappa", "uar"]

Floats = NDArray[np.floating[Any]]


def _divide(a: Floats, b: Floats) -> Floats:
    found: Floats = np.full(np.broadcast(a, b).shape, np.nan)
    np.divide(a, b, out=found, where=np.broadcast_to(b > 0, found.shape))
    return found


def _diagonal(counts: Floats) -> Floats:
    return np.asarray(np.diagonal(counts, axis1=-2, axis2=-1))


def agreement(counts: Floats) -> Floats:
    """Return the share of units with the same label.

    Args:
        counts: float64, shape (..., k, k).

    Returns:
        float64, shape (...).

    Examples:
        >>> float(agreement(np.array([[3.0, 1.0], [0.0, 4.0]])))
        0.875
    """
    return _divide(_diagonal(counts).sum(axis=-1), counts.sum(axis=(-2, -1)))


def kappa(counts: Floats) -> Floats:
    """Return Cohen's kappa, agreement beyond what the marginal shares give by themselves.

    Cohen (1960, "A coefficient of agreement for nominal scales",
    https://doi.org/10.1177/001316446002000104).

    Args:
        counts: float64, shape (..., k, k).

    Returns:
        float64, shape (...); NaN where both sides use one and the same category only.

    Examples:
        >>> round(float(kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))), 3)
        0.4
    """
    total = counts.sum(axis=(-2, -1))
    expected = _divide((counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1), total * total)
    rest = 1 - expected
    return _divide(agreement(counts) - expected, np.where(rest > 1e-12, rest, 0.0))


def alpha(counts: Floats) -> Floats:
    """Return Krippendorff's alpha for nominal labels, two coders and no missing label.

    Krippendorff (2011, "Computing Krippendorff's alpha-reliability",
    https://repository.upenn.edu/asc_papers/43).

    Args:
        counts: float64, shape (..., k, k).

    Returns:
        float64, shape (...).

    Examples:
        >>> round(float(alpha(np.array([[5.0, 3.0], [1.0, 1.0]]))), 3)
        0.095
    """
    both = counts + np.swapaxes(counts, -2, -1)
    totals = both.sum(axis=-1)
    n = totals.sum(axis=-1)
    observed = n - _diagonal(both).sum(axis=-1)
    expected = n * n - (totals * totals).sum(axis=-1)
    return 1 - _divide((n - 1) * observed, expected)


def uar(counts: Floats) -> Floats:
    """Return the unweighted average recall of the categories that the reference uses.

    Args:
        counts: float64, shape (..., k, k).

    Returns:
        float64, shape (...).

    Examples:
        >>> float(uar(np.array([[3.0, 1.0], [0.0, 4.0]])))
        0.875
    """
    recall = _divide(_diagonal(counts), counts.sum(axis=-1))
    used = ~np.isnan(recall)
    return _divide(np.where(used, recall, 0.0).sum(axis=-1), used.sum(axis=-1).astype(float))


def class_measures(counts: Floats) -> dict[str, Floats]:
    """Return precision, recall, F1 and Cohen's kappa of each category against all others.

    Args:
        counts: float64, shape (..., k, k).

    Returns:
        Measure to values, float64, shape (..., k).

    Examples:
        >>> found = class_measures(np.array([[3.0, 1.0], [0.0, 4.0]]))
        >>> {name: values.round(2).tolist() for name, values in found.items()}
        {'precision': [1.0, 0.8], 'recall': [0.75, 1.0], 'f1': [0.86, 0.89], 'kappa': [0.75, 0.75]}
    """
    hits, rows, columns = _diagonal(counts), counts.sum(axis=-1), counts.sum(axis=-2)
    total = counts.sum(axis=(-2, -1))[..., None]
    two = np.stack([hits, rows - hits, columns - hits, total - rows - columns + hits], axis=-1)
    return {
        "precision": _divide(hits, columns),
        "recall": _divide(hits, rows),
        "f1": _divide(2 * hits, rows + columns),
        "kappa": kappa(two.reshape(*two.shape[:-1], 2, 2)),
    }


def error_rates(seconds: Floats) -> dict[str, Floats]:
    """Return the rates of the errors of detection and identification.

    Args:
        seconds: Sums of `error_seconds`, float64, shape (..., 8).

    Returns:
        Measure to values, float64, shape (...).

    Examples:
        >>> found = error_rates(np.array([1.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 3.0]))
        >>> {name: round(float(rate), 3) for name, rate in found.items() if "error" in name}
        {'detection_error_rate': 0.667, 'identification_error_rate': 1.0}
    """
    missed, false, detected, true, confused, lost, added, labels = np.moveaxis(seconds, -1, 0)
    return {
        "detection_precision": _divide(detected, detected + false),
        "detection_recall": _divide(detected, true),
        "detection_f1": _divide(2 * detected, 2 * detected + false + missed),
        "detection_error_rate": _divide(missed + false, true),
        "identification_error_rate": _divide(confused + lost + added, labels),
    }
