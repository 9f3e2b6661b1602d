"""Notes: what a format could not hold of the timelines that were written."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["EVERY", "Holds", "Note", "Notes"]

#: Number of names that a message lists.
_LISTED: Final = 6


class _Every(frozenset[str]):
    """A set that contains every name."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return True


#: Stands for all attributes, whatever their names.
EVERY: Final = _Every()


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of loss or change in a file that was written.

    Attributes:
        code: Stable name of the kind, e.g. ``probabilities`` or ``rounded_times``.
        count: How many segments, tiers or recordings it concerns.
        message: One sentence for the user, with the count.

    Examples:
        >>> from vocalbaby import annotations
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 1, "Crying", speaker="CHI"),))
        >>> content, (note,) = annotations.serialize(day, "audacity")
        >>> note.code, note.count, note.message
        ('speaker', 1, 'Audacity: the speakers of 1 segment are left out.')
    """

    code: str
    count: int
    message: str


class Notes:
    """Collects and counts notes while a file is written.

    Args:
        title: The format as messages name it, e.g. ``RTTM``.

    Examples:
        >>> notes = Notes("RTTM")
        >>> notes.add("tiers", "the tiers of {n} segments are left out")
        >>> notes.add("tiers", "the tiers of {n} segments are left out", 2)
        >>> notes.result()[0].message
        'RTTM: the tiers of 3 segments are left out.'
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, code: str, message: str, count: int = 1) -> None:
        """Add to the count of a note; `message` has ``{n}`` where the count belongs."""
        self._counts[code, message] += count

    def result(self) -> tuple[Note, ...]:
        """Return the notes in the order in which they first occurred."""
        return tuple(
            Note(code, count, f"{self.title}: {_counted(message, count)}.")
            for (code, message), count in self._counts.items()
            if count
        )


@dataclass(frozen=True, slots=True)
class Holds:
    """What a format holds besides times and labels; the rest is reported by `report`.

    Attributes:
        segment: Names of fields of `Segment`, among ``probabilities``, ``speaker``, ``tier``.
        segment_attributes: Names of attributes of segments.
        tier_attributes: Names of attributes of tiers; None if the format has no tiers.
        timeline: Names of fields of `Timeline`, among ``duration_s``, ``clock_start``, ``child``.
        timeline_attributes: Names of attributes of timelines.
    """

    segment: Collection[str] = ()
    segment_attributes: frozenset[str] = frozenset()
    tier_attributes: frozenset[str] | None = None
    timeline: Collection[str] = ()
    timeline_attributes: frozenset[str] = field(default=frozenset())

    def report(self, timelines: Sequence[Timeline], notes: Notes) -> None:
        """Add notes on all fields and attributes that the format does not hold."""
        for timeline in timelines:
            self._report_recording(timeline, notes)
        segments = [segment for timeline in timelines for segment in timeline.segments]
        for name in ("probabilities", "speaker", "tier"):
            if name not in self.segment:
                count = sum(getattr(segment, name) is not None for segment in segments)
                plural = name if name.endswith("s") else f"{name}s"
                notes.add(name, f"the {plural} of {{n}} segments are left out", count)
        self._report_attributes(segments, notes)

    def _report_recording(self, timeline: Timeline, notes: Notes) -> None:
        known = {
            "duration_s": timeline.duration_s is not None,
            "clock_start": timeline.clock_start is not None,
            "child": timeline.child is not None,
        }
        words = {
            "duration_s": "the duration",
            "clock_start": "the time of day at the start",
            "child": "the child",
        }
        for name, given in known.items():
            if given and name not in self.timeline:
                notes.add(name, f"{words[name]} of {{n}} recordings is left out")
        if lost := [name for name in timeline.attributes if name not in self.timeline_attributes]:
            notes.add("attributes", f"attributes of {{n}} recordings are left out: {_listed(lost)}")
        if self.tier_attributes is None:
            used = {segment.tier for segment in timeline.segments}
            empty = sum(tier.name not in used for tier in timeline.tiers)
            notes.add("tiers", "the names of {n} tiers without segments are left out", empty)
        held = self.tier_attributes or frozenset()
        lost = [name for t in timeline.tiers for name in t.attributes if name not in held]
        if lost:
            names = _listed(list(dict.fromkeys(lost)))
            count = sum(any(name not in held for name in t.attributes) for t in timeline.tiers)
            notes.add("attributes", f"attributes of {{n}} tiers are left out: {names}", count)

    def _report_attributes(self, segments: Sequence[Segment], notes: Notes) -> None:
        lost: Counter[str] = Counter()
        concerned = 0
        for segment in segments:
            names = [name for name in segment.attributes if name not in self.segment_attributes]
            lost.update(names)
            concerned += bool(names)
        if lost:
            listed = _listed(list(lost))
            message = f"attributes of {{n}} segments are left out: {listed}"
            notes.add("attributes", message, concerned)


def _counted(message: str, count: int) -> str:
    """Put the count into a message, and its noun into the singular for one."""
    if count == 1:
        message = re.sub(r"\{n\} (overlapping |unusable )?(\w+)s\b", r"{n} \1\2", message)
    return message.replace("{n}", str(count))


def _listed(names: Sequence[str]) -> str:
    """Join names, of which a long list is cut."""
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
