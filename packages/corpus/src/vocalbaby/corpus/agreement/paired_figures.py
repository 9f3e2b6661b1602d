"""Agreement of two series of figures: correlation, intraclass correlation, limits of agreement."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Ended", "bland_altman", "icc_2_1", "pearson"]

Floats = NDArray[np.floating[Any]]


class Ended(NamedTuple):
    """A value with its interval; NaN where it is not defined.

    Attributes:
        value: The value.
        low: Low end.
        high: High end.

    Examples:
        >>> Ended(0.5).low
        nan
    """

    value: float
    low: float = math.nan
    high: float = math.nan


def pearson(a: Floats, b: Floats, level: float = 0.95) -> Ended:
    """Correlate two series; the interval is by Fisher's transformation.

    Args:
        a: Figures of the reference, float64, shape (n,).
        b: Figures of the other side, float64, shape (n,).
        level: Coverage of the interval.

    Returns:
        The correlation; NaN for less than three pairs or a constant series.

    Examples:
        >>> round(pearson(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 5])).value, 3)
        0.832
    """
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Ended(math.nan)
    r = float(np.corrcoef(a, b)[0, 1])
    if a.size < 4 or abs(r) >= 1:
        return Ended(r)
    z, half = math.atanh(r), stats.norm.ppf((1 + level) / 2) / math.sqrt(a.size - 3)
    return Ended(r, math.tanh(z - half), math.tanh(z + half))


def icc_2_1(figures: Floats, level: float = 0.95) -> Ended:
    """Compute the intraclass correlation of single figures, two-way random, absolute agreement.

    ICC(2,1) of Shrout and Fleiss (1979, "Intraclass correlations: uses in assessing rater
    reliability", https://doi.org/10.1037/0033-2909.86.2.420), with their interval.

    Args:
        figures: Rows of units, columns of coders, float64, shape (n, k).
        level: Coverage of the interval.

    Returns:
        The correlation; NaN for less than three units or figures that are all alike.

    Examples:
        >>> rated = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6],
        ...                   [10, 5, 6, 9], [6, 2, 4, 7]], float)
        >>> round(icc_2_1(rated).value, 2)
        0.29
    """
    n, k = figures.shape
    if n < 3 or np.ptp(figures) == 0:
        return Ended(math.nan)
    mean = figures.mean()
    between = k * ((figures.mean(axis=1) - mean) ** 2).sum() / (n - 1)
    coders = n * ((figures.mean(axis=0) - mean) ** 2).sum() / (k - 1)
    rest = ((figures - mean) ** 2).sum() - (n - 1) * between - (k - 1) * coders
    error = max(rest / ((n - 1) * (k - 1)), 0.0)
    below = between + (k - 1) * error + k * (coders - error) / n
    if below <= 0:
        return Ended(math.nan)
    icc = float((between - error) / below)
    if error <= 1e-12 * between:
        return Ended(icc)
    ratio, quantile = coders / error, (1 + level) / 2
    spread = n * (1 + (k - 1) * icc) - k * icc
    v = ((k - 1) * (n - 1) * (k * icc * ratio + spread) ** 2) / (
        (n - 1) * (k * icc * ratio) ** 2 + spread**2
    )
    upper = float(stats.f.ppf(quantile, n - 1, v))
    lower = float(stats.f.ppf(quantile, v, n - 1))
    weight = k * coders + (k * n - k - n) * error
    low = n * (between - upper * error) / (upper * weight + n * between)
    high = n * (lower * between - error) / (weight + n * lower * between)
    return Ended(icc, float(low), float(high))


def bland_altman(a: Floats, b: Floats, level: float = 0.95) -> dict[str, Ended]:
    """Compute the mean difference and the limits of agreement, with their intervals.

    Bland and Altman (1986, "Statistical methods for assessing agreement between two methods of
    clinical measurement", https://doi.org/10.1016/S0140-6736(86)90837-8).

    Args:
        a: Figures of the reference, float64, shape (n,).
        b: Figures of the other side, float64, shape (n,).
        level: Coverage of the intervals; the limits are of 95 %.

    Returns:
        ``bias`` (other minus reference), ``limit_low`` and ``limit_high``; NaN for less than three
        pairs.

    Examples:
        >>> found = bland_altman(np.array([1.0, 2, 3]), np.array([2.0, 2, 4]))
        >>> round(found["bias"].value, 2), round(found["limit_high"].value, 2)
        (0.67, 1.8)
    """
    difference, n = b - a, a.size
    if n < 3:
        missing = Ended(math.nan)
        return {"bias": missing, "limit_low": missing, "limit_high": missing}
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(stats.t.ppf((1 + level) / 2, n - 1))
    of_bias, of_limit = t * sd / math.sqrt(n), t * sd * math.sqrt(3 / n)
    return {
        "bias": Ended(bias, bias - of_bias, bias + of_bias),
        **{
            name: Ended(limit, limit - of_limit, limit + of_limit)
            for name, limit in (
                ("limit_low", bias - 1.96 * sd),
                ("limit_high", bias + 1.96 * sd),
            )
        },
    }
