"""The tables that say which clips there are, where they come from, and how they are checked."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.fetch_recordings.checks import Check

__all__ = ["SETS", "ClipSet", "Repository", "Row", "read_csv", "read_repositories", "read_rows"]


@dataclass(frozen=True, slots=True)
class ClipSet:
    """One folder of clips and its two tables.

    Attributes:
        folder: Name of the folder.
        prefix: What the names of ``metadata.csv`` and ``sources.csv`` begin with.
        normalised: Whether the sources are freed of their mean and scaled before cutting.
    """

    folder: str
    prefix: str
    normalised: bool

    @property
    def metadata(self) -> str:
        """Name of the table of labels."""
        return f"{self.prefix}metadata.csv"


SETS: Final = (
    ClipSet("clips", "", normalised=True),
    ClipSet("hard", "hard_", normalised=False),
    ClipSet("donateacry", "donateacry_", normalised=True),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A public source.

    Attributes:
        key: Its name on the command line.
        name: Its name in the tables: ``owner/name`` on GitHub, or a Debian package.
        address: URL for git, or ``package=version`` for apt.
        sha256: Checksum of the Debian package; empty for git, where the commit is one.
        licence: The licence or licences.
        attribution: Whom to name.
    """

    key: str
    name: str
    address: str
    sha256: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Row:
    """One clip: a part of a file of a repository.

    Attributes:
        clip_id: Name of the clip's file.
        clips: Where the clip belongs.
        repository: Where the file comes from.
        commit: Commit of the repository, or version of the program in the package.
        path: The file's path in the repository.
        start: First sample of the clip at 16 kHz.
        check: Length and checksums of the clip.
    """

    clip_id: str
    clips: ClipSet
    repository: Repository
    commit: str
    path: str
    start: int
    check: Check


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a table; the first line has the names of the columns."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_repositories(tables: Path) -> list[Repository]:
    """Read ``repositories.csv``."""
    names = ("key", "repository", "address", "sha256", "licence", "attribution")
    rows = read_csv(tables / "repositories.csv")
    return [Repository(*(row[name] for name in names)) for row in rows]


def read_rows(tables: Path, only: Iterable[str] = ()) -> list[Row]:
    """Read the rows of all tables of sources, in their order.

    Args:
        tables: Folder of the tables.
        only: Keys of repositories; by default, all.

    Raises:
        ValueError: There is no such key.
        KeyError: A row names a repository or clip that the other tables lack.
        OSError: A table cannot be read.
    """
    repositories = {each.name: each for each in read_repositories(tables)}
    wanted = set(only)
    known = {each.key for each in repositories.values()}
    if unknown := wanted - known:
        raise ValueError(
            f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
    checks = {
        (row["folder"], row["clip_ID"]): Check.of_row(row)
        for row in read_csv(tables / "checks.csv")
    }
    rows = []
    for clips in SETS:
        for row in read_csv(tables / f"{clips.prefix}sources.csv"):
            repository = repositories[row["repository"]]
            if not wanted or repository.key in wanted:
                # int, because the clips were cut so: 2.01 * 16000 is slightly less than 32160.
                start = int(float(row["start_s"]) * 16_000)
                check = checks[clips.folder, row["clip_ID"]]
                place = (repository, row["commit"], row["path"], start)
                rows.append(Row(row["clip_ID"], clips, *place, check))
    return rows
