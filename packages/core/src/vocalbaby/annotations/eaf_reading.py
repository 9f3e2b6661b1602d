"""ELAN's EAF, formats 2.7 to 3.0: https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element

from vocalbaby.annotations.dependents import root_of
from vocalbaby.annotations.text import SourceName, recording_of
from vocalbaby.annotations.xml import as_text, parse
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["MEDIA_UNITS", "PARENT", "ROOT", "SLOTS", "UNALIGNED", "read", "recognises"]

ROOT: Final = "ANNOTATION_DOCUMENT"
MEDIA_UNITS: Final = "milliseconds"
PARENT: Final = "ANNOTATION_REF"
SLOTS: Final = ("TIME_SLOT_REF1", "TIME_SLOT_REF2")

#: Attribute of a timeline: the slots that have no time in the file.
UNALIGNED: Final = "unaligned_time_slots"


def recognises(data: bytes) -> bool:
    """Whether the outermost element is that of ELAN."""
    return ROOT.encode() in data[:4096].replace(b"\0", b"")


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read all tiers; the recording is that after which the file is named.

    An annotation that refers to another one has the times of that one. Slots without a time
    are spread evenly between their neighbours on the tier, as ELAN draws them. Elements other
    than tiers are kept as they are, in the timeline's attributes.

    Raises:
        DataError: The file is not XML of ELAN, or an annotation has no times.
    """
    source = SourceName(name)
    root = parse(data, source, ROOT)
    header = root.find("HEADER")
    if header is not None and header.get("TIME_UNITS", MEDIA_UNITS) != MEDIA_UNITS:
        raise source.error(
            f"The times are in {header.get('TIME_UNITS')}, and only {MEDIA_UNITS} are read.",
            hint="Save the file again with a newer ELAN.",
        )
    slots = {
        _get(slot, "TIME_SLOT_ID", source): slot.get("TIME_VALUE")
        for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    tiers = list(root.iterfind("TIER"))
    times = _times(slots, tiers, source)
    spans = _spans(tiers, times, source)
    unaligned = [slot for slot, value in slots.items() if value is None]
    attributes = {key: value for key, value in root.items() if ":" not in key}
    attributes |= {UNALIGNED: " ".join(unaligned)} if unaligned else {}
    for child in root:
        if child.tag not in {"TIME_ORDER", "TIER"}:
            attributes[child.tag] = attributes.get(child.tag, "") + as_text(child)
    timeline = Timeline(
        recording_of(name),
        tuple(segment for tier in tiers for segment in _segments(tier, spans, source)),
        tiers=tuple(_tier(tier, source) for tier in tiers),
        attributes=attributes,
    )
    if len({tier.name for tier in timeline.tiers}) < len(tiers):
        raise source.error("Two tiers have the same TIER_ID.", hint="Rename one of them.")
    return (timeline,)


def _get(found: Element, key: str, source: SourceName) -> str:
    value = found.get(key)
    if value is None:
        raise source.error(f"An element {found.tag} has no attribute {key}.")
    return value


def _annotations(tier: Element) -> Iterator[Element]:
    for annotation in tier.iterfind("ANNOTATION"):
        yield from annotation


def _tier(tier: Element, source: SourceName) -> Tier:
    others = {key: value for key, value in tier.items() if key != "TIER_ID"}
    return Tier(_get(tier, "TIER_ID", source), others)


def _segments(
    tier: Element, spans: dict[str, tuple[float, float]], source: SourceName
) -> Iterator[Segment]:
    name = _get(tier, "TIER_ID", source)
    speaker = tier.get("PARTICIPANT") or None
    for annotation in _annotations(tier):
        onset, offset = spans[_get(annotation, "ANNOTATION_ID", source)]
        text = annotation.findtext("ANNOTATION_VALUE") or None
        attributes = dict(annotation.attrib)
        yield Segment(onset, offset, text, speaker=speaker, tier=name, attributes=attributes)


def _times(
    slots: dict[str, str | None], tiers: Sequence[Element], source: SourceName
) -> dict[str, float]:
    """Milliseconds of all slots, of which some have to be interpolated."""
    times: dict[str, float] = {}
    for slot, text in slots.items():
        if text is None:
            continue
        if not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
            raise source.error(
                f"The time of {slot} is {text[:40]!r}, not a number of milliseconds."
            )
        times[slot] = int(text)
    for tier in tiers:
        chain = [
            _get(annotation, key, source)
            for annotation in _annotations(tier)
            if annotation.tag == "ALIGNABLE_ANNOTATION"
            for key in SLOTS
        ]
        if unknown := next((slot for slot in chain if slot not in slots), None):
            raise source.error(f"An annotation has the time slot {unknown}, which does not exist.")
        _interpolate(list(dict.fromkeys(chain)), times, source)
    return times


def _interpolate(chain: Sequence[str], times: dict[str, float], source: SourceName) -> None:
    known = [i for i, slot in enumerate(chain) if slot in times]
    if chain and (not known or known[0] > 0 or known[-1] < len(chain) - 1):
        slot = chain[0] if not known or known[0] > 0 else chain[-1]
        raise source.error(
            f"The time slot {slot} has no time, and no neighbour between which it could be.",
            hint="Give the first and the last annotation of each tier their times in ELAN.",
        )
    for before, after in pairwise(known):
        low, high = times[chain[before]], times[chain[after]]
        for i in range(before + 1, after):
            times[chain[i]] = low + (high - low) * (i - before) / (after - before)


def _spans(
    tiers: Sequence[Element], times: dict[str, float], source: SourceName
) -> dict[str, tuple[float, float]]:
    """Onset and offset in seconds of every annotation, by its ID."""
    spans: dict[str, tuple[float, float]] = {}
    parents: dict[str, str | None] = {}
    for annotation in (annotation for tier in tiers for annotation in _annotations(tier)):
        own = _get(annotation, "ANNOTATION_ID", source)
        if own in parents:
            raise source.error(f"Two annotations have the ANNOTATION_ID {own}.")
        if annotation.tag == "REF_ANNOTATION":
            parents[own] = _get(annotation, PARENT, source)
        elif annotation.tag == "ALIGNABLE_ANNOTATION":
            onset, offset = (times[_get(annotation, key, source)] for key in SLOTS)
            if offset < onset:
                raise source.error(f"The annotation {own} ends before it begins.")
            parents[own] = None
            spans[own] = (onset / 1000, offset / 1000)
        else:
            raise source.error(f"There is no kind of annotations {annotation.tag[:40]}.")
    for own, parent in parents.items():
        if parent is not None:
            root = root_of(own, parents)
            if root is None:
                raise source.error(
                    f"The annotation {own} refers to {parent}, which leads to none with times."
                )
            spans[own] = spans[root]
    return spans
