"""Estimates of the canonical proportion of a population from a sample of it.

Written for the simulation only, so that it does not depend on the package that users call:
the ratio of Horvitz-Thompson estimates (Hájek), and the model-assisted difference estimate.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Interval", "assisted_ratio", "weighted_ratio"]

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with a 95 % interval.

    Attributes:
        estimate: Estimate of the proportion.
        half_width: Half the width of the interval.
        low: Lower end.
        high: Upper end.
    """

    estimate: float
    half_width: float
    low: float
    high: float


def _interval(estimate: float, residuals: Floats, p: Floats, strata: NDArray[np.int64]) -> Interval:
    """Interval by linearization: residuals z of the units, of which the error is the total."""
    variance, df = 0.0, 0
    for h in np.unique(strata):
        own = strata == h
        z, q = residuals[own] / p[own], 1 - p[own]
        n = int(own.sum())
        if q.sum() <= 0 or n < 2:
            continue
        centre = float((q * z).sum() / q.sum())
        variance += n / (n - 1) * float((q * (z - centre) ** 2).sum())
        df += n - 1
    if df < 1 or not math.isfinite(estimate):
        return Interval(math.nan, math.nan, -math.inf, math.inf)
    half = float(stats.t.ppf(0.975, df)) * math.sqrt(variance)
    return Interval(estimate, half, estimate - half, estimate + half)


def weighted_ratio(c: Floats, m: Floats, p: Floats, strata: NDArray[np.int64]) -> Interval:
    """Ratio of Horvitz-Thompson estimates.

    Args:
        c: Canonical vocalizations of each sampled unit, shape (n,).
        m: Canonical and non-canonical ones.
        p: Inclusion probabilities.
        strata: Strata.
    """
    total = float((m / p).sum())
    estimate = float((c / p).sum()) / total if total > 0 else math.nan
    return _interval(estimate, (c - estimate * m) / total if total > 0 else c, p, strata)


def assisted_ratio(
    c: Floats,
    m: Floats,
    c_predicted: Floats,
    m_predicted: Floats,
    p: Floats,
    strata: NDArray[np.int64],
    totals: tuple[float, float],
) -> Interval:
    """Ratio of difference estimates: totals of predictions, corrected by errors in the sample.

    Args:
        c: Canonical vocalizations of each sampled unit, shape (n,).
        m: Canonical and non-canonical ones.
        c_predicted: Predicted number of canonical ones.
        m_predicted: Predicted number of both.
        p: Inclusion probabilities.
        strata: Strata.
        totals: Sums of both predictions over the population.
    """
    c_error, m_error = c - c_predicted, m - m_predicted
    total = totals[1] + float((m_error / p).sum())
    if total <= 0:
        return Interval(math.nan, math.nan, -math.inf, math.inf)
    estimate = (totals[0] + float((c_error / p).sum())) / total
    return _interval(estimate, (c_error - estimate * m_error) / total, p, strata)
