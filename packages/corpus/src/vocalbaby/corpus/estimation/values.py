"""What annotators and the model find in stretches of recordings, and in whole recordings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.corpus.estimation.config import INFANT, MEASURES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["measures_of", "totals_of"]

Floats = NDArray[np.floating[Any]]


def measures_of(
    segments: Sequence[Segment], spans: Sequence[tuple[float, float]], *, expected: bool = False
) -> Floats:
    """Count vocalizations and their seconds in stretches of a recording.

    A vocalization counts in the stretch in which it begins, and its seconds in the stretches in
    which they are.

    Args:
        segments: The segments; those without a class of an infant are passed over.
        spans: Begin and end of each stretch in seconds.
        expected: Return expected values: a segment with probabilities counts for each class with
            its probability.

    Returns:
        Values of `MEASURES`, float64, shape (n_stretches, 9).

    Examples:
        >>> values = measures_of([Segment(59, 62, "Crying")], [(0, 60), (60, 120)])
        >>> values[:, MEASURES.index("n_Crying")], values[:, MEASURES.index("s_Crying")]
        (array([1., 0.]), array([1., 2.]))
    """
    found = np.zeros((len(spans), len(MEASURES)))
    bounds = np.array(spans, float).reshape(-1, 2)
    found[:, -1] = bounds[:, 1] - bounds[:, 0]
    rows = [(s.onset_s, s.offset_s, _shares(s, expected=expected)) for s in segments]
    rows = sorted((on, off, shares) for on, off, shares in rows if any(shares))
    if not rows:
        return found
    onset, offset, shares = (np.array(column, float) for column in zip(*rows, strict=True))
    for number, (begin, end) in enumerate(bounds):
        last = int(np.searchsorted(onset, end))  # those that begin later are not in the stretch
        begins = (onset[:last] >= begin).astype(float)
        shared = np.minimum(offset[:last], end) - np.maximum(onset[:last], begin)
        found[number, : len(INFANT)] = begins @ shares[:last]
        found[number, len(INFANT) : -1] = np.maximum(shared, 0.0) @ shares[:last]
    return found


def _shares(segment: Segment, *, expected: bool) -> tuple[float, ...]:
    """How much of a segment counts for each class of an infant."""
    given = segment.probabilities
    if expected and given and any(given.values()):
        total = sum(given.values())
        return tuple(given.get(name, 0.0) / total for name in INFANT)
    label = infant_class(segment)
    return tuple(float(name == label) for name in INFANT)


def totals_of(timeline: Timeline, *, expected: bool = False) -> Floats:
    """Return the values of a whole recording.

    A recording whose duration is not known ends with its last segment.

    Args:
        timeline: Its segments.
        expected: As in `measures_of`.

    Examples:
        >>> day = Timeline("day1", (Segment(5, 6, "Crying"),), duration_s=60.0)
        >>> totals_of(day)[MEASURES.index("time_s")].item()
        60.0
    """
    last = max((segment.offset_s for segment in timeline.segments), default=0.0)
    # A segment may end some ms after the recording, since formats round times.
    values: Floats = measures_of(timeline.segments, [(-np.inf, np.inf)], expected=expected)[0]
    values[-1] = timeline.duration_s if timeline.duration_s is not None else last
    return values
