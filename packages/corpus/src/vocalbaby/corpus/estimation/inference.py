"""Totals and ratios of a population from a probability sample, with intervals.

Estimates weigh each stretch by the inverse of its inclusion probability (Horvitz and Thompson,
1952). The model-assisted ones are regression estimates (Särndal, Swensson and Wretman, 1992): the
total of the model's predictions over the population, corrected by the weighted errors of the
sample. With the slope that has the smallest variance, as here, this is prediction-powered
inference with power tuning (Angelopoulos, Duchi and Zrnic, 2023) for a sample with known
probabilities. Variances are those of Hájek (1964), which are exact for simple and stratified random
samples; ratios are linearized.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["DesignWeights", "Interval", "assisted", "weighted"]

Floats = NDArray[np.floating[Any]]

#: Stretches, and those with anything to count, from which an interval covers what it says; see the
#: simulation in docs/corrected-figures.md.
_FEW: Final = 30
_FEW_EVENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval.

    Attributes:
        value: The estimate; NaN if it cannot be computed.
        low: Lower end; NaN without an interval.
        high: Upper end.
        standard_error: Standard error; NaN without one.
        n: Number of sampled stretches.
        n_events: Number of those in which there is anything to count.
        is_reliable: Whether there are enough of them for the interval's level to hold.

    Examples:
        >>> Interval(0.2, 0.1, 0.3, 0.05, 40, 22, True).value
        0.2
    """

    value: float
    low: float
    high: float
    standard_error: float
    n: int
    n_events: int
    is_reliable: bool


@dataclass(frozen=True, slots=True, eq=False)
class DesignWeights:
    """The design of a sample.

    Attributes:
        probabilities: Inclusion probability of each stretch, shape (n,).
        strata: Index of its stratum, shape (n,).

    Examples:
        >>> design = DesignWeights(np.array([0.5, 0.5]), np.array([0, 0]))
        >>> design.total(np.array([1.0, 2.0]))
        6.0
    """

    probabilities: Floats
    strata: NDArray[np.int64]

    def total(self, values: Floats) -> float:
        """Return the Horvitz-Thompson estimate of a total."""
        return float((values / self.probabilities).sum())

    def variance(self, residuals: Floats) -> tuple[float, float]:
        """Return the variance of an estimated total, and its degrees of freedom.

        The degrees of freedom are those of Satterthwaite (1946), with the kurtosis of the
        residuals: few stretches with large weights make the variance uncertain.

        Args:
            residuals: The total's residuals, shape (n,).
        """
        variance = uncertainty = 0.0
        for stratum in np.unique(self.strata):
            own = self.strata == stratum
            z, q, n = (
                residuals[own] / self.probabilities[own],
                1 - self.probabilities[own],
                own.sum(),
            )
            if q.sum() <= 0:
                continue
            if n < 2:
                return math.nan, 0.0
            squares = (z - float((q * z).sum() / q.sum())) ** 2
            part = n / (n - 1) * float((q * squares).sum())
            variance += part
            if part > 0:
                kurtosis = float(np.mean(squares**2) / np.mean(squares) ** 2)
                freedom = min(2 * n / max(kurtosis - (n - 3) / (n - 1), 1e-9), n - 1)
                uncertainty += part**2 / max(freedom, 1.0)
        if uncertainty == 0:
            return variance, math.inf
        return variance, variance**2 / uncertainty


def weighted(
    numerator: Floats,
    denominator: Floats | None,
    design: DesignWeights,
    level: float,
    *,
    is_proportion: bool = False,
    n: int | None = None,
) -> Interval:
    """Estimate a total, or a ratio of totals, from the sample alone.

    Args:
        numerator: Value of each stretch, shape (n,).
        denominator: Value by which the total is divided; None for the total itself.
        design: The design of the sample.
        level: Coverage of the interval.
        is_proportion: Whether the ratio is between 0 and 1.
        n: Number of stretches of the group, where values of others are 0; by default all.

    Examples:
        >>> design = DesignWeights(np.full(4, 0.1), np.zeros(4, int))
        >>> found = weighted(np.array([1.0, 0, 2, 1]), None, design, 0.95)
        >>> found.value, round(found.standard_error, 2)
        (40.0, 15.49)
    """
    events = int(np.count_nonzero(numerator))
    n = len(numerator) if n is None else n
    total = design.total(numerator)
    if denominator is None:
        return _interval(total, numerator, design, level, (n, events))
    below = design.total(denominator)
    if below <= 0:
        return _nothing(n, events)
    ratio = total / below
    residuals = (numerator - ratio * denominator) / below
    events = _events(numerator, denominator)
    counts = (n, events)
    return _interval(ratio, residuals, design, level, counts, is_proportion=is_proportion)


