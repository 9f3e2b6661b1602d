"""Writes ELAN's EAF, format 3.0."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from vocalbaby.annotations.dependents import root_of
from vocalbaby.annotations.eaf_reading import MEDIA_UNITS, PARENT, ROOT, SLOTS, UNALIGNED
from vocalbaby.annotations.layers import free_name, layer_numbers
from vocalbaby.annotations.notes import Holds, Notes
from vocalbaby.annotations.text import SourceName, milliseconds
from vocalbaby.annotations.xml import content, element, parse_children
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.exception import DataError

__all__ = ["write"]

#: IDs of annotations and time slots.
_ID: Final = re.compile(r"[^\W\d][\w.-]*")

#: Tier and type of segments that have neither.
_TIER: Final = "segments"
_TYPE: Final = "default-lt"

#: The attributes that the schema requires, and their values in files that are new. The date is
#: constant, so that the same segments give the same file.
_ROOT_ATTRIBUTES: Final = {
    "AUTHOR": "",
    "DATE": "1970-01-01T00:00:00+00:00",
    "FORMAT": "3.0",
    "VERSION": "3.0",
}
_SCHEMA: Final = {
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
}
_BEFORE_TIMES: Final = ("LICENSE", "HEADER")
_AFTER_TIERS: Final = (
    "LINGUISTIC_TYPE",
    "LOCALE",
    "LANGUAGE",
    "CONSTRAINT",
    "CONTROLLED_VOCABULARY",
    "LEXICON_REF",
    "REF_LINK_SET",
    "EXTERNAL_REF",
)
_TIER_ATTRIBUTES: Final = (
    "PARTICIPANT",
    "ANNOTATOR",
    "LINGUISTIC_TYPE_REF",
    "DEFAULT_LOCALE",
    "PARENT_REF",
    "EXT_REF",
    "LANG_REF",
)
_OWN: Final = ("SVG_REF", "EXT_REF", "LANG_REF", "CVE_REF")
_HOLDS: Final = Holds(
    segment=("speaker", "tier"),  # reported one by one
    segment_attributes=frozenset({"ANNOTATION_ID", *SLOTS, PARENT, "PREVIOUS_ANNOTATION", *_OWN}),
    tier_attributes=frozenset(_TIER_ATTRIBUTES),
    timeline_attributes=frozenset({*_ROOT_ATTRIBUTES, *_BEFORE_TIMES, *_AFTER_TIERS, UNALIGNED}),
)


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write one timeline, with the elements that it has from a file of ELAN.

    Times are rounded to milliseconds, and times before the recording become its begin.
    """
    (timeline,) = timelines
    _HOLDS.report(timelines, notes)
    own = _usable(timeline, notes)
    document = _Document(timeline, own.get("LINGUISTIC_TYPE", ""), notes)
    tiers = [_tier(tier, segments, document) for tier, segments in _tiers(timeline, document)]
    root = {key: own.get(key, value) for key, value in _ROOT_ATTRIBUTES.items()} | _SCHEMA
    header = element("HEADER", {"MEDIA_FILE": "", "TIME_UNITS": MEDIA_UNITS}, "")
    parts = [own.get(name, header if name == "HEADER" else "") for name in _BEFORE_TIMES]
    parts += [element("TIME_ORDER", {}, "\n".join(["", *document.time_slots(), ""])), *tiers]
    parts += [document.further_types(), *(own.get(name, "") for name in _AFTER_TIERS)]
    inside = "\n".join(["", *(part for part in parts if part), ""])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element(ROOT, root, inside)}\n'.encode()


def _usable(timeline: Timeline, notes: Notes) -> dict[str, str]:
    """Attributes that can stand in a file of ELAN: elements have to be whole ones."""
    usable = {}
    for name, text in timeline.attributes.items():
        if name in _ROOT_ATTRIBUTES:
            usable[name] = text
        elif name in {*_BEFORE_TIMES, *_AFTER_TIERS}:
            try:
                children = parse_children(text, SourceName(ROOT))
            except DataError:
                children = []
            if children and all(child.tag == name for child in children):
                usable[name] = text
            else:
                notes.add("attributes", f"the attribute {name} is no such element and left out")
    return usable


