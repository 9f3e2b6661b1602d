"""The inputs of ``vocalbaby summarize``: annotations of recordings, and what is known of these."""

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations import FORMATS
from vocalbaby.commands.recordings.metadata import metadata_of
from vocalbaby.corpora.childproject import read_project
from vocalbaby.corpora.childproject.layout import RAW, RECORDINGS
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError, VocalBabyError

__all__ = ["Annotated", "read_all", "with_project"]

_SUFFIXES: Final = {suffix.lower() for each in FORMATS.values() for suffix in each.suffixes}


@dataclass(slots=True)
class Annotated:
    """Timelines that were read, and what became of every other file.

    Attributes:
        timelines: The timelines, in the order of the inputs.
        failed: Files that cannot be read: path and message.
        passed_over: Files in folders that are no annotations.
        subfolders: Folders in folders whose files are not read.
    """

    timelines: list[Timeline] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    subfolders: list[str] = field(default_factory=list)


def read_all(inputs: Sequence[str], format_: str | None, *, recursive: bool) -> Annotated:
    """Read files, folders and patterns of annotations.

    A file that is named must be annotations. Files of a folder are chosen by their suffixes, and
    those whose content is of no format of annotations are passed over. A recording that is named
    after its file in a subfolder is named by the path below the folder, so that files of the same
    name in two subfolders are two recordings.

    Raises:
        ConfigError: The format is not known.
        DataError: Two files are of the same recording.
    """
    found = Annotated()
    sources: dict[str, str] = {}
    if not recursive:
        found.subfolders += [str(p) for name in inputs for p in _subfolders(Path(name))]
    for path, folder in _paths(inputs, recursive=recursive):
        try:
            timelines = annotations.read(path, format_)
        except ConfigError as error:
            if format_ or folder is None:
                raise
            del error
            found.passed_over.append(str(path))
            continue
        except (DataError, DataNotFoundError, OSError) as error:
            text = error.message if isinstance(error, VocalBabyError) else str(error)
            found.failed.append((str(path), text))
            continue
        if folder is not None:
            below = path.relative_to(folder).with_suffix("").as_posix()
            timelines = tuple(
                replace(each, recording_id=below) if each.recording_id == path.stem else each
                for each in timelines
            )
        for timeline in timelines:
            first = sources.setdefault(timeline.recording_id, str(path))
            if first != str(path):
                raise DataError(
                    f"{first} and {path} are both of the recording {timeline.recording_id}.",
                    hint="Name one file of annotations for each recording.",
                )
        found.timelines += timelines
    return found


def _paths(inputs: Sequence[str], *, recursive: bool) -> Iterator[tuple[Path, Path | None]]:
    """Yield each file once, and the folder that it was found in; None for one that is named."""
    seen: set[Path] = set()
    for name in inputs:
        is_pattern = glob.has_magic(name) and not Path(name).exists()
        matches = [name]
        if is_pattern:
            matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - of any folder
        if not matches:
            raise DataNotFoundError(f"The pattern {name} matches no file or folder.")
        for match in map(Path, matches):
            files = _in_folder(match, recursive=recursive) if match.is_dir() else [match]
            for path in files:
                if (key := path.resolve()) not in seen:
                    seen.add(key)
                    in_folder = match if match.is_dir() else match.parent
                    yield path, in_folder if path != match or is_pattern else None


def _subfolders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _in_folder(folder: Path, *, recursive: bool) -> list[Path]:
    files = folder.rglob("*") if recursive else folder.glob("*")
    chosen = sorted(
        path
        for path in files
        if path.suffix.lower() in _SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not chosen:
        raise DataNotFoundError(
            f"There are no annotations in the folder {folder}.",
            hint="Name another folder, or add --recursive.",
        )
    return chosen


def with_project(timelines: Sequence[Timeline], root: Path) -> list[Timeline]:
    """Add the clock time, duration and child of ChildProject's tables, where they are not known.

    A recording is found by its name, with or without suffix, or by its name without folder and
    suffix.

    Raises:
        DataNotFoundError: The folder has no ``metadata/recordings.csv``.
        DataError: A table is damaged.
    """
    if not (root / RECORDINGS).is_file():
        raise DataNotFoundError(f"{root} has no metadata/recordings.csv.")
    by_name: dict[str, list[str]] = {}
    by_stem: dict[str, list[str]] = {}
    for name in read_project(root).recordings:
        path = PurePosixPath(name)
        for key in {name, str(path.with_suffix(""))}:
            by_name.setdefault(key, []).append(name)
        by_stem.setdefault(path.stem, []).append(name)
    return [_described(each, root, by_name, by_stem) for each in timelines]


def _described(
    timeline: Timeline,
    root: Path,
    by_name: Mapping[str, list[str]],
    by_stem: Mapping[str, list[str]],
) -> Timeline:
    own = timeline.recording_id
    fitting = by_name.get(own) or by_stem.get(Path(own).stem, [])
    if len(fitting) != 1:
        return timeline
    known = metadata_of(str(root / RAW / fitting[0]))
    return replace(
        timeline,
        clock_start=timeline.clock_start or known.clock,
        child=timeline.child or known.child,
        duration_s=known.duration_s if timeline.duration_s is None else timeline.duration_s,
    )
