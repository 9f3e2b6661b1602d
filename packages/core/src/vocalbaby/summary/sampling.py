"""Bootstrap over blocks of the day, and the quantiles of an interval."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.config import BIN_S
from vocalbaby.utils.extras import needs_extra

with needs_extra("summary"):
    from scipy import special

__all__ = [
    "MIN_BLOCKS",
    "MIN_CLUSTERS",
    "are_days",
    "block_bins",
    "block_weights",
    "cluster_weights",
    "day_rows",
    "is_sample",
    "sampling_of",
    "tails",
    "weight_rows",
]

Floats = NDArray[np.floating[Any]]
#: Fewest blocks of a unit; blocks are shorter where it would have less.
MIN_BLOCKS = 6
#: Fewest children, or recordings of a child, whose differences can be estimated.
MIN_CLUSTERS = 5
#: Rows of weights that are held at a time.
_ROWS = 100


def block_bins(recordings: Sequence[int], block_s: float) -> int:
    """Length of the blocks in bins; 0 if there are too few bins for an interval.

    Blocks are not longer than the longest recording, so that short clips are blocks.

    Args:
        recordings: Number of bins of each recording of a child.
        block_s: Length in seconds that is wanted.

    Examples:
        >>> block_bins([960], 1800.0), block_bins([60], 1800.0), block_bins([5], 1800.0)
        (30, 10, 0)
        >>> block_bins([2] * 50, 1800.0)
        2
    """
    return min(round(block_s / BIN_S), max(recordings), sum(recordings) // MIN_BLOCKS)


def block_weights(n_bins: int, length: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw how often each bin of a recording is used, by the circular block bootstrap.

    Blocks of consecutive bins are drawn with replacement until the recording is as long as it
    was; the day is thought of as a circle, so that each bin is used equally often (Politis and
    Romano 1992, "A circular block-resampling procedure for stationary data").

    Returns:
        Weights, shape (draws, n_bins); each row sums to ``n_bins``.

    Examples:
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


def weight_rows(n_bins: int, length: int, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield the weights of bins in rows, few at a time, since many days have many bins.

    The first row is that of the totals, then come the draws, then a row without each block in
    turn. Without blocks, draws are all alike.

    Examples:
        >>> rows = weight_rows(4, 2, 250, np.random.default_rng(0))
        >>> [row.shape for row in rows]
        [(1, 4), (100, 4), (100, 4), (50, 4), (2, 4)]
    """
    yield np.ones((1, n_bins))
    if not length:
        yield np.broadcast_to(np.ones(1), (draws, n_bins))
        return
    for done in range(0, draws, _ROWS):
        yield block_weights(n_bins, length, min(_ROWS, draws - done), rng)
    block = np.arange(n_bins) // length
    for first in range(0, int(block[-1]) + 1, _ROWS):
        left_out = np.arange(first, min(first + _ROWS, int(block[-1]) + 1))
        yield (block != left_out[:, None]).astype(float)


def is_sample(clusters: int) -> bool:
    """Whether there are enough children, or days, to draw from them instead of from blocks."""
    return clusters >= MIN_CLUSTERS


def are_days(recordings: Sequence[int], block_s: float) -> bool:
    """Whether recordings are drawn as wholes: there are several, in the mean longer than blocks.

    Args:
        recordings: Number of bins of each recording of a child.
        block_s: Length of blocks in seconds.

    Examples:
        >>> are_days([600] * 5, 1800.0), are_days([600] * 4, 1800.0), are_days([2] * 50, 1800.0)
        (True, False, False)
    """
    return is_sample(len(recordings)) and sum(recordings) * BIN_S >= block_s * len(recordings)


def cluster_weights(clusters: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw how often each cluster is used: as many as there are, with replacement.

    Clusters are drawn as wholes: how their totals differ contains what happens by chance within
    them (Davison and Hinkley 1997, "Bootstrap methods and their application", section 3.8).

    Returns:
        Weights, shape (draws, clusters); each row sums to ``clusters``.
    """
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws).astype(float)


def day_rows(recordings: Sequence[int], draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield the weights of bins as :func:`weight_rows` does, where recordings are drawn.

    Examples:
        >>> rows = day_rows([1, 3], 250, np.random.default_rng(0))
        >>> [row.shape for row in rows]
        [(1, 4), (100, 4), (100, 4), (50, 4), (2, 4)]
    """
    yield np.ones((1, sum(recordings)))
    for done in range(0, draws, _ROWS):
        weights = cluster_weights(len(recordings), min(_ROWS, draws - done), rng)
        yield weights.repeat(recordings, axis=1)
    yield (1 - np.eye(len(recordings))).repeat(recordings, axis=1)


def tails(
    level: float, blocks: float, share: Floats, skewness: Floats, freedom: Floats
) -> tuple[Floats, Floats]:
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
        freedom: The degrees of freedom of the variance of each figure, shape (n,).

    Returns:
        Lower and upper quantiles, 0 to 1, shape (n,).

    Examples:
        >>> share, skewness = np.array([0.0, 1, 1]), np.array([0.0, 0.0, 0.1])
        >>> low, high = tails(0.95, 10.0, share, skewness, np.full(3, 9.0))
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.025, 0.0086, 0.0392], [0.975, 0.9914, 0.9997])
    """
    t = special.stdtrit(freedom / np.maximum(share, 1e-6) ** 2, 0.5 + level / 2)
    end = t * np.sqrt(1 + share / max(blocks - 1.0, 1.0))
    low, high = (skewness + (skewness + x) / (1 - skewness * (skewness + x)) for x in (-end, end))
    return special.ndtr(low), special.ndtr(high)


def sampling_of(left_out: Floats, drawn: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of sampling in the variance of figures, their acceleration, degrees of freedom.

    All are by the jackknife. The acceleration is a sixth of the skewness; what the variance has
    beyond that of sampling is thought of as symmetric. A variance that rests on few blocks, as
    of a class that occurs in two of them, has few degrees of freedom (O'Neill 2014, "Some useful
    moment results in sampling problems", The American Statistician 68, 282-296).

    Args:
        left_out: Figures without each block in turn, shape (n_blocks, n_figures).
        drawn: Draws of the figures, shape (n_draws, n_figures).
    """
    n = left_out.shape[0]
    if n < 2:
        return np.zeros(left_out.shape[1]), np.zeros(left_out.shape[1]), np.ones(left_out.shape[1])
    deviation = left_out.mean(axis=0) - left_out
    squares = (deviation**2).sum(axis=0)
    sampled = (n - 1) / n * squares
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(sampled / np.maximum(drawn.var(axis=0), sampled))
        skewness = np.nan_to_num(share**1.5 * (deviation**3).sum(axis=0) / (6 * squares**1.5))
        kurtosis = n * (deviation**4).sum(axis=0) / squares**2
        freedom = np.fmin(2 * n / (kurtosis - (n - 3) / (n - 1)), n - 1.0)
    # Larger accelerations come from figures that rest on one block.
    return share, skewness.clip(-0.15, 0.15), np.maximum(freedom, 1.0)
