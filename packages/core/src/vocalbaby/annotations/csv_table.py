"""VocalBaby's CSV table of segments, for spreadsheets, pandas and R; times are in seconds."""

from collections.abc import Iterator, Sequence
from typing import Final

from vocalbaby.annotations.notes import EVERY, Holds, Notes
from vocalbaby.annotations.rows import Row, as_csv, has_columns, read_rows
from vocalbaby.annotations.tables import (
    COLUMNS,
    RECORDING_COLUMNS,
    attribute_columns,
    class_columns,
    described,
    is_probability,
    segment_of,
)
from vocalbaby.annotations.text import SourceName, encode, number, recording_of
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError

__all__ = ["read", "recognises", "write"]

_TIMES: Final = ("onset_s", "offset_s")
_HOLDS: Final = Holds(
    segment=("probabilities", "speaker", "tier"),
    segment_attributes=EVERY,
    timeline=("duration_s", "clock_start", "child"),
)


def recognises(data: bytes) -> bool:
    """Whether the header has an onset and an offset in seconds."""
    return has_columns(data, _TIMES)


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read one timeline for each recording of the table.

    Columns that are not known are attributes. Without the column ``recording_id``, the
    recording is that after which the file is named. An empty cell means that the value is not
    known.

    Raises:
        DataError: The file is not such a table, or a row is impossible.
    """
    source = SourceName(name)
    found: dict[str, list[Segment]] = {}
    about: dict[str, dict[str, str]] = {}
    for row in read_rows(data, source, _TIMES):
        recording = row.cells.get("recording_id", recording_of(name))
        known = {key: t for key, t in row.cells.items() if key in RECORDING_COLUMNS}
        if about.setdefault(recording, known) != known:
            raise source.error(
                f"The row does not say the same about the recording {recording!r} as the one "
                f"before.",
                line=row.line,
                hint=f"The columns {', '.join(RECORDING_COLUMNS)} are those of a recording.",
            )
        found.setdefault(recording, []).append(_segment(row, source))
    if not found:
        return (Timeline(recording_of(name)),)
    return tuple(
        _timeline(recording, segments, about[recording], source)
        for recording, segments in found.items()
    )


def _segment(row: Row, source: SourceName) -> Segment:
    cells, line = row.cells, row.line
    onset, offset = (number(cells.get(key, ""), source, line, key) for key in _TIMES)
    probabilities = {
        key: number(text, source, line, key) for key, text in cells.items() if is_probability(key)
    }
    apart = {*probabilities, *RECORDING_COLUMNS}
    others = {key: text for key, text in cells.items() if key not in apart}
    try:
        return segment_of(onset, offset, others, probabilities)
    except DataError as error:
        raise source.error(error.message, line=line) from None


def _timeline(
    recording: str, segments: Sequence[Segment], about: dict[str, str], source: SourceName
) -> Timeline:
    try:
        return Timeline(recording, tuple(segments), **described(about))
    except (DataError, ValueError) as error:
        raise source.error(
            f"The columns of the recording {recording!r} are wrong: {error}"
        ) from None


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write all timelines to one table."""
    _HOLDS.report(timelines, notes)
    classes, attributes = class_columns(timelines), attribute_columns(timelines)
    about = [_about(timeline, notes) for timeline in timelines]
    # A table without rows is read as one recording, of which only the name is known.
    empty = [row for t, row in zip(timelines, about, strict=True) if not t.segments]
    if len(timelines) > 1 or any(empty):
        notes.add(
            "recordings", "the names of {n} recordings without segments are left out", len(empty)
        )
    known = [name for name in RECORDING_COLUMNS if any(name in row for row in about)]
    names = (*COLUMNS, *classes, *known, *attributes)

    def rows() -> Iterator[dict[str, str]]:
        for timeline, recording in zip(timelines, about, strict=True):
            for segment in timeline.segments:
                given = segment.probabilities or {}
                yield {
                    **recording,
                    "recording_id": timeline.recording_id,
                    "onset_s": repr(float(segment.onset_s)),
                    "offset_s": repr(float(segment.offset_s)),
                    "label": segment.label or "",
                    "speaker": segment.speaker or "",
                    "tier": segment.tier or "",
                    **{c: repr(float(given[k])) for c, k in classes.items() if k in given},
                    **{c: segment.attributes.get(k, "") for c, k in attributes.items()},
                }

    data, replaced = encode(as_csv(names, rows(), ""))
    notes.add("characters", "U+FFFD replaces {n} unusable characters", replaced)
    return data


def _about(timeline: Timeline, notes: Notes) -> dict[str, str]:
    about = {}
    if timeline.duration_s is not None:
        about["recording_duration_s"] = repr(float(timeline.duration_s))
    if timeline.clock_start is not None:
        about["clock_start"] = timeline.clock_start.isoformat()
    if (child := timeline.child) is not None:
        age = "" if child.age_months is None else repr(float(child.age_months))
        texts = (child.child_id, child.corpus, age, child.gender)
        about |= {name: t for name, t in zip(RECORDING_COLUMNS[2:], texts, strict=True) if t}
        if child.attributes:
            notes.add("attributes", "attributes of {n} children are left out")
    return about
