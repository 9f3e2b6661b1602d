"""One-to-one matching of the segments of both sides."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vocalbaby.corpus.agreement.tracks import Track

__all__ = ["match_segments"]


def match_segments(reference: Track, other: Track, iou: float) -> NDArray[np.intp]:
    """Match segments such that the sum of their intersections over unions is largest.

    The Hungarian method (``scipy.optimize.linear_sum_assignment``) runs on each group of segments
    that overlap one another, so that a day of segments takes no longer than its parts. Classes
    are not considered.

    Args:
        reference: Segments of the reference, by onset.
        other: Segments of the other side, by onset.
        iou: Least intersection over union of a pair.

    Returns:
        Indices of the matched pairs in both sides, intp, shape (n, 2).

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> a = track_of([(0, 1, "A"), (2, 3, "A")], ["A"])
        >>> b = track_of([(0, 1.2, "A"), (2.8, 5, "A")], ["A"])
        >>> match_segments(a, b, 0.5).tolist()
        [[0, 0]]
    """
    pairs, values = _overlapping(reference, other)
    kept = values >= iou - 1e-9
    pairs, values = pairs[kept], values[kept]
    if not len(pairs):
        return np.empty((0, 2), np.intp)
    found = []
    for members in _groups(pairs, reference.size, other.size):
        if members.size == 1:
            found.append(pairs[members])
            continue
        rows, row = np.unique(pairs[members, 0], return_inverse=True)
        columns, column = np.unique(pairs[members, 1], return_inverse=True)
        gain = np.zeros((rows.size, columns.size))
        gain[row, column] = values[members]
        chosen = np.stack(linear_sum_assignment(gain, maximize=True), axis=1)
        chosen = chosen[gain[chosen[:, 0], chosen[:, 1]] > 0]
        found.append(np.stack([rows[chosen[:, 0]], columns[chosen[:, 1]]], axis=1))
    result = np.concatenate(found)
    return np.asarray(result[np.argsort(result[:, 0], kind="stable")], np.intp)


def _overlapping(a: Track, b: Track) -> tuple[NDArray[np.intp], NDArray[np.floating[Any]]]:
    """Pairs of segments that overlap, and their intersections over unions."""
    # Offsets need not increase with onsets: the running maximum bounds where overlaps begin.
    latest = np.maximum.accumulate(b.offset)
    first = np.searchsorted(latest, a.onset, "right")
    last = np.searchsorted(b.onset, a.offset, "left")
    number = np.maximum(last - first, 0)
    left = np.repeat(np.arange(a.size), number)
    right = np.repeat(first - (np.cumsum(number) - number), number) + np.arange(left.size)
    common = np.minimum(a.offset[left], b.offset[right]) - np.maximum(a.onset[left], b.onset[right])
    kept = common > 0
    left, right, common = left[kept], right[kept], common[kept]
    union = (a.offset - a.onset)[left] + (b.offset - b.onset)[right] - common
    return np.stack([left, right], axis=1), common / union


def _groups(pairs: NDArray[np.intp], n: int, m: int) -> list[NDArray[np.intp]]:
    """Indices of the pairs of each connected component."""
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], n + pairs[:, 1])), shape=(n + m, n + m))
    _, component = connected_components(graph, directed=False)
    own = component[pairs[:, 0]]
    order = np.argsort(own, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(own[order])) + 1)
