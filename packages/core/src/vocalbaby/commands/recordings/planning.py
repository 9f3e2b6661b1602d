"""From the arguments of the command to its tasks."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.annotations.registry import Format, format_of_name, named
from vocalbaby.audio.listing import Listed
from vocalbaby.commands.inputs import STDIN, expand
from vocalbaby.commands.recordings.metadata import add_project, metadata_of
from vocalbaby.commands.recordings.tasks import (
    Task,
    below,
    check_parent,
    is_folder,
    output_names,
)
from vocalbaby.corpora.childproject import is_project
from vocalbaby.exception import ConfigError
from vocalbaby.utils.extras import require_extra

__all__ = ["STATE", "check_outputs", "find", "format_of", "plan"]

#: Folder of the state, beside the outputs.
STATE: Final = ".vocalbaby"


def find(inputs: Sequence[str], *, recursive: bool) -> list[Listed]:
    """Expand files, folders, patterns and ChildProject folders to recordings.

    Each recording is an input once. A ChildProject folder stands for all recordings below its
    ``recordings/raw`` and for those that its table lists.

    Raises:
        ConfigError: Standard input is named.
        DataError: The tables of a ChildProject folder are damaged.
    """
    if STDIN in inputs:
        raise ConfigError(
            "A recording cannot be read from standard input.",
            hint="Save it to a file: an interrupted run reads it again.",
        )
    found: list[Listed] = []
    for name in inputs:
        if is_project(name):
            listed = expand([os.path.join(name, "recordings", "raw")], recursive=True)  # noqa: PTH118
            found += [*listed, *add_project(name, listed)]
        else:
            found += expand([name], recursive=recursive)
    seen: set[str] = set()
    return [_looked_at(entry, seen) for entry in found]


def _looked_at(entry: Listed, seen: set[str]) -> Listed:
    """Pass over a recording that is an input already, or that its corpus discards."""
    if entry.reason:
        return entry
    key = os.path.realpath(entry.path)
    if key in seen:
        return Listed(entry.path, "same_file", f"{entry.path} is listed already.")
    seen.add(key)
    if why := metadata_of(entry.path).discarded:
        text = f"{entry.path} is passed over: in metadata/recordings.csv, {why}."
        return Listed(entry.path, "discarded", text)
    return entry


def format_of(name: str, output: str) -> Format:
    """Return the format of the outputs, by its name or by the suffix of the output.

    Raises:
        ConfigError: It is not known, or only read.
        MissingExtraError: It needs an extra that is not installed.
    """
    if not name and (Path(output).is_dir() or not Path(output).suffix):
        raise ConfigError(
            f"{output} has no suffix that tells the format.", hint="Name it: --format rttm."
        )
    found = named(name) if name else format_of_name(output)
    if found.write is None:
        raise ConfigError(
            f"{found.title} is only read, not written.", hint="Name another --format, e.g. eaf."
        )
    if found.name == "parquet":  # now, and not when hours of sound are segmented
        require_extra("tables", "pyarrow")
    return found


def plan(
    files: Sequence[Listed],
    inputs: Sequence[str],
    output: str,
    format_: Format,
    state: Path | None,
) -> list[Task]:
    """Make a task of each recording, and of each that is lost.

    Raises:
        ConfigError: The output is one file for several recordings, or two would have the same.
        DataNotFoundError: The folder of the output does not exist.
    """
    sources = [file for file in files if file.lost or not file.reason]
    if is_folder(output, inputs, len(sources)):
        root = Path(output)
        names = output_names([file.path for file in sources], inputs, format_)
    else:
        root = Path(output).parent
        check_parent(Path(output))
        names = [Path(Path(output).name)] * len(sources)
    states = state or root / STATE
    return [
        _task(file, below(file.path, inputs).with_suffix("").as_posix(), root / name, states / name)
        for file, name in zip(sources, names, strict=True)
    ]


def check_outputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Check that no output replaces an input, also if ``--overwrite`` is given.

    Raises:
        ConfigError: An output is the same file as an input, or two outputs are the same.
    """
    known = {_file(path) for path in inputs}
    for output in outputs:
        if (file := _file(output)) in known:
            raise ConfigError(
                f"{output} is also an input or another output, and would be replaced.",
                hint="Name another output.",
            )
        known.add(file)


def _file(path: Path) -> tuple[int, int] | str:
    """Return the same value for the names of one file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return status.st_dev, status.st_ino


def _task(file: Listed, name: str, output: Path, state: Path) -> Task:
    if file.lost:
        return Task(file, name, output, state)
    known = metadata_of(file.path)
    return Task(file, name, output, state, known.clock, known.child, known.its, known.notes)
