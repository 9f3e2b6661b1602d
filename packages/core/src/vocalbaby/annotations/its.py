"""LENA's ``.its`` files, which are read and not written.

The elements are those that ChildProject and rlena read:
https://github.com/LAAC-LSCP/ChildProject, ``converters.py``; https://github.com/HomeBankCode/rlena.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from vocalbaby.annotations.text import SourceName, recording_of
from vocalbaby.annotations.xml import as_text, parse
from vocalbaby.entity.timeline import Child, Segment, Timeline

__all__ = ["read", "recognises"]

_DURATION: Final = re.compile(
    r"P(?:T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)", re.ASCII | re.IGNORECASE
)
_AGE: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:\d+D)?", re.ASCII)
_BLOCKS: Final = ("Conversation", "Pause")


def recognises(data: bytes) -> bool:
    """Whether the outermost element is ``ITS``."""
    return re.search(rb"<ITS[\s>]", data[:4096].replace(b"\0", b"")) is not None


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read the segments of all blocks; the recording is that after which the file is named.

    The speaker is LENA's code (``spkr``). All other attributes of a segment and of its
    utterances keep their names, and those of its block and recording begin with ``block_`` and
    ``recording_``. Times count from the begin of the audio file, as in the file itself.

    Raises:
        DataError: The file is not XML of LENA, or a segment has no valid times.
    """
    source = SourceName(name)
    root = parse(data, source, "ITS")
    recordings = list(root.iterfind("ProcessingUnit/Recording"))
    if not recordings:
        raise source.error("The file has no element ProcessingUnit/Recording.")
    segments = [
        _segment(segment, block, recording, source)
        for recording in recordings
        for block in recording
        if block.tag in _BLOCKS
        for segment in block.iterfind("Segment")
    ]
    ends = [_seconds(r, "endTime", source) for r in recordings]
    attributes = {key: value for key, value in root.items() if not key.startswith("xmlns")}
    attributes["Recording"] = "".join(_without_content(recording) for recording in recordings)
    timeline = Timeline(
        recording_of(name),
        tuple(segments),
        duration_s=max(ends),
        clock_start=_clock_start(recordings[0], source),
        child=_child(root),
        attributes=attributes,
    )
    return (timeline,)


def _segment(found: Element, block: Element, recording: Element, source: SourceName) -> Segment:
    attributes = {
        key: value
        for key, value in _own_and_utterances(found)
        if key not in {"spkr", "startTime", "endTime"}
    }
    attributes["block"] = block.tag
    for of, parent in (("block", block), ("recording", recording)):
        for key in ("num", "type"):
            if (value := parent.get(key)) is not None:
                attributes[f"{of}_{key}"] = value
    onset, offset = (_seconds(found, key, source) for key in ("startTime", "endTime"))
    if offset < onset:
        raise source.error(f"A segment ends at {offset} s, before it begins at {onset} s.")
    return Segment(onset, offset, speaker=found.get("spkr"), attributes=attributes)


def _own_and_utterances(found: Element) -> Iterator[tuple[str, str]]:
    yield from found.items()
    for utterance in found:
        yield from utterance.items()


def _seconds(found: Element, key: str, source: SourceName) -> float:
    text = found.get(key, "")
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        num = found.get("num", "")
        raise source.error(
            f"The attribute {key} of {found.tag} {num} is {text[:40]!r}, not a time like PT1.25S."
        )
    hours, minutes, seconds = (part or "0" for part in match.groups())
    return float(seconds) + 60 * int(minutes) + 3600 * int(hours)


def _clock_start(recording: Element, source: SourceName) -> datetime | None:
    text = recording.get("startClockTime")
    if not text:
        return None
    try:
        clock = datetime.fromisoformat(text)
        return clock - timedelta(seconds=_seconds(recording, "startTime", source))
    except (ValueError, OverflowError):
        raise source.error(f"The startClockTime is {text[:40]!r}, not a date and time.") from None


def _child(root: Element) -> Child | None:
    """What ``ChildInfo`` and ``Child`` say; the age is that which LENA's algorithm used."""
    attributes: dict[str, str] = {}
    for found in (*root.iter("Child"), *root.iter("ChildInfo")):
        attributes |= found.attrib
    if not attributes:
        return None
    age = _AGE.fullmatch(attributes.get("algorithmAge", ""))
    months = 12 * int(age[1] or 0) + int(age[2] or 0) if age and any(age.groups()) else None
    gender = (attributes.get("gender") or attributes.get("Gender") or "")[:1].upper()
    return Child(
        child_id=attributes.get("id", ""),
        age_months=months,
        gender=gender if gender in {"M", "F"} else "",
        attributes=attributes,
    )


def _without_content(recording: Element) -> str:
    return as_text(Element(recording.tag, recording.attrib))
