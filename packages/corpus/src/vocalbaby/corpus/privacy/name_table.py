"""The table of the names behind pseudonyms, which grows with every export of its key."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from vocalbaby.entity.timeline import Child, Timeline
from vocalbaby.exception import ConfigError, DataNotFoundError

__all__ = ["COLUMNS", "own_names", "require_apart", "with_own_names", "write_names"]

#: Columns of the table.
COLUMNS: Final = ("recording_id", "pseudonym", "corpus", "child_id", "child_pseudonym")


def require_apart(key: Path, out: Path) -> None:
    """Require that the key, and so the table of names, is not in the folder that is shared.

    Args:
        key: The file of the key.
        out: The folder.

    Raises:
        ConfigError: It is.

    Examples:
        >>> require_apart(Path("lab.key"), Path("shared"))
        >>> require_apart(Path("shared/lab.key"), Path("shared"))
        Traceback (most recent call last):
        vocalbaby.exception.ConfigError: The key shared/lab.key is in the folder that is shared...
    """
    if key.resolve().is_relative_to(out.resolve()):
        raise ConfigError(
            f"The key {key} is in the folder that is shared, {out}.",
            hint="Keep the key elsewhere: it and the table beside it give the names.",
        )


def write_names(timelines: Sequence[Timeline], hidden: Mapping[str, Timeline], key: Path) -> Path:
    """Add the names behind the pseudonyms to the table beside the key, for its owner only.

    Names of former exports stay in the table. It is replaced as a whole.

    Args:
        timelines: The recordings with their own names.
        hidden: What is shared of each, by its own name.
        key: The file of the key.

    Returns:
        The file of the table.

    Raises:
        ConfigError: There is a file of this name that is no such table.
    """
    path = _table_of(key)
    rows = dict.fromkeys(_read(path))
    for timeline in timelines:
        child, other = timeline.child, hidden[timeline.recording_id]
        names = (child.corpus, child.child_id) if child else ("", "")
        shared = other.child.child_id if other.child else ""
        rows[(timeline.recording_id, other.recording_id, *names, shared)] = None
    partial = path.with_name(f".{path.name}.new")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])
    partial.replace(path)
    return path


def own_names(key: Path) -> dict[str, tuple[str, str, str]]:
    """Return the recording, the corpus and the child behind each pseudonym of a recording.

    Args:
        key: The file of the key.

    Raises:
        DataNotFoundError: There is no table beside it.
        ConfigError: The file beside it is no such table.
    """
    rows = _read(_table_of(key))
    if not rows:
        raise DataNotFoundError(
            f"There are no names in {_table_of(key)}.", hint="Name the key of the export."
        )
    return {row[1]: (row[0], row[2], row[3]) for row in rows}


def with_own_names(timeline: Timeline, names: Mapping[str, tuple[str, str, str]]) -> Timeline:
    """Return a timeline under the name that its recording has in the archive.

    Args:
        timeline: The timeline under a pseudonym.
        names: What `own_names` returned.

    Raises:
        DataNotFoundError: The pseudonym is not in the table.

    Examples:
        >>> shared = Timeline("k3v", child=Child("x7q", age_months=9.0))
        >>> found = with_own_names(shared, {"k3v": ("c07/day1", "lab", "c07")})
        >>> found.recording_id, found.child.child_id, found.child.age_months
        ('c07/day1', 'c07', 9.0)
    """
    if timeline.recording_id not in names:
        raise DataNotFoundError(
            f"{timeline.recording_id} is no pseudonym in the table beside the key.",
            hint="Name the key of the export.",
        )
    recording, corpus, child_id = names[timeline.recording_id]
    child = timeline.child
    own = Child(child_id, corpus, child.age_months, child.gender) if child else None
    return replace(timeline, recording_id=recording, child=own)


def _table_of(key: Path) -> Path:
    return key.with_name(f"{key.name}.names.csv")


def _read(path: Path) -> list[tuple[str, ...]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [tuple(row) for row in csv.reader(stream)]
    except FileNotFoundError:
        return []
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if not rows or rows[0] != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise ConfigError(
            f"{path} is no table of names of `vocalbaby export`.",
            hint="Move it, or restore it: names of former exports are in it.",
        )
    return rows[1:]
