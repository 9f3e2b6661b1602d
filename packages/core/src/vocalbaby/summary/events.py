"""The vocalizations of a timeline, as arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.annotations.dependents import without_dependents
from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.summary.config import UNHEARD

__all__ = ["UNCLASSIFIED", "Events", "bouts_of", "events_of", "unheard"]

#: Index of vocalizations of the key child that have none of the five classes.
UNCLASSIFIED = len(CLASSES)

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Vocalizations of the key child, and junk, by onset.

    Attributes:
        onset: Onsets in seconds, shape (n,).
        offset: Offsets in seconds.
        kind: Index of the class in `CLASSES`, or `UNCLASSIFIED`.
        fresh: The part of the segment, from this time in seconds on, that no earlier segment
            of the same class covers; at most the offset.
        probabilities: Shape (n, 5); NaN where a segment has none.
        others: Number of segments of other speakers and tiers, which are left out.
    """

    onset: Floats
    offset: Floats
    kind: NDArray[np.intp]
    fresh: Floats
    probabilities: Floats
    others: int


def events_of(timeline: Timeline) -> Events:
    """Collect what is counted of a timeline.

    Annotations that describe another one, as on ELAN's tiers ``vcm@CHI``, count once.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> cries = Segment(2, 4, "Crying"), Segment(0, 3, "Crying")
        >>> events = events_of(Timeline("day1", (*cries, Segment(5, 6, speaker="FEM"))))
        >>> events.onset.tolist(), events.fresh.tolist(), events.others
        ([0.0, 2.0], [0.0, 3.0], 1)
    """
    segments = without_dependents(timeline).segments
    vtc = any(segment.speaker in {"KCHI", "SPEECH"} for segment in segments)
    kinds = [_kind(segment, vtc=vtc) for segment in segments]
    chosen = [(s, k) for s, k in zip(segments, kinds, strict=True) if k is not None]
    chosen.sort(key=lambda pair: (pair[0].onset_s, pair[0].offset_s))
    onset = np.array([s.onset_s for s, _ in chosen], float)
    offset = np.array([s.offset_s for s, _ in chosen], float)
    kind = np.array([k for _, k in chosen], np.intp)
    fresh = onset.copy()
    for index in range(UNCLASSIFIED + 1):
        (own,) = np.nonzero(kind == index)
        ends = np.maximum.accumulate(offset[own])[:-1]
        fresh[own[1:]] = np.minimum(np.maximum(onset[own[1:]], ends), offset[own[1:]])
    probabilities = np.array([_probabilities(s) for s, _ in chosen], float)
    quality = sum(segment.tier == "quality" for segment in segments)
    return Events(
        onset,
        offset,
        kind,
        fresh,
        probabilities.reshape(len(chosen), len(CLASSES)),
        len(segments) - len(chosen) - quality,
    )


def _kind(segment: Segment, *, vtc: bool) -> int | None:
    if segment.tier == "quality":
        return None
    label = infant_class(segment)
    if label == "Junk":
        return CLASSES.index(label)
    if speaker_type(segment, vtc=vtc) != "CHI":
        return None
    return UNCLASSIFIED if label is None else CLASSES.index(label)


def _probabilities(segment: Segment) -> list[float]:
    given = segment.probabilities or {}
    if not all(name in given for name in CLASSES):
        return [np.nan] * len(CLASSES)
    return [given[name] for name in CLASSES]


def bouts_of(events: Events, gap_s: float, min_s: float) -> Floats:
    """Join cries to bouts.

    Cries at most ``gap_s`` apart are one bout, and bouts shorter than ``min_s`` are left out.
    This is how Yao et al. (2022, "Infant crying detection in real-world environments", ICASSP)
    join and filter crying, with 5 s for both.

    Returns:
        Onsets and offsets in seconds, shape (n, 2).

    Examples:
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> cries = [Segment(t, t + 2, "Crying") for t in (0, 5, 30)]
        >>> bouts_of(events_of(Timeline("day1", tuple(cries))), 5.0, 5.0).tolist()
        [[0.0, 7.0]]
    """
    own = events.kind == CLASSES.index("Crying")
    return _joined(events.onset[own], events.offset[own], gap_s, min_s)


def unheard(timeline: Timeline) -> Floats:
    """Return the stretches in which the recording has no sound, shape (n, 2)."""
    found = [
        (s.onset_s, s.offset_s)
        for s in timeline.segments
        if s.tier == "quality" and s.label in UNHEARD
    ]
    times = np.array(sorted(found), float).reshape(-1, 2)
    return _joined(times[:, 0], times[:, 1], 0.0, 0.0)


def _joined(onset: Floats, offset: Floats, gap_s: float, min_s: float) -> Floats:
    """Join stretches, which are sorted by onset."""
    if not onset.size:
        return np.empty((0, 2))
    ends = np.maximum.accumulate(offset)
    # A tolerance for times that formats round to milliseconds.
    first = np.r_[True, onset[1:] - ends[:-1] > gap_s + 1e-9]
    last = np.r_[first[1:], True]
    joined = np.stack([onset[first], ends[last]], axis=1)
    long_enough: Floats = joined[joined[:, 1] - joined[:, 0] >= min_s - 1e-9]
    return long_enough
