"""What ChildProject's tables say about recordings and children."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from vocalbaby.annotations.rows import read_rows
from vocalbaby.annotations.text import SourceName
from vocalbaby.entity.timeline import Child

__all__ = ["Project", "ProjectMetadata", "parse_project", "read_project", "version_of"]

#: Mean length of a month in days.
_MONTH: Final = 365.25 / 12
_NA: Final = {"", "NA"}
_TABLES: Final = ("recordings", "children")
#: Columns of children.csv that are not kept as attributes.
_CHILD: Final = {"child_id", "experiment", "child_dob", "child_sex"}


@dataclass(frozen=True, slots=True)
class ProjectMetadata:
    """What the tables say about a recording.

    Attributes:
        clock: When it began; None if not known.
        child: The child; None if not known.
        its_filename: LENA's file of it, below ``annotations/its/raw``; empty if there is none.
        duration_s: Its length in seconds; None if not known.
        discarded: Why the corpus does not use the recording; empty if it does.
        notes: Cells of its rows that cannot be used.

    Examples:
        >>> ProjectMetadata(duration_s=57_600.0).discarded
        ''
    """

    clock: datetime | None = None
    child: Child | None = None
    its_filename: str = ""
    duration_s: float | None = None
    discarded: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """The tables of a ChildProject folder: rows by recording, and by child.

    Attributes:
        recordings: Cells of each recording by its path below ``recordings/raw``.
        children: Cells of each child by its ID.

    Examples:
        >>> row = {"child_id": "c1", "duration": "3600000", "experiment": "test"}
        >>> known = Project({"c1/day1.wav": row}).of("c1/day1.wav")
        >>> known.child.child_id, known.child.corpus, known.duration_s
        ('c1', 'test', 3600.0)
    """

    recordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    children: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, name: str) -> ProjectMetadata | None:
        """Return what is known of a recording; None if the table does not list it.

        Args:
            name: Its path below ``recordings/raw``.
        """
        row = self.recordings.get(name)
        if row is None:
            return None
        notes: list[str] = []
        its = row.get("its_filename", "")
        return ProjectMetadata(
            clock=_clock(row, name, notes),
            child=_child(row, self.children.get(row.get("child_id", "")), name, notes),
            its_filename="" if its in _NA else its,
            duration_s=_duration(row, name, notes),
            discarded="" if row.get("discard", "0") in {*_NA, "0", "0.0"} else "discard is not 0",
            notes=tuple(notes),
        )


def read_project(root: Path) -> Project:
    """Read the tables of a ChildProject folder, again only if they have changed.

    Args:
        root: The folder; tables that are missing have no rows.

    Raises:
        DataError: A table is damaged, or lacks the column ``child_id``.
    """
    root = root.absolute()
    return _read_project(root, tuple(version_of(root / f"metadata/{name}.csv") for name in _TABLES))


def version_of(path: Path) -> tuple[int, int]:
    """Return time and size of a file, which differ if it has changed; zeros if there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@cache
def _read_project(root: Path, versions: tuple[tuple[int, int], ...]) -> Project:
    del versions  # a part of the key of the cache

    def read(name: str) -> bytes | None:
        path = root / name
        return path.read_bytes() if path.is_file() else None

    return parse_project(read, str(root))


def parse_project(read: Callable[[str], bytes | None], where: str) -> Project:
    r"""Read the tables of a ChildProject folder, wherever it is.

    Args:
        read: Returns the content of a file by its path below the folder, or None.
        where: The folder, for messages.

    Raises:
        DataError: A table is damaged, or lacks the column ``child_id``.

    Examples:
        >>> table = b"child_id,recording_filename\nc1,day1.wav\n"
        >>> files = {"metadata/recordings.csv": table}
        >>> list(parse_project(files.get, "s3://bucket/project").recordings)
        ['day1.wav']
    """
    rows = _rows(read, where, "recordings")
    key = "recording_filename" if any("recording_filename" in row for row in rows) else "filename"
    return Project(
        {row[key]: row for row in rows if row.get(key, "NA") not in _NA},
        {row["child_id"]: row for row in _rows(read, where, "children") if "child_id" in row},
    )


def _rows(read: Callable[[str], bytes | None], where: str, table: str) -> list[dict[str, str]]:
    name = f"metadata/{table}.csv"
    data = read(name)
    if data is None:
        return []
    return [row.cells for row in read_rows(data, SourceName(f"{where}/{name}"), ("child_id",))]


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


def _duration(row: Mapping[str, str], name: str, notes: list[str]) -> float | None:
    """Return the length in seconds; the table has milliseconds."""
    text = row.get("duration", "")
    if text in _NA:
        return None
    if not text.replace(".", "", 1).isdecimal():
        notes.append(f"recordings.csv: {text} is no duration of {name} in ms; it is left out.")
        return None
    return float(text) / 1000


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
