"""Counting of time by the labels of both sides: in units, and to the exact second.

Both go over runs of time in which no label changes, so that a day in units of 10 ms takes as
long as one in units of a second.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.stretches import Spans, is_within, merge, without
from vocalbaby.corpus.agreement.tracks import Track

__all__ = ["ERRORS", "error_seconds", "labels_at", "soft_confusion", "unit_confusions"]

#: Columns of `error_seconds`, in seconds.
ERRORS = ("missed", "false", "detected", "true", "confused", "missed_labels", "false_labels",
          "true_labels")  # fmt: skip

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.intp]


def labels_at(track: Track, cuts: Floats, n_classes: int) -> Integers:
    """Count the segments of each class in each run between two cuts.

    Args:
        track: The segments, whose ends are cuts.
        cuts: Sorted times, shape (n + 1,), float64.
        n_classes: Number of classes.

    Returns:
        intp, shape (n, n_classes).

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> track = track_of([(0, 2, "A"), (1, 2, "A"), (1, 3, "B")], ["A", "B"])
        >>> labels_at(track, np.array([0.0, 1.0, 2.0, 3.0]), 2).tolist()
        [[1, 0], [2, 1], [0, 1]]
    """
    changes = np.zeros((cuts.size, n_classes), np.intp)
    np.add.at(changes, (np.searchsorted(cuts, track.onset), track.kind), 1)
    np.add.at(changes, (np.searchsorted(cuts, track.offset), track.kind), -1)
    counts: Integers = changes.cumsum(axis=0)[:-1]
    return counts


def soft_confusion(reference: Floats, other: Floats) -> Floats:
    """Spread one unit with several labels over a confusion matrix.

    Each side gives its labels equal shares of the unit. Shares of the same class agree as far as
    possible, and the rest is spread in proportion: the composite operator of Pontius and Cheuk
    (2006, "A generalized cross-tabulation matrix to compare soft-classified maps at multiple
    resolutions", https://doi.org/10.1080/13658810500391024). Rows sum to the shares of the
    reference and columns to those of the other side.

    Args:
        reference: Shares of the classes, float64, shape (n, k), rows of sum 1.
        other: Shares of the classes, float64, shape (n, k), rows of sum 1.

    Returns:
        float64, shape (n, k, k).

    Examples:
        >>> soft_confusion(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])).tolist()
        [[[0.5, 0.0], [0.5, 0.0]]]
    """
    both = np.minimum(reference, other)
    left, right = reference - both, other - both
    rest = left.sum(axis=1, keepdims=True)
    found: Floats = left[:, :, None] * (right / np.where(rest > 0, rest, 1.0))[:, None, :]
    index = np.arange(reference.shape[1])
    found[:, index, index] += both
    return found


def _shares(counts: Integers) -> Floats:
    """Shares of the classes, and last of no label."""
    used = counts > 0
    shares = np.c_[used, ~used.any(axis=1)].astype(float)
    found: Floats = shares / shares.sum(axis=1, keepdims=True)
    return found


def _in_units(times: Floats, unit_s: float) -> Floats:
    """Number of the first unit whose centre is not before a time.

    The tolerance keeps times that are whole units and a half, such as 0.05 s, on one side.
    """
    return np.asarray(np.ceil(times / unit_s - 0.5 - 1e-6))


def unit_confusions(
    reference: Track,
    other: Track,
    *,
    within: Spans,
    cell_cuts: Floats,
    unit_s: float,
    n_classes: int,
) -> Floats:
    """Count units by the labels of both sides, in each cell of the recording.

    A unit has the labels of the segments that its centre lies in; without any it has the last
    category, that of no label. A unit with several labels is spread by `soft_confusion`.

    Args:
        reference: Segments of the reference.
        other: Segments of the other side.
        within: The stretches that are compared, float64, shape (n, 2).
        cell_cuts: Begin of each cell, and the end of the last one, shape (m + 1,), float64.
        unit_s: Length of a unit in seconds.
        n_classes: Number of classes.

    Returns:
        Numbers of units, float64, shape (m, n_classes + 1, n_classes + 1).

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> a, b = track_of([(0, 2, "A")], ["A"]), track_of([(1, 3, "A")], ["A"])
        >>> whole = np.array([[0.0, 10.0]])
        >>> unit_confusions(a, b, within=whole, cell_cuts=np.array([0.0, 10.0]), unit_s=0.1,
        ...                 n_classes=1).tolist()
        [[[10.0, 10.0], [10.0, 70.0]]]
    """
    sides = [
        Track(_in_units(t.onset, unit_s), _in_units(t.offset, unit_s), t.kind)
        for t in (reference, other)
    ]
    spans, cells = _in_units(within, unit_s), _in_units(cell_cuts, unit_s)
    ends = [each for track in sides for each in (track.onset, track.offset)]
    cuts = np.unique(np.concatenate([*ends, spans.ravel(), cells]))
    k = n_classes + 1
    found = np.zeros((cells.size - 1, k, k))
    if cuts.size < 2:
        return found
    inside = is_within(cuts[:-1], spans[spans[:, 1] > spans[:, 0]])
    counts = np.hstack([labels_at(track, cuts, n_classes) > 0 for track in sides])
    patterns, pattern = np.unique(counts[inside], axis=0, return_inverse=True)
    lengths = np.diff(cuts)[inside]
    cell = np.searchsorted(cells, cuts[:-1][inside], "right") - 1
    matrices = soft_confusion(
        _shares(patterns[:, :n_classes].astype(np.intp)),
        _shares(patterns[:, n_classes:].astype(np.intp)),
    )
    keys, key = np.unique(cell * len(patterns) + pattern.ravel(), return_inverse=True)
    units = np.bincount(key.ravel(), weights=lengths, minlength=keys.size)
    np.add.at(found, keys // len(patterns), units[:, None, None] * matrices[keys % len(patterns)])
    return found


def error_seconds(
    reference: Track,
    other: Track,
    *,
    within: Spans,
    cell_cuts: Floats,
    collar_s: float,
    n_classes: int,
) -> Floats:
    """Add up the seconds of errors of detection and of identification, in each cell.

    They are the components of ``DetectionErrorRate`` and ``IdentificationErrorRate`` of
    pyannote.metrics (Bredin 2017, https://doi.org/10.21437/Interspeech.2017-411): detection is of
    any label, and identification counts each label of overlapping segments.

    Args:
        reference: Segments of the reference.
        other: Segments of the other side.
        within: The stretches that are compared, float64, shape (n, 2).
        cell_cuts: Begin of each cell, and the end of the last one, shape (m + 1,), float64.
        collar_s: Seconds around each boundary of the reference that are left out, half before
            and half after.
        n_classes: Number of classes.

    Returns:
        Seconds, float64, shape (m, 8), with the columns `ERRORS`.

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> a = track_of([(0, 2, "A"), (5, 6, "B")], ["A", "B"])
        >>> b = track_of([(1, 3, "A"), (5, 6, "A")], ["A", "B"])
        >>> error_seconds(a, b, within=np.array([[0.0, 10.0]]), cell_cuts=np.array([0.0, 10.0]),
        ...               collar_s=0.0, n_classes=2).tolist()
        [[1.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 3.0]]
    """
    if collar_s > 0 and reference.size:
        long = reference.offset > reference.onset
        edges = np.r_[reference.onset[long], reference.offset[long]]
        from_, to = edges - collar_s / 2, edges + collar_s / 2
        within = without(within, merge(np.stack([from_, to], axis=1)))
    ends = [each for track in (reference, other) for each in (track.onset, track.offset)]
    cuts = np.unique(np.concatenate([*ends, within.ravel(), cell_cuts]))
    found = np.zeros((cell_cuts.size - 1, len(ERRORS)))
    if cuts.size < 2:
        return found
    inside = is_within(cuts[:-1], within)
    true, given = (labels_at(t, cuts, n_classes)[inside] for t in (reference, other))
    n_true, n_given = true.sum(axis=1), given.sum(axis=1)
    correct = np.minimum(true, given).sum(axis=1)
    parts = np.stack(
        [
            (n_true > 0) & (n_given == 0),
            (n_given > 0) & (n_true == 0),
            (n_true > 0) & (n_given > 0),
            n_true > 0,
            np.minimum(n_true, n_given) - correct,
            np.maximum(n_true - n_given, 0),
            np.maximum(n_given - n_true, 0),
            n_true,
        ],
        axis=1,
    )
    cell = np.searchsorted(cell_cuts, cuts[:-1][inside], "right") - 1
    np.add.at(found, cell, np.diff(cuts)[inside][:, None] * parts)
    return found
