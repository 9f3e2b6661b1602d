"""The inputs of `vocalbaby predict`: files, folders, patterns and standard input."""

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from vocalbaby.audio import SUFFIXES, decode, load
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import DataNotFoundError

__all__ = ["STDIN", "expand", "read"]

#: The argument that stands for standard input.
STDIN: Final = "-"


def expand(names: Iterable[str], *, recursive: bool = False) -> Iterator[str]:
    """Expand files, folders, patterns and ``-`` to single inputs, in the given order.

    A folder is expanded to its audio files, sorted by name, and with ``recursive`` to those
    in its subfolders. A pattern (``*``, ``?``, ``[]``, ``**``) is expanded to its matches,
    sorted. A name that does not exist or holds no audio is yielded as it is, so that
    `read` reports it.
    """
    for name in names:
        yield from _expand(name, recursive=recursive) or [name]


def _expand(name: str, *, recursive: bool) -> list[str]:
    path = Path(name)
    try:
        if path.is_dir():
            return _in_folder(path, recursive=recursive)
        if name == STDIN or not glob.has_magic(name) or path.exists():
            return []
        # Path.glob does not accept absolute patterns.
        matches = glob.glob(name, recursive=True)  # noqa: PTH207
        return [f for f in sorted(matches) if Path(f).is_file()]
    except PermissionError:
        return []


def _in_folder(path: Path, *, recursive: bool) -> list[str]:
    """Audio files of a folder, and its subfolders that cannot be read."""
    found: list[Path] = []
    for folder, _, files in os.walk(path, onerror=lambda e: found.append(Path(e.filename))):
        paths = (Path(folder, file) for file in files)
        found.extend(p for p in paths if p.suffix.lower() in SUFFIXES and p.is_file())
        if not recursive:
            break
    return [str(p) for p in sorted(found)]


def read(name: str) -> Clip:
    """Decode one input.

    Raises:
        DataNotFoundError: The input does not exist, cannot be read, or is a folder without
            audio files.
        AudioError: The input is not usable audio.
    """
    if name == STDIN:
        return decode(sys.stdin.buffer.read(), name="stdin")
    if os.path.isdir(name):  # noqa: PTH112 - Path.is_dir raises PermissionError
        if not os.access(name, os.R_OK | os.X_OK):
            raise DataNotFoundError(
                f"The folder {name} cannot be read.", hint="Check its permissions."
            )
        raise DataNotFoundError(
            f"There is no audio file in the folder {name}.",
            hint="Name another folder, or add --recursive.",
        )
    return load(name)
