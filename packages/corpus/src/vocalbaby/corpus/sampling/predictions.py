"""What a model predicts for the segments of a recording, as arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = [
    "Predictions",
    "RecordingInfo",
    "class_probabilities",
    "in_order",
    "predictions_of",
]

Floats = NDArray[np.floating[Any]]
#: Probability of a class that a segment names without giving probabilities.
_NAMED: Final = 0.8
#: Of a vocalization of the key child whose class is not known, in the order of the classes.
_UNKNOWN: Final = (0.15, 0.5, 0.2, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """What is known about a recording of the population.

    Attributes:
        recording_id: Name of the recording.
        child_id: The child; empty if not known.
        corpus: The child's corpus; empty if not known.
        model_version: Model of the predictions; empty if not known.
        duration_s: Length in seconds.
    """

    recording_id: str
    child_id: str = ""
    corpus: str = ""
    model_version: str = ""
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Segments of a recording that may be vocalizations of the key child, in order of time.

    Attributes:
        info: The recording.
        is_length_known: Whether the recording's length is known, and not that of its segments.
        onset_s: Begins in seconds, float64, shape (n_segments,).
        offset_s: Ends in seconds, float64, shape (n_segments,).
        label: Index of the class, int64, shape (n_segments,); -1 where it is not known.
        probabilities: Of the classes in their order, float64, shape (n_segments, 5); rows add up
            to 1.
    """

    info: RecordingInfo
    is_length_known: bool
    onset_s: Floats
    offset_s: Floats
    label: NDArray[np.int64]
    probabilities: Floats


def class_probabilities(segment: Segment) -> tuple[float, ...] | None:
    """Probability of each class, in the order of the classes, adding up to 1.

    A segment that names a class but gives no probabilities has 0.8 for it. A segment of the key
    child without a class has typical frequencies of the classes.

    Args:
        segment: The segment.

    Returns:
        Five probabilities; None for other segments.

    Examples:
        >>> class_probabilities(Segment(0, 1, "Crying"))
        (0.05, 0.05, 0.8, 0.05, 0.05)
    """
    given = segment.probabilities or {}
    values = [given.get(label, 0.0) for label in CLASSES]
    if (total := sum(values)) > 0:
        return tuple(value / total for value in values)
    label = infant_class(segment)
    if label is None:
        return _UNKNOWN if speaker_type(segment) == "CHI" else None
    rest = round((1 - _NAMED) / (len(CLASSES) - 1), 12)
    return tuple(_NAMED if each == label else rest for each in CLASSES)


def predictions_of(timeline: Timeline) -> Predictions:
    """Predictions of a timeline.

    Args:
        timeline: The recording.

    Returns:
        Its segments that have one of the five classes, probabilities of these, or are of the key
        child.

    Examples:
        >>> day = Timeline("day1", (Segment(5, 6, "Crying"), Segment(1, 2, "hello")))
        >>> predictions_of(day).label.tolist(), predictions_of(day).info.duration_s
        ([2], 6)
    """
    found = list(_used(timeline.segments))
    last = max((s.offset_s for s in timeline.segments), default=0.0)
    child = timeline.child
    info = RecordingInfo(
        timeline.recording_id,
        child.child_id if child else "",
        child.corpus if child else "",
        timeline.attributes.get("model_version", ""),
        last if timeline.duration_s is None else timeline.duration_s,
    )
    return in_order(
        info,
        np.array([s.onset_s for s, _, _ in found], np.float64),
        np.array([s.offset_s for s, _, _ in found], np.float64),
        np.array([label for _, label, _ in found], np.int64),
        np.array([p for _, _, p in found], np.float64).reshape(-1, len(CLASSES)),
        is_length_known=timeline.duration_s is not None,
    )


def _used(segments: Sequence[Segment]) -> Iterator[tuple[Segment, int, tuple[float, ...]]]:
    for segment in segments:
        if (p := class_probabilities(segment)) is not None:
            label = infant_class(segment)
            yield segment, -1 if label is None else CLASSES.index(label), p


def in_order(
    info: RecordingInfo,
    onset_s: Floats,
    offset_s: Floats,
    label: NDArray[np.int64],
    probabilities: Floats,
    *,
    is_length_known: bool,
) -> Predictions:
    """Put segments in the order of their begins and ends."""
    order = np.lexsort((offset_s, onset_s))
    return Predictions(
        info,
        is_length_known,
        onset_s[order],
        offset_s[order],
        label[order],
        probabilities[order],
    )
