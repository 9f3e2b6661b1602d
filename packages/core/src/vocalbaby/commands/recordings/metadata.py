"""What is known about a recording beside its sound: when it began, and of which child it is."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vocalbaby import annotations
from vocalbaby.audio.listing import Listed
from vocalbaby.corpora.childproject import project_of, read_project
from vocalbaby.corpora.childproject.layout import RAW
from vocalbaby.entity.timeline import Child

__all__ = ["Metadata", "add_project", "metadata_of", "read_its"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of a recording.

    Attributes:
        clock: When it began; None if not known.
        child: The child; None if not known.
        its: LENA's file of the recording; None if there is none.
        duration_s: Its length by the table of its corpus, in seconds; None if not known.
        discarded: Why the corpus does not use the recording; empty if it does.
        notes: Cells of its rows that cannot be used.
    """

    clock: datetime | None = None
    child: Child | None = None
    its: Path | None = None
    duration_s: float | None = None
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
    name = path.absolute().relative_to((root / RAW).absolute()).as_posix()
    known = read_project(root).of(name)
    if known is None:
        return Metadata(its=beside)
    its = root / "annotations" / "its" / "raw" / known.its_filename
    return Metadata(
        clock=known.clock,
        child=known.child,
        its=beside or (its if known.its_filename and its.is_file() else None),
        duration_s=known.duration_s,
        discarded=known.discarded,
        notes=known.notes,
    )


def add_project(folder: str, found: list[Listed]) -> list[Listed]:
    """Add the recordings that a ChildProject folder lists, but that are not in ``found``."""
    root = Path(folder)
    known = {Path(entry.path).absolute() for entry in found}
    raw = root / RAW
    return [
        Listed(
            str(raw / name),
            "missing",
            f"{raw / name} does not exist, but metadata/recordings.csv lists it.",
            "Fetch the recording, or set its recording_filename to NA.",
            lost=True,
        )
        for name in read_project(root).recordings
        if (raw / name).absolute() not in known
    ]


def read_its(path: Path) -> Metadata:
    """Read clock and child of an ``.its`` file."""
    (timeline,) = annotations.read(path, "its")
    return Metadata(clock=timeline.clock_start, child=timeline.child)
