"""The annotations of one side as arrays of onsets, offsets and class numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.annotations.dependents import without_dependents
from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = [
    "NONE",
    "SPEAKERS",
    "UNCLASSIFIED",
    "Labelled",
    "Mode",
    "Track",
    "label_timelines",
    "ordered",
    "track_of",
]

#: What the labels of a comparison name.
Mode = Literal["classes", "speakers"]
#: ChildProject's codes of speakers, in the order of tables.
SPEAKERS: Final = ("CHI", "OCH", "FEM", "MAL")
#: A vocalization of the key child that has none of the classes.
UNCLASSIFIED: Final = "Unclassified"
#: Name of the category of time without any class, by what is compared.
NONE: Final[Mapping[Mode, str]] = {"classes": "No infant sound", "speakers": "No speech"}
#: Classes that a map gives to labels that are left out.
_LEFT_OUT: Final = {"", "-", "NA"}
_VTC: Final = {"KCHI", "SPEECH"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Segments of one side with their classes, by recording.

    Attributes:
        recordings: Recording to onset, offset and class of each segment that has a class.
        unmapped: Label, speaker or tier of segments without a class, and their number.
        others: Number of segments of other speakers than the key child, which are left out.

    Examples:
        >>> sorted(Labelled({"day1": ((0.0, 1.0, "Crying"),)}).classes)
        ['Crying']
    """

    recordings: Mapping[str, tuple[tuple[float, float, str], ...]]
    unmapped: Mapping[str, int] = field(default_factory=dict)
    others: int = 0

    @property
    def classes(self) -> frozenset[str]:
        """Names of the classes that are used."""
        return frozenset(name for own in self.recordings.values() for _, _, name in own)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Segments of a recording by onset.

    Attributes:
        onset: Onsets in seconds, float64, shape (n,).
        offset: Offsets in seconds, float64, shape (n,).
        kind: Number of the class, intp, shape (n,).

    Examples:
        >>> track_of([(0.0, 1.0, "Crying")], ("Canonical", "Crying")).kind.tolist()
        [1]
    """

    onset: NDArray[np.floating[Any]]
    offset: NDArray[np.floating[Any]]
    kind: NDArray[np.intp]

    @property
    def size(self) -> int:
        """Number of segments."""
        return int(self.onset.size)

    def select(self, chosen: NDArray[Any]) -> "Track":
        """Return some of the segments.

        Args:
            chosen: Mask, bool, or indices, intp, shape (n,).
        """
        return Track(self.onset[chosen], self.offset[chosen], self.kind[chosen])


def track_of(rows: Sequence[tuple[float, float, str]], classes: Sequence[str]) -> Track:
    """Make arrays of onset, offset and class; classes that are not listed are left out.

    Args:
        rows: Onset and offset in seconds, and class.
        classes: Names of classes, in the order of their numbers.

    Returns:
        The segments by onset.

    Examples:
        >>> track_of([(2.0, 3.0, "A"), (0.0, 1.0, "A"), (5.0, 6.0, "B")], ["A"]).onset.tolist()
        [0.0, 2.0]
    """
    number = {name: i for i, name in enumerate(classes)}
    kept = sorted((row for row in rows if row[2] in number), key=lambda row: row[:2])
    onset = np.array([row[0] for row in kept], float)
    offset = np.array([row[1] for row in kept], float)
    return Track(onset, offset, np.array([number[row[2]] for row in kept], np.intp))


def label_timelines(
    timelines: Sequence[Timeline], mode: Mode, mapping: Mapping[str, str] | None = None
) -> Labelled:
    """Find the class of each segment.

    A mapping decides first: of the label, the speaker, or the tier. Then comes the vocabulary of
    the field, in which the codes of VTC, VCM, LENA and ACLEW are known. Annotations of ELAN that
    describe another one count once.

    Args:
        timelines: Timelines of one side.
        mode: Whether classes of the infant or speakers are compared.
        mapping: Label to class; an empty class or ``-`` leaves the label out.

    Returns:
        The classes, and the number of segments that have none.

    Examples:
        >>> vtc = Timeline("day1", (Segment(0, 1, speaker="KCHI"), Segment(1, 2, speaker="FEM")))
        >>> label_timelines([vtc], "speakers").recordings["day1"]
        ((0, 1, 'CHI'), (1, 2, 'FEM'))
        >>> found = label_timelines([vtc], "classes", {"KCHI": "Canonical"})
        >>> found.recordings["day1"], found.others
        (((0, 1, 'Canonical'),), 1)
    """
    recordings: dict[str, tuple[tuple[float, float, str], ...]] = {}
    unmapped: Counter[str] = Counter()
    others = 0
    for timeline in timelines:
        segments = without_dependents(timeline).segments
        vtc = any(segment.speaker in _VTC for segment in segments)
        rows = []
        for segment in segments:
            if segment.tier == "quality":
                continue
            name, left_out = _class_of(segment, mode, mapping or {}, vtc=vtc)
            if name is not None:
                rows.append((segment.onset_s, segment.offset_s, name))
            elif left_out:
                others += 1
            else:
                unmapped[segment.label or segment.speaker or segment.tier or "(no label)"] += 1
        recordings[timeline.recording_id] = tuple(rows)
    return Labelled(recordings, dict(unmapped.most_common()), others)


def _class_of(
    segment: Segment, mode: Mode, mapping: Mapping[str, str], *, vtc: bool
) -> tuple[str | None, bool]:
    """Return the class, or whether the segment is left out for a known reason."""
    for name in (segment.label, segment.speaker, segment.tier):
        if name is not None and name in mapping:
            found = mapping[name]
            return (None, True) if found in _LEFT_OUT else (found, False)
    label, speaker = infant_class(segment), speaker_type(segment, vtc=vtc)
    if mode == "speakers":
        if speaker in SPEAKERS:
            return speaker, False
        return None, label == "Junk"
    if label == "Junk":
        return label, False
    if speaker == "CHI":
        return (label or UNCLASSIFIED), False
    return None, speaker is not None


def ordered(classes: frozenset[str], mode: Mode) -> tuple[str, ...]:
    """Return classes in the order of tables: known ones first, others by name.

    Args:
        classes: Names of classes.
        mode: Whether they are classes of the infant or speakers.

    Examples:
        >>> ordered(frozenset({"Growl", "Crying", "Canonical"}), "classes")
        ('Canonical', 'Crying', 'Growl')
    """
    known = (*CLASSES, UNCLASSIFIED) if mode == "classes" else SPEAKERS
    return (*(n for n in known if n in classes), *sorted(classes - set(known)))
