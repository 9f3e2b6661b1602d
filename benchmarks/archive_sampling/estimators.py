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


def _interval(
    estimate: float, residuals: Floats, p: Floats, strata: NDArray[np.int64], *, logit: bool
) -> Interval:
    """Interval by linearization: residuals z of the units, of which the error is the total.

    The degrees of freedom are those of Satterthwaite (1946), with the kurtosis of the residuals:
    few units with large weights make the estimate of the variance uncertain.
    """
    variance = uncertainty = 0.0
    for h in np.unique(strata):
        own = strata == h
        z, q = residuals[own] / p[own], 1 - p[own]
        n = int(own.sum())
        if q.sum() <= 0 or n < 2:
            continue
        squares = (z - float((q * z).sum() / q.sum())) ** 2
        of_stratum = n / (n - 1) * float((q * squares).sum())
        variance += of_stratum
        if squares.any():
            kurtosis = float(np.mean(squares**2) / np.mean(squares) ** 2)
            df = min(2 * n / max(kurtosis - (n - 3) / (n - 1), 1e-9), n - 1)
            uncertainty += of_stratum**2 / max(df, 1.0)
    if uncertainty <= 0 or not math.isfinite(estimate):
        return Interval(math.nan, math.nan, -math.inf, math.inf)
    error = float(stats.t.ppf(0.975, variance**2 / uncertainty)) * math.sqrt(variance)
    low, high = estimate - error, estimate + error
    if logit and 0 < estimate < 1:
        scaled = error / (estimate * (1 - estimate))
        low, high = (_inverse(math.log(estimate / (1 - estimate)) + s) for s in (-scaled, scaled))
    return Interval(estimate, (high - low) / 2, low, high)


def _inverse(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def weighted_ratio(c: Floats, m: Floats, p: Floats, strata: NDArray[np.int64]) -> Interval:
    """Ratio of Horvitz-Thompson estimates, with an interval of its log odds.

    Args:
        c: Canonical vocalizations of each sampled unit, shape (n,).
        m: Canonical and non-canonical ones.
        p: Inclusion probabilities.
        strata: Strata.
    """
    total = float((m / p).sum())
    estimate = float((c / p).sum()) / total if total > 0 else math.nan
    return _interval(
        estimate, (c - estimate * m) / total if total > 0 else c, p, strata, logit=True
    )


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
    return _interval(estimate, (c_error - estimate * m_error) / total, p, strata, logit=False)
