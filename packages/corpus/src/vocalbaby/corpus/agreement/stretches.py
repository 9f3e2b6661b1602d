"""Stretches of time: their union, intersection, and the parts of segments within them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.tracks import Track

__all__ = ["Spans", "clip_track", "intersect", "is_within", "merge", "without"]

#: Onsets and offsets in seconds, float64, shape (n, 2), sorted and apart.
Spans = NDArray[np.floating[Any]]


def merge(stretches: Sequence[tuple[float, float]] | Spans) -> Spans:
    """Join stretches that overlap or touch; those without length are left out.

    Args:
        stretches: Onsets and offsets in seconds, shape (n, 2).

    Returns:
        float64, shape (m, 2), sorted.

    Examples:
        >>> merge([(5, 6), (0, 1), (1, 2), (1.5, 3), (4, 4)]).tolist()
        [[0.0, 3.0], [5.0, 6.0]]
    """
    times = np.asarray(stretches, float).reshape(-1, 2)
    times = times[times[:, 1] > times[:, 0]]
    if not times.size:
        return np.empty((0, 2))
    times = times[np.argsort(times[:, 0], kind="stable")]
    ends = np.maximum.accumulate(times[:, 1])
    first = np.r_[True, times[1:, 0] > ends[:-1]]
    last = np.r_[first[1:], True]
    return np.stack([times[first, 0], ends[last]], axis=1)


def intersect(a: Spans, b: Spans) -> Spans:
    """Return the time that is in both.

    Args:
        a: Merged stretches, float64, shape (n, 2).
        b: Merged stretches, float64, shape (m, 2).

    Returns:
        float64, shape (k, 2).

    Examples:
        >>> intersect(merge([(0, 4), (6, 9)]), merge([(3, 7)])).tolist()
        [[3.0, 4.0], [6.0, 7.0]]
    """
    cuts = np.unique(np.r_[a.ravel(), b.ravel()])
    if cuts.size < 2:
        return np.empty((0, 2))
    middle = (cuts[1:] + cuts[:-1]) / 2
    both = is_within(middle, a) & is_within(middle, b)
    return merge(np.stack([cuts[:-1][both], cuts[1:][both]], axis=1))


def without(a: Spans, b: Spans) -> Spans:
    """Return the time of the first that is not in the second.

    Args:
        a: Merged stretches, float64, shape (n, 2).
        b: Merged stretches, float64, shape (m, 2).

    Returns:
        float64, shape (k, 2).

    Examples:
        >>> without(merge([(0, 10)]), merge([(3, 4)])).tolist()
        [[0.0, 3.0], [4.0, 10.0]]
    """
    return intersect(a, np.r_[-np.inf, b.ravel(), np.inf].reshape(-1, 2)) if b.size else a


def is_within(times: NDArray[np.floating[Any]], spans: Spans) -> NDArray[np.bool_]:
    """Whether each time is within a stretch; onsets are, offsets are not.

    Args:
        times: Times in seconds, float64, shape (n,).
        spans: Merged stretches, float64, shape (m, 2).

    Returns:
        bool, shape (n,).

    Examples:
        >>> is_within(np.array([0.0, 1.0, 2.5]), merge([(0, 1), (2, 3)])).tolist()
        [True, False, True]
    """
    begun = np.searchsorted(spans[:, 0], times, "right")
    ended = np.searchsorted(spans[:, 1], times, "right")
    return np.asarray(begun > ended)


def clip_track(track: Track, spans: Spans) -> tuple[Track, NDArray[np.intp]]:
    """Cut segments to stretches; one that reaches over several becomes several.

    Args:
        track: The segments.
        spans: Merged stretches, float64, shape (m, 2).

    Returns:
        The parts that have a length, by onset, and the index of each part's segment, intp,
        shape (n,).

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> clipped, _ = clip_track(track_of([(0, 5, "A")], ["A"]), merge([(1, 2), (4, 9)]))
        >>> clipped.onset.tolist(), clipped.offset.tolist()
        ([1.0, 4.0], [2.0, 5.0])
    """
    first = np.searchsorted(spans[:, 1], track.onset, "right")
    last = np.searchsorted(spans[:, 0], track.offset, "left")
    number = np.maximum(last - first, 0)
    index = np.repeat(np.arange(track.size), number)
    within = np.arange(index.size) - np.repeat(np.cumsum(number) - number, number)
    span = np.repeat(first, number) + within
    onset = np.maximum(track.onset[index], spans[span, 0])
    offset = np.minimum(track.offset[index], spans[span, 1])
    kept = np.flatnonzero(offset > onset)
    kept = kept[np.argsort(onset[kept], kind="stable")]
    return Track(onset[kept], offset[kept], track.kind[index[kept]]), index[kept]
