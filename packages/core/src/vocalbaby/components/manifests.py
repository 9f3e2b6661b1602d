"""Reading and writing the clip manifest: ``manifest.csv``, ``rejections.csv``, ``notes.csv``."""

import csv
import os
from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Final

from vocalbaby.entity.manifest import MANIFEST_COLUMNS, ClipRecord, Manifest, Note, Rejection
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["MANIFEST_FILE", "NOTES_FILE", "REJECTIONS_FILE", "read_manifest", "write_manifest"]

MANIFEST_FILE: Final = "manifest.csv"
REJECTIONS_FILE: Final = "rejections.csv"
NOTES_FILE: Final = "notes.csv"

_HINT: Final = "Run `vocalbaby ingest`."


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the tables, with audio paths relative to ``folder``; notes only if there are any.

    Relative paths make the tables, and their hashes, the same on every machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    relative = (
        replace(r, path=Path(os.path.relpath(r.path, folder)).as_posix()) for r in manifest.records
    )
    _write(folder / MANIFEST_FILE, MANIFEST_COLUMNS, map(astuple, relative))
    _write(
        folder / REJECTIONS_FILE,
        tuple(f.name for f in fields(Rejection)),
        map(astuple, manifest.rejections),
    )
    notes = folder / NOTES_FILE
    if manifest.notes:
        _write(notes, tuple(f.name for f in fields(Note)), map(astuple, manifest.notes))
    else:
        notes.unlink(missing_ok=True)


def read_manifest(folder: Path) -> Manifest:
    """Read the tables, and resolve audio paths relative to ``folder``.

    Raises:
        DataNotFoundError: A table does not exist.
        DataError: A table has unexpected columns, or a number cannot be parsed.
    """
    records = []
    for line, row in _read(folder / MANIFEST_FILE, MANIFEST_COLUMNS):
        try:
            age = int(row["age_mo_round"]) if row["age_mo_round"] else None
            duration = float(row["duration_s"])
        except ValueError as error:
            raise DataError(f"{folder / MANIFEST_FILE}:{line}: {error}.", hint=_HINT) from None
        path = str(folder / row["path"])
        known = {"age_mo_round": age, "duration_s": duration, "path": path}
        records.append(ClipRecord(**{**row, **known}))  # type: ignore[arg-type] # cells by name
    columns = tuple(f.name for f in fields(Rejection))
    rejections = [Rejection(**row) for _, row in _read(folder / REJECTIONS_FILE, columns)]
    notes: list[Note] = []
    if (folder / NOTES_FILE).is_file():
        names = tuple(f.name for f in fields(Note))
        notes = [Note(**row) for _, row in _read(folder / NOTES_FILE, names)]
    return Manifest(tuple(records), tuple(rejections), tuple(notes))


def _write(
    path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str | int | float | None, ...]]
) -> None:
    # The name of a rejected file may not be valid Unicode.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _read(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise DataNotFoundError(f"There is no {path}.", hint=_HINT)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            if tuple(reader.fieldnames or ()) != columns:
                raise DataError(
                    f"{path} has the columns {', '.join(reader.fieldnames or ('none',))}.",
                    hint=f"It needs {', '.join(columns)}, in this order.",
                )
            rows = []
            for row in reader:
                if None in row:
                    raise DataError(f"{path}:{reader.line_num} has too many cells.", hint=_HINT)
                rows.append((reader.line_num, row))
            return rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV table in UTF-8: {error}.", hint=_HINT) from None
