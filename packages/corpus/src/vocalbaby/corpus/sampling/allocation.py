"""How many units to draw from each stratum.

Sources: Neyman (1934), *On the two different aspects of the representative method*; Särndal,
Swensson and Wretman (1992), section 3.7.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["allocate"]

Floats = NDArray[np.floating[Any]]
Counts = NDArray[np.int64]
_STEPS: Final = 200


def allocate(
    n: int,
    populations: NDArray[np.integer[Any]],
    spreads: Floats | None = None,
    *,
    minimum: int = 0,
    maximum: int | None = None,
) -> Counts:
    """Divide a sample among strata, within bounds.

    The size of a stratum's sample is proportional to the number of its units times the standard
    deviation within it (Neyman's optimal allocation), or to the number of its units.

    Args:
        n: Size of the whole sample.
        populations: Number of units of each stratum, shape (n_strata,).
        spreads: Standard deviation within each stratum, shape (n_strata,); None for a
            proportional allocation. If all are zero, the allocation is proportional.
        minimum: Smallest sample of a stratum; smaller strata are taken as a whole.
        maximum: Largest sample of a stratum; None for no bound.

    Returns:
        Size of the sample of each stratum, int64. The sum is ``n``, unless the bounds allow fewer.

    Raises:
        ValueError: The minimum of the strata together exceeds ``n``, or a spread is negative.

    Examples:
        >>> import numpy as np
        >>> allocate(10, np.array([100, 100, 4]), np.array([1.0, 3.0, 0.0]), minimum=2).tolist()
        [2, 6, 2]
    """
    populations = np.asarray(populations, np.int64)
    spreads = np.ones(len(populations)) if spreads is None else np.asarray(spreads, np.float64)
    if not (np.isfinite(spreads).all() and (spreads >= 0).all()):
        raise ValueError("A spread is negative or not finite.")
    weights = populations * spreads
    if not weights.any():
        weights = populations.astype(np.float64)
    upper = np.minimum(populations, n if maximum is None else maximum)
    lower = np.minimum(minimum, upper)
    if lower.sum() > n:
        raise ValueError(f"A sample of {n} cannot have {minimum} of each of {len(upper)} strata.")
    n = min(n, int(upper.sum()))
    return _round(_bounded(n, weights, lower, upper), n, upper)


def _bounded(n: int, weights: Floats, lower: Counts, upper: Counts) -> Floats:
    """Find the factor whose bounded multiples of the weights add up to n, by bisection."""
    if n == 0:
        return np.zeros(len(weights))
    # Units of strata without weight are drawn only if those of all other strata are.
    weights = np.maximum(weights, weights.max() * 1e-12)
    low, high = 0.0, 1.0
    while np.clip(high * weights, lower, upper).sum() < n:
        high *= 2.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if np.clip(middle * weights, lower, upper).sum() < n:
            low = middle
        else:
            high = middle
    bounded: Floats = np.clip(high * weights, lower, upper)
    return bounded


def _round(shares: Floats, n: int, upper: Counts) -> Counts:
    """Round to integers with the sum n, by the largest remainders."""
    counts: Counts = np.floor(shares + 1e-9).astype(np.int64)
    remainders = np.where(counts < upper, shares - counts, -1.0)
    for at in np.argsort(-remainders, kind="stable")[: n - int(counts.sum())]:
        counts[at] += 1
    return counts
