"""Bootstrap over blocks of the day, and the quantiles of an interval."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.config import BIN_S

__all__ = ["MIN_BLOCKS", "block_bins", "block_weights", "sampling_of", "tails"]

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


def tails(level: float, blocks: float, share: Floats, skewness: Floats) -> tuple[Floats, Floats]:
    """Quantiles of the draws that are the ends of intervals.

    Percentile intervals of few blocks are too short, so the quantile of Student's t takes the
    place of the normal one (Hesterberg 2015, "What teachers should know about the bootstrap", The
    American Statistician 69, 371-386), with the degrees of freedom of Welch and Satterthwaite
    where only a share of the variance is that of sampling. They are also too low where a few
    bouts make most of a total, which the acceleration of the BCa interval corrects (Efron 1987,
    "Better bootstrap confidence intervals", JASA 82, 171-185); a mean's bias correction equals it.

    Args:
        level: Coverage, such as .95.
        blocks: Number of blocks; infinite without sampling.
        share: Share of sampling in the variance of each figure, shape (n,).
        skewness: The acceleration of each figure, shape (n,).

    Returns:
        Lower and upper quantiles, 0 to 1, shape (n,).

    Example:
        >>> low, high = tails(0.95, 10.0, np.array([0.0, 1, 1]), np.array([0.0, 0.0, 0.1]))
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.025, 0.0086, 0.0392], [0.975, 0.9914, 0.9997])
    """
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + level / 2)
    v = np.maximum(blocks - 1.0, 1.0) / np.maximum(share, 1e-6) ** 2
    # Cornish-Fisher expansion of Student's t (Abramowitz and Stegun 26.7.5).
    t = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    end = t * np.sqrt(1 + share / max(blocks - 1.0, 1.0))
    low, high = (skewness + (skewness + x) / (1 - skewness * (skewness + x)) for x in (-end, end))
    return np.array([*map(normal.cdf, low.tolist())]), np.array([*map(normal.cdf, high.tolist())])


def sampling_of(left_out: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Share of sampling in the variance of figures, and their acceleration, by the jackknife.

    The acceleration is a sixth of the skewness. What the variance has beyond that of sampling
    is thought of as symmetric.

    Args:
        left_out: Figures without each block in turn, shape (n_blocks, n_figures).
        drawn: Draws of the figures, shape (n_draws, n_figures).
    """
    n = left_out.shape[0]
    if n < 2:
        return np.zeros(left_out.shape[1]), np.zeros(left_out.shape[1])
    deviation = left_out.mean(axis=0) - left_out
    squares = (deviation**2).sum(axis=0)
    sampled = (n - 1) / n * squares
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(sampled / np.maximum(drawn.var(axis=0), sampled))
        skewness = np.nan_to_num(share**1.5 * (deviation**3).sum(axis=0) / (6 * squares**1.5))
    # Larger accelerations come from figures that rest on one block.
    return share, skewness.clip(-0.15, 0.15)
