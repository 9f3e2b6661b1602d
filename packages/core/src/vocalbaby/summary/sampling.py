"""Bootstrap over blocks of the day, and the quantiles of an interval."""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.config import BIN_S

__all__ = ["MIN_BLOCKS", "block_bins", "block_weights", "tail"]

Floats = NDArray[np.floating[Any]]
#: Fewest blocks of a unit; blocks are shorter where it would have less.
MIN_BLOCKS = 6


def block_bins(n_bins: int, block_s: float) -> int:
    """Length of the blocks in bins; 0 if there are too few bins for an interval.

    Example:
        >>> block_bins(960, 1800.0), block_bins(60, 1800.0), block_bins(5, 1800.0)
        (30, 10, 0)
    """
    return min(round(block_s / BIN_S), n_bins // MIN_BLOCKS)


def block_weights(n_bins: int, length: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw how often each bin of a recording is used, by the circular block bootstrap.

    Blocks of consecutive bins are drawn with replacement until the recording is as long as it
    was; the day is thought of as a circle, so that each bin is used equally often (Politis and
    Romano 1992, "A circular block-resampling procedure for stationary data").

    Returns:
        Weights, shape (draws, n_bins); each row sums to ``n_bins``.

    Example:
        >>> weights = block_weights(100, 30, 5, np.random.default_rng(0))
        >>> weights.sum(axis=1).tolist()
        [100.0, 100.0, 100.0, 100.0, 100.0]
    """
    full, rest = divmod(n_bins, length)
    starts = rng.integers(n_bins, size=(draws, full + (rest > 0)))
    lengths = np.full(starts.shape, length)
    if rest:
        lengths[:, -1] = rest
    changes = np.zeros((draws, 2 * n_bins + 1))
    rows = np.broadcast_to(np.arange(draws)[:, None], starts.shape)
    np.add.at(changes, (rows, starts), 1.0)
    np.add.at(changes, (rows, starts + lengths), -1.0)
    unrolled = changes.cumsum(axis=1)
    weights: Floats = unrolled[:, :n_bins] + unrolled[:, n_bins:-1]
    return weights


def tail(level: float, blocks: float) -> float:
    """Lower tail of the expanded percentile interval.

    Percentile intervals of few blocks are too short; the tail is that of Student's t
    (Hesterberg 2015, "What teachers should know about the bootstrap", The American
    Statistician 69, 371-386).

    Args:
        level: Coverage, such as .95.
        blocks: Number of blocks; infinite without sampling.

    Example:
        >>> round(tail(0.95, math.inf), 4), round(tail(0.95, 10), 4)
        (0.025, 0.0086)
    """
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + level / 2)
    if math.isinf(blocks):
        return normal.cdf(-z)
    v = max(blocks - 1.0, 1.0)
    # Cornish-Fisher expansion of the quantile of Student's t (Abramowitz and Stegun 26.7.5).
    t = (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
    return normal.cdf(-t * math.sqrt(blocks / v))
