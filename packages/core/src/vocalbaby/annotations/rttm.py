"""RTTM (Rich Transcription Time Marked) of NIST.

A line has the fields type, file, channel, onset, duration, orthography, subtype, name,
confidence and look-ahead, separated by blanks, with ``<NA>`` for what is not known:
https://www.nist.gov/system/files/documents/itl/iad/mig/KWS15-evalplan-v05.pdf, appendix.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vocalbaby.annotations.notes import Holds, Notes
from vocalbaby.annotations.text import (
    SourceName,
    decode,
    difference,
    encode,
    fixed,
    lines,
    number,
    recording_of,
    total,
)
from vocalbaby.annotations.vocabulary import is_class
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["read", "recognises", "write"]

_NA: Final = "<NA>"
_COMMENT: Final = ";;"
_TYPE: Final = "SPEAKER"
_TYPES: Final = (
    *(_TYPE, "SPKR-INFO", "SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX"),
    *("NON-SPEECH", "FILLER", "EDIT", "IP", "SU", "CB", "A/P"),
)
_CHANNEL: Final = "1"

#: Numbers of fields; the last one is missing in older files.
_LENGTHS: Final = (9, 10)

_HOLDS: Final = Holds(
    segment=("speaker", "tier", "probabilities"),  # reported one by one
    segment_attributes=frozenset({"type", "chnl", "stype", "name", "conf", "slat", "tdur"}),
    timeline_attributes=frozenset({"untimed", "comments"}),
)


def recognises(data: bytes) -> bool:
    """Whether the first line is one of RTTM."""
    first = re.match(rb"(?:\xef\xbb\xbf)?\s*(;;|\S+[ \t])", data)
    return first is not None and first[1].decode("latin-1").strip() in {_COMMENT, *_TYPES}


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read one timeline for each recording of the file, in order of their first lines.

    The name is the speaker, or the label if it is one of the classes and there is no
    orthography. A file without lines is one timeline, of the recording after which it is named.

    Raises:
        DataError: A line has a wrong number of fields, or impossible times.
    """
    source = SourceName(name)
    segments: dict[str, list[Segment]] = {}
    untimed: dict[str, list[str]] = {}
    comments = []
    for i, line in enumerate(lines(decode(data, source)), 1):
        fields = _fields(line)
        if fields == [""]:
            continue
        if line.lstrip().startswith(_COMMENT):
            comments.append(line)
            continue
        if len(fields) not in _LENGTHS:
            raise source.error(
                f"A line of RTTM has 9 or 10 fields, and this one has {len(fields)}.",
                line=i,
                hint="Names of files and speakers must not contain blanks.",
            )
        of_recording = segments.setdefault(fields[1], [])
        if fields[3] == _NA:
            untimed.setdefault(fields[1], []).append(line)
        else:
            of_recording.append(_segment(fields, source, i))
    if not segments:
        segments[recording_of(name)] = []
    kept = {"comments": "\n".join(comments)} if comments else {}
    timelines = []
    for recording, found in segments.items():
        lost = untimed.get(recording)
        attributes = kept | ({"untimed": "\n".join(lost)} if lost else {})
        timelines.append(Timeline(recording, tuple(found), attributes=attributes))
        kept = {}
    return tuple(timelines)


def _segment(fields: Sequence[str], source: SourceName, line: int) -> Segment:
    kind, _, channel, tbeg, tdur, ortho, stype, name, conf, *slat = fields
    onset = number(tbeg, source, line, "onset")
    duration = 0.0 if tdur == _NA else number(tdur, source, line, "duration")
    if duration < 0:
        raise source.error(f"The duration is {tdur}, less than zero.", line=line)
    special = {
        "type": kind if kind != _TYPE else _NA,
        "chnl": channel if channel != _CHANNEL else "",
        "stype": stype,
        "conf": conf,
        "slat": slat[0] if slat else _NA,
    }
    attributes = {key: text for key, text in special.items() if text not in {_NA, ""}}
    if channel == _NA:
        attributes["chnl"] = _NA
    if tdur == _NA:
        attributes["tdur"] = _NA
    label, speaker = _known(ortho), _known(name)
    if label is not None and speaker is None:
        attributes["name"] = _NA
    if label is None and speaker is not None and is_class(speaker):
        label, speaker = speaker, None
    return Segment(
        onset,
        onset if tdur == _NA else total(tbeg, tdur),
        label,
        speaker=speaker,
        attributes=attributes,
    )


