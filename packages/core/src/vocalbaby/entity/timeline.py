"""Segments of a recording: the form between all annotation formats.

The fields hold what RTTM, Praat TextGrid, ELAN EAF, LENA ``.its`` and ChildProject's CSV
tables hold. What only some of them know goes to ``attributes`` under that format's own name,
so that nothing is lost when a file is read and written again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vocalbaby.exception import DataError

__all__ = ["Child", "Segment", "Tier", "Timeline"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording; segments may overlap, and a point in time has no length.

    Attributes:
        onset_s: Begin in seconds from the start of the recording.
        offset_s: End in seconds from the start of the recording; at least ``onset_s``.
        label: Class or text of the annotation; None where there is none.
        probabilities: Class name to probability, 0 to 1; None where there are none.
        speaker: Who is heard, e.g. ``CHI`` or LENA's ``CHN``; None where not known.
        tier: Name of the tier that the segment is on; None in formats without tiers.
        attributes: Everything else that the format holds, e.g. ``{"vcm_type": "C"}``.

    Raises:
        DataError: A time is not finite, the segment ends before it begins, or a
            probability is not within 0 and 1.

    Examples:
        >>> segment = Segment(1.5, 2.25, "Crying", speaker="CHI")
        >>> segment.duration_s
        0.75
    """

    onset_s: float
    offset_s: float
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    speaker: str | None = None
    tier: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.onset_s) and math.isfinite(self.offset_s)):
            raise DataError(f"A segment from {self.onset_s} to {self.offset_s} s is not finite.")
        if self.onset_s > self.offset_s:
            raise DataError(
                f"A segment ends at {self.offset_s} s, before it begins at {self.onset_s} s."
            )
        for name, probability in (self.probabilities or {}).items():
            if not 0.0 <= probability <= 1.0:  # NaN is not
                raise DataError(f"The probability of {name} is {probability}, not within 0 and 1.")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True)
class Child:
    """The child who wears or faces the recorder.

    Attributes:
        child_id: Identifier within the corpus.
        corpus: Name of the corpus; empty when not known. A child is the pair of both.
        age_months: Age at the recording; None when not known.
        gender: ``M``, ``F`` or empty when not known.
        attributes: Everything else that the format holds.

    Raises:
        DataError: The age is negative or not finite.

    Examples:
        >>> Child("c07", "homebank", age_months=-1.0)
        Traceback (most recent call last):
        vocalbaby.exception.DataError: The age of c07 is -1.0 months.
    """

    child_id: str
    corpus: str = ""
    age_months: float | None = None
    gender: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.age_months is not None and not 0.0 <= self.age_months < math.inf:
            raise DataError(f"The age of {self.child_id} is {self.age_months} months.")


@dataclass(frozen=True, slots=True)
class Tier:
    """A named track of segments, as in Praat and ELAN.

    Attributes:
        name: Name, to which the attribute ``tier`` of a segment refers.
        attributes: Everything else that the format holds, e.g. ELAN's
            ``{"PARTICIPANT": "CHI", "PARENT_REF": "CHI"}``.

    Examples:
        >>> babble = Segment(0.0, 0.8, "Canonical", tier="vcm")
        >>> timeline = Timeline("day1", (babble,), tiers=(Tier("vcm"), Tier("xds")))
        >>> [tier.name for tier in timeline.tiers]
        ['vcm', 'xds']
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The segments of one recording.

    Attributes:
        recording_id: Name of the recording, unique within its corpus.
        segments: In the order of the source; they may overlap.
        duration_s: Length of the recording in seconds; None when not known. Segments may
            end later, since formats round times differently.
        clock_start: Time of day at which the recording starts; None when not known.
        child: The child; None when not known.
        tiers: All tiers in order, also those without a segment.
        attributes: Everything else that the format holds about the recording.

    Raises:
        DataError: The duration is negative or not finite, or a segment's tier is not listed
            although tiers are.

    Examples:
        >>> from datetime import datetime
        >>> Timeline(
        ...     "day1",
        ...     (Segment(0.0, 0.8, "Canonical"), Segment(0.5, 2.0, "Junk")),
        ...     duration_s=3600.0,
        ...     clock_start=datetime(2024, 5, 1, 9, 30),
        ...     child=Child("c07", age_months=9.5),
        ... ).segments[1].onset_s
        0.5
    """

    recording_id: str
    segments: tuple[Segment, ...] = ()
    duration_s: float | None = None
    clock_start: datetime | None = None
    child: Child | None = None
    tiers: tuple[Tier, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.duration_s is not None and not 0.0 <= self.duration_s < math.inf:
            raise DataError(f"The duration of {self.recording_id} is {self.duration_s} s.")
        used = {segment.tier for segment in self.segments} - {None}
        if self.tiers and (unlisted := sorted(map(str, used - {t.name for t in self.tiers}))):
            raise DataError(f"{self.recording_id} has segments on the unlisted tiers {unlisted}.")
