"""The recordings of a run, and where the segments of each go."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vocalbaby.annotations.registry import Format
from vocalbaby.audio.listing import Listed
from vocalbaby.commands.recordings.given import GivenSegments
from vocalbaby.entity.timeline import Child
from vocalbaby.exception import ConfigError, DataNotFoundError

__all__ = ["Settings", "Task", "below", "check_parent", "is_folder", "output_names"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for all recordings of a run.

    Attributes:
        model: Folder or zip of the model's bundle; None for the built-in one.
        config: Settings of the segmentation, as JSON.
        format: Name of the format of annotations.
        classes: Classes of the infant whose segments are written.
        junk: Whether segments of other sound are written.
        keep_evidence: Whether the evidence remains when a recording is finished.
        overwrite: Whether files that were not made by this command, or were changed, are replaced.
        given: Segments of another tool; None if segments are looked for.
        listener: File of a listener; None to do without.
    """

    model: Path | None
    config: str
    format: str
    classes: tuple[str, ...]
    junk: bool
    keep_evidence: bool = False
    overwrite: bool = False
    given: GivenSegments | None = None
    listener: Path | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A recording of a run.

    Attributes:
        source: The recording, as it was found.
        name: Its name in the annotations: its path below the input that is its folder, without
            suffix, so that recordings of the same name in two folders are two.
        output: The file of its segments.
        state: Beginning of the names of the files from which an interrupted run goes on.
        clock: Start by metadata; None if the ``.its`` or the name may know it.
        child: The child by metadata, or None.
        its: LENA's file of the recording, or None.
        notes: What of the metadata cannot be used.
    """

    source: Listed
    name: str
    output: Path
    state: Path
    clock: datetime | None = None
    child: Child | None = None
    its: Path | None = None
    notes: tuple[str, ...] = ()


def is_folder(output: str, inputs: Sequence[str], recordings: int) -> bool:
    """Whether the output is a folder: it is one, ends like one, or there are several recordings.

    Raises:
        ConfigError: There are several recordings, and the output is named like a file.
    """
    if Path(output).is_dir() or output.endswith(("/", "\\")):
        return True
    several = recordings > 1 or any(Path(name).is_dir() for name in inputs)
    if several and Path(output).suffix:
        raise ConfigError(
            f"There are several recordings, and {output} is one file.",
            hint="Name a folder, with / at its end if it is new.",
        )
    return several


def output_names(sources: Sequence[str], inputs: Sequence[str], format_: Format) -> list[Path]:
    """Return the path of each output below the folder of outputs.

    Recordings of a folder keep their subfolders. Where two would have the same output, they keep
    their suffixes as well.

    Args:
        sources: Paths of the recordings.
        inputs: The arguments of the command.
        format_: Format of the outputs.

    Raises:
        ConfigError: Two recordings would be written to the same file.
    """
    paths = [below(source, inputs) for source in sources]
    suffix = format_.suffixes[0]
    stems = Counter(_folded(path.with_suffix(suffix)) for path in paths)
    names = [
        path.with_suffix(suffix)
        if stems[_folded(path.with_suffix(suffix))] == 1
        else path.with_name(path.name + suffix)
        for path in paths
    ]
    counts = Counter(map(_folded, names))
    if twice := [s for s, name in zip(sources, names, strict=True) if counts[_folded(name)] > 1]:
        raise ConfigError(
            f"{' and '.join(twice[:2])} would be written to the same file.",
            hint="Segment them one by one, or name the folder that contains both.",
        )
    return names


def below(source: str, inputs: Sequence[str]) -> Path:
    """Return the path of a recording below the input that is its folder."""
    for folder in sorted(filter(os.path.isdir, inputs), key=len, reverse=True):
        relative = os.path.relpath(source, folder)
        if not relative.startswith(".."):
            parts = Path(relative).parts
            raw = parts[:2] == ("recordings", "raw")  # of a ChildProject folder
            return Path(*parts[2:]) if raw and len(parts) > 2 else Path(relative)
    return Path(Path(source).name)


def _folded(path: Path) -> str:
    """Return the same text for names that are one file on some systems."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def check_parent(output: Path) -> None:
    """Check that the folder of an output file exists.

    Raises:
        DataNotFoundError: It does not.
    """
    if not output.parent.is_dir():
        raise DataNotFoundError(
            f"The folder {output.parent} does not exist.", hint="Create it first."
        )
