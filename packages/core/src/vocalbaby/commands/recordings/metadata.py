"""What is known about a recording beside its sound: when it began, and of which child it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations.rows import read_rows
from vocalbaby.annotations.text import SourceName
from vocalbaby.audio.listing import Listed
from vocalbaby.entity.timeline import Child

__all__ = ["Metadata", "add_project", "forget_projects", "metadata_of", "project_of", "read_its"]

#: Mean length of a month in days.
_MONTH: Final = 365.25 / 12
_NA: Final = {"", "NA"}
#: Columns of children.csv that are not kept as attributes.
_CHILD: Final = {"child_id", "experiment", "child_dob", "child_sex"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of a recording.

    Attributes:
        clock: When it began; None if not known.
        child: The child; None if not known.
        its: LENA's file of the recording; None if there is none.
        discarded: Why the corpus does not use the recording; empty if it does.
        notes: Cells of its rows that cannot be used.
    """

    clock: datetime | None = None
    child: Child | None = None
    its: Path | None = None
    discarded: str = ""
    notes: tuple[str, ...] = ()


def metadata_of(source: str) -> Metadata:
    """Find the metadata of a recording, of its ChildProject folder or of an ``.its`` beside it.

    Raises:
        DataError: The tables of the ChildProject folder are damaged.
    """
    path = Path(source)
    beside = next((p for p in map(path.with_suffix, (".its", ".ITS")) if p.is_file()), None)
    root = project_of(path)
    if root is None:
        return Metadata(its=beside)
    project = _read_project(root)
    name = path.absolute().relative_to((root / "recordings" / "raw").absolute()).as_posix()
    row = project.recordings.get(name)
    if row is None:
        return Metadata(its=beside)
    its = root / "annotations" / "its" / "raw" / row.get("its_filename", "")
    notes: list[str] = []
    return Metadata(
        clock=_clock(row, name, notes),
        child=_child(row, project.children.get(row.get("child_id", "")), name, notes),
        its=beside or (its if its.is_file() else None),
        discarded="" if row.get("discard", "0") in {*_NA, "0", "0.0"} else "discard is not 0",
        notes=tuple(notes),
    )


def project_of(path: Path) -> Path | None:
    """Return the ChildProject folder that a path is in, below ``recordings/raw``."""
    for parent in path.absolute().parents:
        if parent.name == "raw" and parent.parent.name == "recordings":
            root = parent.parent.parent
            return root if (root / "metadata" / "recordings.csv").is_file() else None
    return None


def add_project(folder: str, found: list[Listed]) -> list[Listed]:
    """Add the recordings that a ChildProject folder lists, but that are not in ``found``."""
    root = Path(folder)
    known = {Path(entry.path).absolute() for entry in found}
    raw = root / "recordings" / "raw"
    return [
        Listed(
            str(raw / name),
            "missing",
            f"{raw / name} does not exist, but metadata/recordings.csv lists it.",
            "Fetch the recording, or set its recording_filename to NA.",
            lost=True,
        )
        for name in _read_project(root).recordings
        if (raw / name).absolute() not in known
    ]


def read_its(path: Path) -> Metadata:
    """Read clock and child of an ``.its`` file."""
    (timeline,) = annotations.read(path, "its")
    return Metadata(clock=timeline.clock_start, child=timeline.child)


@dataclass(frozen=True, slots=True)
class _Project:
    """The tables of a ChildProject folder: rows by recording, and by child."""

    recordings: Mapping[str, dict[str, str]] = field(default_factory=dict)
    children: Mapping[str, dict[str, str]] = field(default_factory=dict)


@cache
def _read_project(root: Path) -> _Project:
    recordings, children = (root / "metadata" / f"{n}.csv" for n in ("recordings", "children"))
    rows = _rows(recordings, ("child_id",))
    key = "recording_filename" if any("recording_filename" in row for row in rows) else "filename"
    return _Project(
        {row[key]: row for row in rows if row.get(key, "NA") not in _NA},
        {row["child_id"]: row for row in _rows(children, ("child_id",)) if "child_id" in row},
    )


def forget_projects() -> None:
    """Read the tables of projects anew when they are needed again."""
    _read_project.cache_clear()


def _rows(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    return [row.cells for row in read_rows(path.read_bytes(), SourceName(str(path)), required)]


def _clock(row: Mapping[str, str], name: str, notes: list[str]) -> datetime | None:
    day, time = row.get("date_iso", ""), row.get("start_time", "")
    if day in _NA or time in _NA:
        return None
    try:
        return datetime.fromisoformat(f"{day}T{'0' * (time[1:2] == ':')}{time}")
    except ValueError:
        text = f"recordings.csv: {day} {time} of {name} is no date_iso and start_time"
        notes.append(f"{text}, such as 2024-05-31 and 09:30; they are left out.")
        return None


def _child(
    row: Mapping[str, str], child: Mapping[str, str] | None, name: str, notes: list[str]
) -> Child | None:
    if (child_id := row.get("child_id", "")) in _NA:
        return None
    child = child or {}
    sex = child.get("child_sex", "")[:1].upper()
    return Child(
        child_id,
        corpus=row.get("experiment", child.get("experiment", "")),
        age_months=_age(row, child, name, notes),
        gender=sex if sex in {"M", "F"} else "",
        attributes={k: v for k, v in child.items() if k not in _CHILD and v not in _NA},
    )


def _age(
    row: Mapping[str, str], child: Mapping[str, str], name: str, notes: list[str]
) -> float | None:
    born, day = child.get("child_dob", ""), row.get("date_iso", "")
    if born in _NA or day in _NA:
        return None
    why = f"the child_dob {born} is after the date_iso {day}"
    try:
        days = (date.fromisoformat(day) - date.fromisoformat(born)).days
    except ValueError:
        days, why = -1, f"{born} is no child_dob, or {day} no date_iso, such as 2024-05-31"
    if days < 0:
        notes.append(f"children.csv: {why}; the child of {name} has no age.")
        return None
    return round(days / _MONTH, 2)
