"""Intervals by a bootstrap over children, recordings, or blocks of the recordings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIN_CLUSTERS", "ClusterKind", "Clusters", "choose_clusters", "interval_of"]

#: What is drawn: whole children, whole recordings, or blocks of time.
ClusterKind = Literal["children", "recordings", "blocks", "none"]
#: Fewest clusters from which an interval is drawn.
MIN_CLUSTERS: Final = 5

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.intp]
#: Numbers that are held at a time while sums of drawn clusters are made.
_HELD: Final = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Cells of a group by what is drawn.

    Attributes:
        kind: What is drawn.
        index: Number of the cluster of each cell, intp, shape (n_cells,).
        n: Number of clusters.

    Examples:
        >>> Clusters("blocks", np.array([0, 0, 1]), 2).n
        2
    """

    kind: ClusterKind
    index: Integers
    n: int


def choose_clusters(children: Integers, recordings: Integers, blocks: Integers) -> Clusters:
    """Choose the largest clusters of which there are at least `MIN_CLUSTERS`.

    Args:
        children: Number of each cell's child, -1 where it is not known, intp, shape (n,).
        recordings: Number of each cell's recording, intp, shape (n,).
        blocks: Number of each cell's block, intp, shape (n,).

    Returns:
        The clusters; of the kind ``none`` if there are too few blocks.

    Examples:
        >>> one, six = np.zeros(6, np.intp), np.arange(6)
        >>> choose_clusters(one - 1, one, six).kind, choose_clusters(six, six, six).kind
        ('blocks', 'children')
    """
    kinds: tuple[tuple[ClusterKind, Integers], ...] = (
        ("children", children),
        ("recordings", recordings),
        ("blocks", blocks),
    )
    for kind, numbers in kinds:
        used, index = np.unique(numbers, return_inverse=True)
        if used.size >= MIN_CLUSTERS and used[0] >= 0:
            return Clusters(kind, index.ravel().astype(np.intp), used.size)
    return Clusters("none", np.zeros(blocks.size, np.intp), min(blocks.size, 1))


def interval_of(
    values: Floats,
    clusters: Clusters,
    measure: Callable[[Floats], Floats],
    *,
    draws: int,
    seed: int,
    level: float,
) -> tuple[Floats, Floats]:
    """Draw clusters with replacement, and take the percentiles of a measure of the sums.

    The same seed and number of clusters give the same draws (Efron and Tibshirani 1993, "An
    introduction to the bootstrap"; Field and Welsh 2007, "Bootstrapping clustered data",
    https://doi.org/10.1111/j.1467-9868.2007.00593.x).

    Args:
        values: What is added up, float64, shape (n_cells, ...).
        clusters: Cluster of each cell.
        measure: Measure of sums, float64, shape (draws, ...).
        draws: Number of draws.
        seed: Seed of the draws.
        level: Coverage of the interval.

    Returns:
        Low and high ends, each of the shape of a measure, float64, shape (...). NaN where
        there are too few clusters, or where the measure is defined in less than half the draws.

    Examples:
        >>> cells = np.array([[3.0, 1.0], [4.0, 0.0], [2.0, 2.0], [5.0, 1.0], [1.0, 1.0]])
        >>> clusters = Clusters("blocks", np.arange(5), 5)
        >>> low, high = interval_of(cells, clusters, lambda sums: sums[:, 0] / sums.sum(axis=1),
        ...                         draws=1000, seed=0, level=0.95)
        >>> bool(0.5 < low < 15 / 20 < high < 1.0)
        True
    """
    shape = values.shape[1:]
    sums = np.zeros((max(clusters.n, 1), int(np.prod(shape))))
    np.add.at(sums, clusters.index, values.reshape(len(values), -1))
    whole = measure(sums.sum(axis=0).reshape(1, *shape))
    if clusters.kind == "none" or not draws:
        return np.full(whole.shape[1:], np.nan), np.full(whole.shape[1:], np.nan)
    rng = np.random.default_rng(seed)
    probabilities = np.full(clusters.n, 1 / clusters.n)
    step = max(1, _HELD // max(clusters.n, sums.shape[1]))
    found = []
    for done in range(0, draws, step):
        size = min(step, draws - done)
        weights = rng.multinomial(clusters.n, probabilities, size=size).astype(float)
        found.append(measure((weights @ sums).reshape(size, *shape)))
    return _percentiles(np.concatenate(found), level)


def _percentiles(drawn: Floats, level: float) -> tuple[Floats, Floats]:
    defined = (~np.isnan(drawn)).mean(axis=0) >= 0.5
    tails: Sequence[float] = ((1 - level) / 2, (1 + level) / 2)
    ends = np.full((2, *drawn.shape[1:]), np.nan)
    if np.any(defined):
        ends[:, defined] = np.nanquantile(drawn[:, defined], tails, axis=0)
    return ends[0], ends[1]