class _Document:
    """The IDs of annotations, time slots and types that the file has so far."""

    def __init__(self, timeline: Timeline, types: str, notes: Notes) -> None:
        self.notes = notes
        self.parents: dict[str, str | None] = {}
        for segment in timeline.segments:
            own = segment.attributes.get("ANNOTATION_ID", "")
            if _ID.fullmatch(own):
                self.parents.setdefault(own, segment.attributes.get(PARENT))
        self._used: set[str] = set()
        self._numbers = _numbers("a", set(self.parents))
        given = {s.attributes.get(key, "") for s in timeline.segments for key in SLOTS}
        self._slots: dict[str, int] = {}
        self._slot_numbers = _numbers("ts", given)
        self._unaligned = set(timeline.attributes.get(UNALIGNED, "").split())
        declared = parse_children(types, SourceName(ROOT))
        self._declared = {found.get("LINGUISTIC_TYPE_ID") for found in declared}
        self._types: dict[str, None] = {}

    def annotation_id(self, segment: Segment) -> str:
        own = segment.attributes.get("ANNOTATION_ID")
        if own not in self.parents or own in self._used:
            own = next(self._numbers)
        self._used.add(own)
        return own

    def refers(self, segment: Segment) -> bool:
        """Whether a segment has the times of another one, which is in the file."""
        parent = segment.attributes.get(PARENT)
        return parent is not None and root_of(parent, self.parents) is not None

    def slot(self, seconds: float, given: str) -> str:
        """ID of a slot at a time; that which the segment had, if it still has this time."""
        rounded, changed = milliseconds(seconds)
        if changed and given not in self._unaligned:
            self.notes.add("rounded_times", "rounding to milliseconds changes {n} times")
        if rounded < 0:
            self.notes.add(
                "negative_times", "the begin of the recording replaces {n} times before it"
            )
            rounded = 0
        if not _ID.fullmatch(given) or self._slots.setdefault(given, rounded) != rounded:
            given = next(self._slot_numbers)
            self._slots[given] = rounded
        return given

    def time_slots(self) -> Iterator[str]:
        for slot, time in sorted(self._slots.items(), key=lambda item: item[1]):
            value = {} if slot in self._unaligned else {"TIME_VALUE": str(time)}
            yield element("TIME_SLOT", {"TIME_SLOT_ID": slot} | value)

    def use_type(self, name: str) -> None:
        if name not in self._declared:
            self._types[name] = None

    def further_types(self) -> str:
        settings = {"TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false"}
        return "\n".join(
            element("LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": name} | settings)
            for name in self._types
        )


def _numbers(prefix: str, taken: set[str]) -> Iterator[str]:
    found = (re.fullmatch(rf"{prefix}(\d{{1,18}})", name, re.ASCII) for name in taken)
    last = max((int(match[1]) for match in found if match), default=0)
    return (f"{prefix}{number}" for number in count(last + 1))


def _tiers(timeline: Timeline, document: _Document) -> Iterator[tuple[Tier, list[Segment]]]:
    """Tiers on which no annotation with own times overlaps another one."""
    listed = {tier.name: tier for tier in timeline.tiers}
    of_tier: dict[str, list[Segment]] = {name: [] for name in listed}
    for segment in timeline.segments:
        name = segment.tier if segment.tier is not None else segment.speaker
        of_tier.setdefault(name or _TIER, []).append(segment)
    taken, notes = set(of_tier), document.notes
    for name, segments in of_tier.items():
        tier = _with_participant(listed.get(name, Tier(name)), segments, notes)
        aligned = [s for s in segments if not document.refers(s)]
        numbers = layer_numbers(aligned)
        overlapping = sum(number > 0 for number in numbers)
        notes.add("overlap", "further tiers hold {n} overlapping segments", overlapping)
        layers: list[list[Segment]] = [[] for _ in range(max(numbers, default=0) + 1)]
        for segment, number in zip(aligned, numbers, strict=True):
            layers[number].append(segment)
        layers[0] += [s for s in segments if document.refers(s)]
        for i, layer in enumerate(layers):
            further = free_name(name, taken) if i else name
            taken.add(further)
            yield Tier(further, tier.attributes), layer


def _with_participant(tier: Tier, segments: Sequence[Segment], notes: Notes) -> Tier:
    """Make the speaker of all segments the participant of their tier."""
    speakers = {segment.speaker for segment in segments}
    own = tier.attributes.get("PARTICIPANT")
    if own is None and len(speakers) == 1 and (speaker := speakers.pop()) is not None:
        return Tier(tier.name, {"PARTICIPANT": speaker} | dict(tier.attributes))
    lost = sum(segment.speaker not in {None, own, tier.name} for segment in segments)
    notes.add("speaker", "the speakers of {n} segments are left out", lost)
    return tier


def _tier(tier: Tier, segments: Sequence[Segment], document: _Document) -> str:
    own = tier.attributes
    attributes = {key: own[key] for key in _TIER_ATTRIBUTES if key in own}
    attributes.setdefault("LINGUISTIC_TYPE_REF", _TYPE)
    document.use_type(attributes["LINGUISTIC_TYPE_REF"])
    rows = [element("ANNOTATION", {}, _annotation(s, document)) for s in segments]
    inside = "\n".join(["", *rows, ""]) if rows else None
    return element("TIER", {"TIER_ID": tier.name} | attributes, inside)


def _annotation(segment: Segment, document: _Document) -> str:
    own = segment.attributes
    attributes = {"ANNOTATION_ID": document.annotation_id(segment)}
    kept = {key: own[key] for key in _OWN if key in own}
    value = element("ANNOTATION_VALUE", {}, content(segment.label or ""))
    if document.refers(segment):
        keys = (PARENT, "PREVIOUS_ANNOTATION")
        attributes |= {key: own[key] for key in keys if own.get(key) in document.parents}
        return element("REF_ANNOTATION", attributes | kept, value)
    if PARENT in own:
        document.notes.add(
            "references", "references of {n} annotations to missing ones are left out"
        )
    for key, time in zip(SLOTS, (segment.onset_s, segment.offset_s), strict=True):
        attributes[key] = document.slot(time, own.get(key, ""))
    return element("ALIGNABLE_ANNOTATION", attributes | kept, value)
