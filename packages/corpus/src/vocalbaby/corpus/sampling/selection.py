"""Draws with unequal probabilities: exact inclusion probabilities, and samples of a fixed size.

Sources: Madow (1949), *On the theory of systematic sampling, II*; Särndal, Swensson and Wretman
(1992), *Model Assisted Survey Sampling*, section 3.6.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["groups", "inclusion_probabilities", "systematic"]

Floats = NDArray[np.floating[Any]]
_CERTAIN: Final = 1.0 - 1e-9


def inclusion_probabilities(sizes: Floats, n: int) -> NDArray[np.float64]:
    """Probabilities proportional to size that add up to the size of the sample.

    Units whose probability would exceed 1 are taken with certainty, and the rest of the sample is
    divided among the others, until no probability exceeds 1.

    Args:
        sizes: Size of each unit, at least 0, shape (n_units,). If no size is positive, all
            probabilities are equal.
        n: Size of the sample, at most the number of units with a positive size.

    Returns:
        Inclusion probabilities, float64, shape (n_units,), with the sum ``n``.

    Raises:
        ValueError: A size is negative or not finite, or there are fewer units than ``n``.

    Examples:
        >>> import numpy as np
        >>> inclusion_probabilities(np.array([1.0, 1.0, 2.0, 12.0]), 2).tolist()
        [0.25, 0.25, 0.5, 1.0]
    """
    sizes = np.asarray(sizes, np.float64)
    if not (np.isfinite(sizes).all() and (sizes >= 0).all()):
        raise ValueError("A size is negative or not finite.")
    if not sizes.any():
        sizes = np.ones_like(sizes)
    if not 0 <= n <= np.count_nonzero(sizes):
        raise ValueError(f"A sample of {n} of {np.count_nonzero(sizes)} units is impossible.")
    certain = np.zeros(len(sizes), bool)
    probabilities = np.zeros(len(sizes))
    while True:
        left = n - np.count_nonzero(certain)
        total = sizes[~certain].sum()
        probabilities[certain] = 1.0
        if left <= 0 or total <= 0:
            probabilities[~certain] = 0.0
            return probabilities
        probabilities[~certain] = left * (sizes[~certain] / total)
        exceeding = probabilities > _CERTAIN
        if np.array_equal(exceeding, certain):
            return probabilities
        certain = exceeding | certain


def systematic(probabilities: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a sample with given inclusion probabilities, by systematic sampling in random order.

    The units are put into a random order, and each occupies an interval as long as its
    probability. Units whose intervals contain the points ``u, u + 1, u + 2, ...`` are drawn,
    with ``u`` uniform within 0 and 1 (Madow 1949). Each probability is exact. With equal
    probabilities, this is simple random sampling.

    Args:
        probabilities: Inclusion probabilities, shape (n_units,), whose sum is an integer.
        rng: Source of random numbers.

    Returns:
        Ascending indices of the units, without repetition, as many as the sum.

    Raises:
        ValueError: A probability is not within 0 and 1, or the sum is not an integer.

    Examples:
        >>> import numpy as np
        >>> systematic(np.array([0.0, 1.0, 0.5, 0.5]), np.random.default_rng(0)).tolist()
        [1, 2]
    """
    probabilities = np.asarray(probabilities, np.float64)
    if not ((probabilities >= 0).all() and (probabilities <= 1).all()):
        raise ValueError("A probability is not within 0 and 1.")
    total = float(probabilities.sum())
    n = round(total)
    if abs(total - n) > 1e-6 * max(1.0, total):
        raise ValueError(f"The probabilities add up to {total}, not to an integer.")
    certain = np.flatnonzero(probabilities > _CERTAIN)
    order = rng.permutation(np.flatnonzero((probabilities > 0) & (probabilities <= _CERTAIN)))
    n -= len(certain)
    if n <= 0:
        return certain
    ends = np.cumsum(probabilities[order])
    ends *= n / ends[-1]  # the sum is an integer but for rounding
    points = rng.uniform() + np.arange(n)
    drawn = order[np.minimum(np.searchsorted(ends, points, side="right"), len(order) - 1)]
    return np.sort(np.concatenate([certain, drawn]))


def groups(strata: NDArray[np.int64], n: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Units of each stratum that has some.

    Args:
        strata: Stratum of each unit, 0 to ``n - 1``, shape (n_units,).
        n: Number of strata.

    Returns:
        Strata in order, each with the ascending indices of its units.

    Examples:
        >>> import numpy as np
        >>> [(i, units.tolist()) for i, units in groups(np.array([2, 0, 2]), 3)]
        [(0, [1]), (2, [0, 2])]
    """
    order = np.argsort(strata, kind="stable")
    edges = np.searchsorted(strata[order], np.arange(n + 1))
    return [(i, order[edges[i] : edges[i + 1]]) for i in range(n) if edges[i] < edges[i + 1]]
