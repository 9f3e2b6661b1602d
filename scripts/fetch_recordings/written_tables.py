"""Write the tables that belong to the clips: labels, licences, and a report of every row."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from scripts.fetch_recordings.making import Outcome
from scripts.fetch_recordings.tables import SETS, Repository, read_csv

__all__ = ["REPORT", "write_licences", "write_metadata", "write_report"]

REPORT: Final = "fetch_report.csv"
_REPORT_COLUMNS: Final = (
    "folder",
    "clip_ID",
    "repository",
    "path",
    "state",
    "rms_difference",
    "reason",
)


def write_metadata(tables: Path, out: Path) -> None:
    """Write the rows of the clips that are there.

    Rows of other clips that a table in ``out`` already has are kept behind them.

    Args:
        tables: Folder of the complete tables.
        out: Folder of the recordings.

    Raises:
        ValueError: A table that is there has other columns; it is left as it is.
        OSError: A table cannot be read or written.
    """
    for clips in SETS:
        rows = read_csv(tables / clips.metadata)
        columns = list(rows[0])
        ours = {row["clip_ID"] for row in rows}
        place = out / clips.metadata
        old = read_csv(place) if place.exists() else []
        if old and list(old[0]) != columns:
            raise ValueError(f"{place} has other columns than {tables / clips.metadata}")
        kept = [row for row in rows if (out / clips.folder / row["clip_ID"]).is_file()]
        kept += [row for row in old if row["clip_ID"] not in ours]
        if kept and kept != old:
            _write(place, columns, ([row[name] for name in columns] for row in kept))


def write_report(outcomes: Iterable[Outcome], out: Path) -> Path:
    """Write what became of each row, and return the path of the table."""
    place = out / REPORT
    lines = []
    for outcome in outcomes:
        row, rms = outcome.row, outcome.rms_difference
        shown = f"{rms:.3g}" if math.isfinite(rms) and not outcome.reason else ""
        lines.append((row.clips.folder, row.clip_id, row.repository.name, row.path, outcome.state,
                      shown, outcome.reason))  # fmt: skip
    _write(place, _REPORT_COLUMNS, sorted(lines))
    return place


def write_licences(repositories: Sequence[Repository], out: Path) -> None:
    """Write whom to name for the recordings."""
    text = "# Licences of the recordings\n\nThe tables name the licence of each clip.\n\n"
    text += "| recordings | licence | attribution |\n| --- | --- | --- |\n"
    text += "".join(f"| {r.name} | {r.licence} | {r.attribution} |\n" for r in repositories)
    place = out / "LICENCES.md"
    if not place.exists() or place.read_text(encoding="utf-8") != text:
        place.write_text(text, encoding="utf-8")


def _write(place: Path, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
