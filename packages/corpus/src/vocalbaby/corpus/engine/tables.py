"""The Parquet files of a recording: segments and figures, with the same columns in every file."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from vocalbaby import annotations
from vocalbaby.annotations.tables import COLUMNS
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Timeline
from vocalbaby.summary import METRICS, Estimate, Figures

__all__ = ["FIGURES", "SEGMENTS", "figures_table", "segments_table", "with_metadata"]

_TEXTS: Final = ("label", "speaker", "tier")

#: Columns of the files of segments. What is known of the recording is in each row, since readers
#: of a dataset do not see the metadata of its files.
SEGMENTS: Final = pa.schema(
    [
        ("recording_id", pa.string()),
        *((name, pa.float64()) for name in COLUMNS[1:3]),
        *((name, pa.string()) for name in _TEXTS),
        *((f"p_{name}", pa.float64()) for name in CLASSES),
        ("message", pa.string()),
        ("recording_duration_s", pa.float64()),
        ("clock_start", pa.string()),
        ("child_id", pa.string()),
        ("corpus", pa.string()),
        ("age_months", pa.float64()),
        ("gender", pa.string()),
    ]
)

#: Columns of the files of figures: a row for the recording, and one for each hour.
FIGURES: Final = pa.schema(
    [
        ("by", pa.string()),
        ("recording_id", pa.string()),
        ("child_id", pa.string()),
        ("corpus", pa.string()),
        ("age_months", pa.float64()),
        ("hour", pa.int32()),
        ("hour_start", pa.string()),
        ("duration_s", pa.float64()),
        *(
            (f"{name}{corrected}{end}", pa.float64())
            for name in METRICS
            for corrected in ("", "_corrected")
            for end in ("", "_low", "_high")
        ),
    ]
)


def segments_table(timeline: Timeline) -> bytes:
    """Return the file of a recording's segments.

    It is a file of the format ``parquet`` of `vocalbaby.annotations`, with the columns of
    `SEGMENTS`.

    Args:
        timeline: The segments.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment
        >>> data = segments_table(Timeline("day1", (Segment(0, 1, "Crying"),)))
        >>> annotations.parse(data, "parquet")[0].segments[0].label
        'Crying'
    """
    written, _ = annotations.serialize(timeline, "parquet")
    table = pq.read_table(io.BytesIO(written))
    child, clock = timeline.child, timeline.clock_start
    constant: dict[str, Any] = {
        "recording_duration_s": timeline.duration_s,
        "clock_start": clock.isoformat() if clock else None,
        "child_id": child.child_id if child else None,
        "corpus": (child.corpus or None) if child else None,
        "age_months": child.age_months if child else None,
        "gender": (child.gender or None) if child else None,
    }
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.array([constant.get(field.name)] * table.num_rows, field.type)
        for field in SEGMENTS
    ]
    others = [name for name in table.column_names if name not in SEGMENTS.names]
    fields = [*SEGMENTS, *(pa.field(name, table.schema.field(name).type) for name in others)]
    columns += [table[name] for name in others]
    schema = pa.schema(fields, metadata=table.schema.metadata)
    return _bytes(pa.Table.from_arrays(columns, schema=schema))


def figures_table(figures: Sequence[Figures], recording_id: str) -> bytes:
    """Return the file of a recording's figures.

    Args:
        figures: Those of the recording and of its hours.
        recording_id: The recording.

    Examples:
        >>> from vocalbaby import summary
        >>> found = summary.summarize(Timeline("day1", duration_s=60.0), by=["recording"])
        >>> table = pq.read_table(io.BytesIO(figures_table(found.figures, "day1")))
        >>> table["recording_id"].to_pylist(), table["voc_chi"].to_pylist()
        (['day1'], [0.0])
    """
    return _bytes(pa.Table.from_pylist([_row(row, recording_id) for row in figures], FIGURES))


def _row(row: Figures, recording_id: str) -> dict[str, Any]:
    unit = row.unit
    values: dict[str, Any] = {
        "by": unit.by,
        "recording_id": recording_id,
        "child_id": unit.child_id,
        "corpus": unit.corpus or None,
        "age_months": unit.age_months,
        "hour": unit.hour,
        "hour_start": unit.hour_start.isoformat() if unit.hour_start else None,
        "duration_s": row.observed_s,
    }
    for name in METRICS:
        values |= _cells(name, row.given[name])
        if row.corrected is not None:
            values |= _cells(f"{name}_corrected", row.corrected[name])
    return values


def _cells(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def with_metadata(data: bytes, values: Mapping[str, str]) -> bytes:
    """Add keys to the metadata of a Parquet file, under names that begin with ``vocalbaby.``.

    Args:
        data: The file.
        values: Text by name.

    Examples:
        >>> data = with_metadata(segments_table(Timeline("day1")), {"model_version": "m-1"})
        >>> pq.read_schema(io.BytesIO(data)).metadata[b"vocalbaby.model_version"]
        b'm-1'
    """
    table = pq.read_table(io.BytesIO(data))
    added = {f"vocalbaby.{name}".encode(): text.encode() for name, text in sorted(values.items())}
    return _bytes(table.replace_schema_metadata({**(table.schema.metadata or {}), **added}))


def _bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
