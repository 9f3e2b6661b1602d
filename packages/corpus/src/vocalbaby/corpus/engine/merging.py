"""One file for all recordings: segments, figures, and a table of the recordings."""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.records import DatasetFile, Record
from vocalbaby.corpus.engine.tables import FIGURES, SEGMENTS
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError

__all__ = ["RECORDINGS", "merge"]

#: Rows that are written together: a group for each recording would be mostly descriptions.
_ROWS: Final = 20_000

#: Columns of the table of recordings.
RECORDINGS: Final = pa.schema(
    [
        ("recording_id", pa.string()),
        ("corpus", pa.string()),
        ("child_id", pa.string()),
        ("url", pa.string()),
        ("state", pa.string()),
        ("duration_s", pa.float64()),
        *((f"n_{name}", pa.int64()) for name in CLASSES),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
        ("model_version", pa.string()),
        ("vocalbaby", pa.string()),
        ("content", pa.string()),
        ("notes", pa.string()),
    ]
)


def merge(
    dataset: Dataset, out: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Write ``segments.parquet``, ``figures.parquet`` and ``recordings.parquet``.

    Rows are in the order of the names of recordings. Some recordings are in memory at a time.

    Args:
        dataset: The results.
        out: Folder of the files, which is created; files of these names are replaced.
        progress: Called with the recordings that are done, and all.

    Returns:
        Number of rows by name of the file.

    Raises:
        DataError: A file of a recording is missing or damaged.
    """
    records = sorted(dataset.records(), key=lambda each: each.recording_id)
    out.mkdir(parents=True, exist_ok=True)
    done = [record for record in records if record.is_done]
    rows = {}
    for name, schema in (("segments", SEGMENTS), ("figures", FIGURES)):
        files = ((each.recording_id, getattr(each, name)) for each in done)
        steps = _counted(files, len(done), progress if name == "segments" else None)
        rows[name] = _write(out / f"{name}.parquet", schema, _tables(dataset, steps, schema))
    table = pa.Table.from_pylist([_row(record) for record in records], RECORDINGS)
    rows["recordings"] = _write(out / "recordings.parquet", RECORDINGS, [table])
    return rows


def _counted(
    files: Iterable[tuple[str, DatasetFile | None]],
    total: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[str, DatasetFile]]:
    for number, (recording_id, file) in enumerate(files, 1):
        if file is not None:
            yield recording_id, file
        if progress is not None:
            progress(number, total)


def _tables(
    dataset: Dataset, files: Iterable[tuple[str, DatasetFile]], schema: pa.Schema
) -> Iterator[pa.Table]:
    for recording_id, file in files:
        data = dataset.read(file)
        if data is None:
            raise DataError(
                f"{file.name} of {recording_id} is missing or damaged.",
                hint="Run `vocalbaby corpus verify --repair`, and the archive again.",
            )
        yield pq.read_table(io.BytesIO(data)).select(schema.names)


def _write(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> int:
    rows = 0
    partial = path.with_name(f".{path.name}.new")
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table.replace_schema_metadata(None).cast(schema))
            rows += table.num_rows
            if sum(each.num_rows for each in waiting) >= _ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if rows and waiting:
            writer.write_table(pa.concat_tables(waiting))
    partial.replace(path)
    return rows


def _row(record: Record) -> dict[str, Any]:
    return {
        "recording_id": record.recording_id,
        "corpus": record.corpus or None,
        "child_id": record.child_id,
        "url": record.url,
        "state": "done" if record.is_done else "failed",
        "duration_s": record.duration_s,
        **{f"n_{name}": record.counts.get(name, 0) for name in CLASSES if record.is_done},
        "error_code": record.error.get("code"),
        "error_message": record.error.get("message"),
        "model_version": record.made_from.get("model_version"),
        "vocalbaby": record.made_from.get("vocalbaby"),
        "content": record.source.content if record.source else None,
        "notes": "\n".join(record.notes) or None,
    }
