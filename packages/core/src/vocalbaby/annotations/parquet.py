"""Parquet table of segments with the columns of the CSV table, by pyarrow.

What is said about recordings, tiers and children is JSON in the file's metadata, under the key
``vocalbaby.timelines``. The format holds all of a timeline. Without this key, columns
of the recording are read as in CSV.
"""

import importlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from vocalbaby.annotations.notes import Notes
from vocalbaby.annotations.tables import (
    COLUMNS,
    RECORDING_COLUMNS,
    attribute_columns,
    class_columns,
    described,
    is_probability,
    segment_of,
)
from vocalbaby.annotations.text import SourceName, recording_of
from vocalbaby.entity.timeline import Child, Segment, Tier, Timeline
from vocalbaby.exception import DataError
from vocalbaby.utils.extras import needs_extra

__all__ = ["read", "recognises", "write"]

_METADATA: Final = b"vocalbaby.timelines"
_TIMES: Final = COLUMNS[1:3]
_BATCH: Final = 10_000


def recognises(data: bytes) -> bool:
    """Whether the file begins as Parquet files do."""
    return data.startswith(b"PAR1")


def _pyarrow(module: str = "pyarrow") -> Any:  # noqa: ANN401 - of pyarrow - pyarrow has no type hints
    """Import pyarrow, which the server and all other formats do without."""
    with needs_extra("tables"):
        return importlib.import_module(module)


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read one timeline for each recording, also those without segments.

    Raises:
        DataError: The file is not such a table.
        MissingExtraError: The extra ``tables`` is not installed.
    """
    source = SourceName(name)
    arrow, parquet = _pyarrow(), _pyarrow("pyarrow.parquet")
    try:
        table = parquet.read_table(io.BytesIO(data))
    except (arrow.ArrowException, OSError) as error:
        raise source.error(f"The Parquet file is damaged: {str(error)[:200]}.") from None
    if missing := [column for column in _TIMES if column not in table.column_names]:
        raise source.error(
            f"The table lacks {', '.join(missing)}; it has {', '.join(table.column_names)[:200]}."
        )
    found: dict[str, list[Segment]] = {}
    try:
        metadata = json.loads((table.schema.metadata or {}).get(_METADATA, b"[]"))
        about = {recording["recording_id"]: _about(recording) for recording in metadata}
        found |= {recording: [] for recording in about}
        for i, row in enumerate(_rows(table), 1):
            recording = str(row.get("recording_id") or recording_of(name))
            known = {key: row.pop(key, None) for key in RECORDING_COLUMNS}
            try:
                found.setdefault(recording, []).append(_segment(row))
                if recording not in about:  # tables that other programs have merged
                    cells = {key: str(cell) for key, cell in known.items() if cell is not None}
                    about[recording] = described(cells)
            except (DataError, TypeError, ValueError) as error:
                raise source.error(f"Row {i} is impossible: {error}") from None
        return tuple(
            Timeline(recording, tuple(segments), **about.get(recording, {}))
            for recording, segments in (found or {recording_of(name): []}).items()
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise source.error(f"The metadata of the table is damaged: {error!r}.") from None


def _rows(table: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - of pyarrow
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def _segment(row: dict[str, Any]) -> Segment:
    given = {key: value for key, value in row.items() if value is not None}
    onset, offset = (float(given.pop(key, "nan")) for key in _TIMES)
    probabilities = {key: float(given.pop(key)) for key in list(given) if is_probability(key)}
    return segment_of(onset, offset, {k: str(v) for k, v in given.items()}, probabilities)


def _about(recording: dict[str, Any]) -> dict[str, Any]:
    clock, child = recording["clock_start"], recording["child"]
    return {
        "duration_s": recording["duration_s"],
        "clock_start": None if clock is None else datetime.fromisoformat(clock),
        "child": None if child is None else Child(**child),
        "tiers": tuple(Tier(**tier) for tier in recording["tiers"]),
        "attributes": recording["attributes"],
    }


def _described(timeline: Timeline) -> dict[str, Any]:
    clock, child = timeline.clock_start, timeline.child
    return {
        "recording_id": timeline.recording_id,
        "duration_s": timeline.duration_s,
        "clock_start": None if clock is None else clock.isoformat(),
        "child": None if child is None else _fields(child),
        "tiers": [_fields(tier) for tier in timeline.tiers],
        "attributes": dict(timeline.attributes),
    }


def _fields(of: Child | Tier) -> dict[str, Any]:
    values = {field.name: getattr(of, field.name) for field in fields(of)}
    return values | {"attributes": dict(of.attributes)}


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write all timelines to one table, without any loss.

    Raises:
        MissingExtraError: The extra ``tables`` is not installed.
        DataError: A text is not valid Unicode.
    """
    del notes  # nothing is lost
    arrow, parquet = _pyarrow(), _pyarrow("pyarrow.parquet")
    rows = [(t.recording_id, segment) for t in timelines for segment in t.segments]
    texts: dict[str, list[str | None]] = {
        "label": [segment.label for _, segment in rows],
        "speaker": [segment.speaker for _, segment in rows],
        "tier": [segment.tier for _, segment in rows],
    }
    own = {
        column: [segment.attributes.get(name) for _, segment in rows]
        for column, name in attribute_columns(timelines).items()
    }
    try:
        columns = {
            "recording_id": arrow.array([recording for recording, _ in rows], arrow.string()),
            "onset_s": arrow.array([s.onset_s for _, s in rows], arrow.float64()),
            "offset_s": arrow.array([s.offset_s for _, s in rows], arrow.float64()),
            **{name: arrow.array(cells, arrow.string()) for name, cells in texts.items()},
            **{
                column: arrow.array(
                    [(s.probabilities or {}).get(name) for _, s in rows], arrow.float64()
                )
                for column, name in class_columns(timelines).items()
            },
            **{name: arrow.array(cells, arrow.string()) for name, cells in own.items()},
        }
        about = json.dumps([_described(timeline) for timeline in timelines]).encode()
        stream = io.BytesIO()
        table = arrow.table(columns)
        table = table.replace_schema_metadata({_METADATA: about})
        parquet.write_table(table, stream)
    except UnicodeEncodeError as error:
        raise DataError(f"A text is not valid Unicode: {error.object!r:.80}.") from None
    return stream.getvalue()