def _known(text: str) -> str | None:
    return None if text == _NA else text


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write all timelines to one file.

    The name is the speaker; without one the tier; without both the label. Otherwise the label
    is the orthography. The confidence is the probability of the label.
    """
    _HOLDS.report(timelines, notes)
    rows = []
    for timeline in timelines:
        recording = _field(timeline.recording_id, notes, "names of {n} recordings")
        kept = [line for line in _kept(timeline, notes) if line]
        rows += kept
        rows += [_line(recording, segment, notes) for segment in timeline.segments]
        if not timeline.segments and not kept and len(timelines) > 1:
            notes.add("recordings", "the names of {n} recordings without segments are left out")
    data, replaced = encode("".join(row + "\n" for row in rows))
    notes.add("characters", "U+FFFD replaces {n} unusable characters", replaced)
    return data


def _kept(timeline: Timeline, notes: Notes) -> Iterator[str]:
    """Comments and lines without times, as far as they are lines of this recording."""
    for line in timeline.attributes.get("comments", "").split("\n"):
        if line.lstrip().startswith(_COMMENT):
            yield line
        elif line:
            notes.add("attributes", "lines that are no comments are left out: {n}")
    for line in timeline.attributes.get("untimed", "").split("\n"):
        fields = _fields(line)
        if len(fields) in _LENGTHS and fields[1] == timeline.recording_id and fields[3] == _NA:
            yield line
        elif line:
            notes.add("attributes", "lines that are not of the recording are left out: {n}")


def _fields(line: str) -> list[str]:
    return re.split(r"[ \t]+", line.strip(" \t"))


def _line(recording: str, segment: Segment, notes: Notes) -> str:
    own = segment.attributes
    label, name = segment.label or None, segment.speaker or own.get("name")
    if name is None and segment.tier is not None:
        name = segment.tier
        notes.add("tier", "the tiers of {n} segments are written as speakers")
    elif segment.tier is not None and segment.tier != name:
        notes.add("tier", "the tiers of {n} segments are left out")
    if name is None and label is not None:
        if not is_class(label):
            notes.add("label", "the labels of {n} segments are written as speakers")
        label, name = None, label
    kind = own.get("type", _TYPE)
    if kind not in _TYPES:
        notes.add("attributes", "the types of {n} segments are none of RTTM and are left out")
        kind = _TYPE
    duration = difference(segment.offset_s, segment.onset_s)
    if own.get("tdur") == _NA and segment.duration_s == 0:
        duration = _NA
    fields = (
        (own.get("chnl", _CHANNEL), "channels"),
        (fixed(segment.onset_s), ""),
        (duration, ""),
        (label, "labels"),
        (own.get("stype"), "subtypes"),
        (name, "speakers"),
        (_confidence(segment, notes), "confidences"),
        (own.get("slat"), "look-aheads"),
    )
    written = [_field(text, notes, f"{what} of {{n}} segments") for text, what in fields]
    return " ".join([kind, recording, *written])


def _field(text: str | None, notes: Notes, whose: str) -> str:
    if not text:
        return _NA
    joined = re.sub(r"\s+", "_", text)
    if joined != text:
        notes.add("blanks", f"blanks in the {whose} are replaced with _")
    return joined


def _confidence(segment: Segment, notes: Notes) -> str | None:
    given = segment.probabilities or {}
    own = given.get(segment.label or "")
    if len(given) > (own is not None):
        notes.add("probabilities", "the probabilities of {n} segments are left out but the label's")
    return segment.attributes.get("conf") if own is None else fixed(own)