def assisted(
    numerator: tuple[Floats, Floats, float],
    denominator: tuple[Floats, Floats, float] | None,
    design: DesignWeights,
    level: float,
    *,
    is_proportion: bool = False,
    n: int | None = None,
) -> Interval:
    """Estimate a total, or a ratio of totals, from the sample and the model's predictions.

    Args:
        numerator: Value of each stretch by annotators and by the model, each of shape (n,), and
            the model's total over the population.
        denominator: The same of what the total is divided by; None for the total itself.
        design: The design of the sample.
        level: Coverage of the interval.
        is_proportion: Whether the ratio is between 0 and 1.
        n: Number of stretches of the group, where values of others are 0; by default all.

    Examples:
        >>> design = DesignWeights(np.full(4, 0.1), np.zeros(4, int))
        >>> human, model = np.array([1.0, 0, 2, 1]), np.array([1.0, 1, 2, 1])
        >>> assisted((human, model, 50.0), None, design, 0.95).value
        40.0
    """
    above = _Regression.of(*numerator, design)
    events = int(np.count_nonzero(numerator[0]))
    n = len(numerator[0]) if n is None else n
    if denominator is None:
        return _interval(above.total, above.residuals, design, level, (n, events))
    below = _Regression.of(*denominator, design)
    if below.total <= 0:
        return _nothing(n, events)
    ratio = above.total / below.total
    residuals = (above.residuals - ratio * below.residuals) / below.total
    events = _events(numerator[0], denominator[0])
    counts = (n, events)
    return _interval(ratio, residuals, design, level, counts, is_proportion=is_proportion)


@dataclass(frozen=True, slots=True, eq=False)
class _Regression:
    """A regression estimate of a total, and its residuals."""

    total: float
    residuals: Floats

    @classmethod
    def of(
        cls, values: Floats, predicted: Floats, known: float, design: DesignWeights
    ) -> "_Regression":
        slope = _slope(values, predicted, design)
        total = design.total(values) + slope * (known - design.total(predicted))
        return cls(total, values - slope * predicted)


def _slope(values: Floats, predicted: Floats, design: DesignWeights) -> float:
    """Return the slope with the smallest variance of the estimate; 0 if it cannot be estimated."""
    covariance = variance = 0.0
    for stratum in np.unique(design.strata):
        own = design.strata == stratum
        p = design.probabilities[own]
        q = 1 - p
        if q.sum() <= 0 or own.sum() < 2:
            continue
        y, x = values[own] / p, predicted[own] / p
        y, x = y - (q * y).sum() / q.sum(), x - (q * x).sum() / q.sum()
        factor = own.sum() / (own.sum() - 1)
        covariance += factor * float((q * x * y).sum())
        variance += factor * float((q * x * x).sum())
    return covariance / variance if variance > 0 else 0.0


def _events(numerator: Floats, denominator: Floats) -> int:
    """Stretches that say something of a ratio: the smaller of those with and without the kind."""
    return int(min(np.count_nonzero(numerator), np.count_nonzero(denominator - numerator)))


def _nothing(n: int, events: int) -> Interval:
    return Interval(math.nan, math.nan, math.nan, math.nan, n, events, is_reliable=False)


def _interval(
    value: float,
    residuals: Floats,
    design: DesignWeights,
    level: float,
    counts: tuple[int, int],
    *,
    is_proportion: bool = False,
) -> Interval:
    """Return an interval from Student's t; that of a proportion is made for its log odds."""
    variance, freedom = design.variance(residuals)
    n, events = counts
    value = float(min(max(value, 0.0), 1.0) if is_proportion else max(value, 0.0))
    if not (math.isfinite(variance) and freedom > 0):
        return Interval(value, math.nan, math.nan, math.nan, n, events, is_reliable=False)
    error, is_census = math.sqrt(variance), not (design.probabilities < 1).any()
    if error == 0 and not is_census:
        # No error was seen in the sample: that does not say that there is none in the others.
        return Interval(value, math.nan, math.nan, 0.0, n, events, is_reliable=False)
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error if error > 0 else 0.0
    low, high = max(0.0, value - reach), value + reach
    if is_proportion and 0 < value < 1:
        odds, reach = math.log(value / (1 - value)), reach / (value * (1 - value))
        low, high = (float(special.expit(odds + sign * reach)) for sign in (-1, 1))
    reliable = (n >= _FEW and events >= _FEW_EVENTS) or is_census
    return Interval(value, low, high, error, n, events, reliable)
