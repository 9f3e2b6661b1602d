"""ChildProject's CSV tables of segments, with times in milliseconds.

The columns are those of ``AnnotationManager.SEGMENTS_COLUMNS`` in
https://github.com/LAAC-LSCP/ChildProject, ``ChildProject/annotations.py``. ChildProject accepts
further columns, which here hold what it has none for.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vocalbaby.annotations.dependents import without_dependents
from vocalbaby.annotations.notes import EVERY, Holds, Notes
from vocalbaby.annotations.rows import Row, as_csv, has_columns, read_rows
from vocalbaby.annotations.tables import (
    COLUMNS,
    attribute_columns,
    class_columns,
    is_probability,
    segment_of,
)
from vocalbaby.annotations.text import SourceName, encode, milliseconds, number, recording_of
from vocalbaby.annotations.vocabulary import VCM_TYPES, label_class, speaker_type, vcm_type
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError

__all__ = ["read", "recognises", "write"]

_NA: Final = "NA"
_TIMES: Final = ("segment_onset", "segment_offset")
_RECORDING: Final = "recording_filename"
_LENA: Final = re.compile(r"TV[FN]|FA[FN]|OL[FN]|SIL|NO[FN]|CX[FN]|CH[FN]|MA[FN]")
_CLASS_OF: Final = {code: label for label, code in VCM_TYPES.items()}

#: 1 if there is at least a vowel.
_LING_TYPES: Final = {"C": "1", "N": "1", "Y": "0", "L": "0"}

#: Columns that are written from a segment's fields.
_COMPUTED: Final = (*_TIMES, _RECORDING, "label", "tier")
_HOLDS: Final = Holds(segment=("probabilities", "speaker", "tier"), segment_attributes=EVERY)


def recognises(data: bytes) -> bool:
    """Whether the header has an onset and an offset as ChildProject calls them."""
    return has_columns(data, _TIMES)


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read one timeline for each ``recording_filename``; without this column there is one.

    The label is the class of ``vcm_type``, or else the transcription. The speaker is
    ``speaker_id``, or else ``speaker_type``. The attributes have all columns.

    Raises:
        DataError: The file is not such a table, or a row is impossible.
    """
    source = SourceName(name)
    found: dict[str, list[Segment]] = {}
    for row in read_rows(data, source, _TIMES):
        recording = row.cells.get(_RECORDING, recording_of(name))
        found.setdefault(recording, []).append(_segment(row, source))
    return tuple(
        Timeline(recording, tuple(segments))
        for recording, segments in (found or {recording_of(name): []}).items()
    )


def _segment(row: Row, source: SourceName) -> Segment:
    line = row.line
    cells = {key: text for key, text in row.cells.items() if text != _NA}
    onset, offset = (
        number(cells.pop(key, ""), source, line, f"{key} in milliseconds") / 1000 for key in _TIMES
    )
    probabilities = {
        key: number(cells.pop(key), source, line, key) for key in list(cells) if is_probability(key)
    }
    label = cells.get("label") or _CLASS_OF.get(cells.get("vcm_type", ""))
    known = {
        "label": label or cells.get("transcription"),
        "speaker": cells.get("speaker_id") or cells.get("speaker_type"),
        "tier": cells.pop("tier", None),
    }
    cells.pop(_RECORDING, None)
    # A column of ChildProject may have the name of one of ours.
    others = {f"attribute.{k}" if k in COLUMNS else k: v for k, v in cells.items() if k != "label"}
    try:
        return segment_of(onset, offset, known | others, probabilities)
    except DataError as error:
        raise source.error(error.message, line=line) from None


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write all timelines to one table, with ``recording_filename`` if they are several.

    Annotations of ELAN that refer to another one become columns of that one, as in
    ChildProject's own converter. Times are rounded to milliseconds.
    """
    merged = [without_dependents(timeline) for timeline in timelines]
    _HOLDS.report(merged, notes)
    ids = sum("ANNOTATION_ID" in s.attributes for t in timelines for s in t.segments)
    notes.add("attributes", "the IDs of {n} annotations of ELAN are left out", ids)
    attributes = attribute_columns(merged, _COMPUTED)
    classes = class_columns(merged)
    rows = [row for timeline in merged for row in _rows(timeline, notes)]
    for row, segment in zip(rows, (s for t in merged for s in t.segments), strict=True):
        own, given = segment.attributes, segment.probabilities or {}
        for column, name in attributes.items():
            if own.get(name):
                row.setdefault(column, own[name])
        row.update({c: repr(float(given[k])) for c, k in classes.items() if k in given})
    first = [*_TIMES, "speaker_id", "speaker_type", "ling_type", "vcm_type", "transcription"]
    used = dict.fromkeys(key for row in rows for key in row)
    names = ["raw_filename", *_TIMES, *(key for key in first[2:] if key in used)]
    names += [_RECORDING] if len(timelines) > 1 else []
    names += [key for key in used if key not in {*names, _RECORDING}]
    for timeline in timelines:
        if not timeline.segments and len(timelines) > 1:
            notes.add("recordings", "the names of {n} recordings without segments are left out")
    data, replaced = encode(as_csv(names, rows, _NA))
    notes.add("characters", "U+FFFD replaces {n} unusable characters", replaced)
    return data


def _rows(timeline: Timeline, notes: Notes) -> Iterator[dict[str, str]]:
    vtc = any(segment.speaker in {"KCHI", "SPEECH"} for segment in timeline.segments)
    for segment in timeline.segments:
        if _NA in {segment.label, segment.speaker, segment.tier}:
            notes.add("label", f"the text {_NA} of {{n}} segments means that it is not known")
        row = {_RECORDING: timeline.recording_id, "raw_filename": f"{timeline.recording_id}.csv"}
        row |= dict(zip(_TIMES, _times(segment, notes), strict=True))
        row |= _who(segment, vtc=vtc) | _what(segment)
        if segment.tier:
            row["tier"] = segment.tier
        # The importer sets the name of the raw file, and a table that it has made has one.
        row["raw_filename"] = segment.attributes.get("raw_filename", row["raw_filename"])
        yield row


def _times(segment: Segment, notes: Notes) -> Iterator[str]:
    if segment.duration_s == 0:
        notes.add("points", "the importer of ChildProject leaves out {n} segments without length")
    for seconds in (segment.onset_s, segment.offset_s):
        rounded, changed = milliseconds(seconds)
        if changed:
            notes.add("rounded_times", "rounding to milliseconds changes {n} times")
        if rounded < 0:
            notes.add("negative_times", "the begin of the recording replaces {n} times before it")
        yield str(max(rounded, 0))


def _who(segment: Segment, *, vtc: bool) -> dict[str, str]:
    kind = speaker_type(segment, vtc=vtc) or _NA
    row = {"speaker_type": kind}
    speaker = segment.speaker or segment.attributes.get("speaker_id")
    if speaker and speaker != kind:
        row["speaker_id"] = speaker
    if _LENA.fullmatch(segment.speaker or ""):
        row["lena_speaker"] = segment.speaker or ""
    return row


def _what(segment: Segment) -> dict[str, str]:
    row = {}
    if code := vcm_type(segment):
        row["vcm_type"] = code
        row["ling_type"] = _LING_TYPES.get(code) or segment.attributes.get("ling_type", _NA)
    label = segment.label
    if label and label_class(segment) is None:
        if segment.attributes.get("transcription", label) == label:
            row["transcription"] = label
        else:
            row["label"] = label
    return row
