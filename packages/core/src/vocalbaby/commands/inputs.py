"""The inputs of `vocalbaby predict`: files, folders, patterns and standard input."""

import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from vocalbaby.audio import AudioLimits, decode, listing, load
from vocalbaby.audio.listing import Listed
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import DataNotFoundError

__all__ = ["STDIN", "expand", "path_key", "read"]

#: The argument that stands for standard input.
STDIN: Final = "-"


def expand(names: Iterable[str], *, recursive: bool = False) -> list[Listed]:
    """Expand files, folders, patterns and ``-`` to single inputs, in the given order.

    A folder is expanded by `vocalbaby.audio.listing.list_folder`. A pattern (``*``,
    ``?``, ``[]``, ``**``) is expanded to its matches, sorted, and folders among them
    are expanded too. A file that is named is always an input. One that is found by a pattern
    or in a folder is an input once; after that its reason is ``same_file``.

    Returns:
        Inputs and files that are passed over. `read` raises for an entry that is ``lost``.
    """
    found: list[Listed] = []
    seen: set[str] = set()
    for name in names:
        for match in _matches(name):
            entries = _one(match, recursive=recursive)
            is_named = len(entries) == 1 and entries[0].path == name
            found += entries if is_named else _once(entries, seen)
            seen.update(path_key(file.path) for file in entries)
    return found


def _matches(name: str) -> list[Listed | str]:
    """Return the files and folders of a name; an entry if it is a pattern without any."""
    if name == STDIN or not glob.has_magic(name) or os.path.lexists(name):
        return [name]
    if matches := listing.expand_pattern(name):
        return matches
    text = f"The pattern {name} matches no file or folder{_below(name)}."
    return [Listed(name, "missing", text, "Check its spelling and the folder.", lost=True)]


def _once(files: Iterable[Listed], seen: set[str]) -> Iterator[Listed]:
    """Pass over the recordings that are inputs already."""
    for file in files:
        text = f"{file.path} is listed already."
        is_again = not file.reason and path_key(file.path) in seen
        yield Listed(file.path, "same_file", text) if is_again else file


def _one(name: Listed | str, *, recursive: bool) -> list[Listed]:
    if isinstance(name, Listed):
        return [name]
    if name == STDIN:
        return [Listed(name)]
    if os.path.isdir(name):  # noqa: PTH112 - Path.is_dir raises PermissionError
        return _in_folder(name, recursive=recursive)
    if os.path.lexists(name) or not _is_missing(name):
        return [listing.look_at(name)]
    text = f"{name} does not exist{_below(name)}." if name else "The name of an input is empty."
    return [Listed(name, "missing", text, "Check the path.", lost=True)]


def _in_folder(name: str, *, recursive: bool) -> list[Listed]:
    found = listing.list_folder(name, recursive=recursive)
    if not any(file.lost or not file.reason for file in found):
        passed = listing.describe_counts(found)
        text = f"There is no recording in the folder {name}{_below(name)}" + (
            f", only {passed}." if passed else "; it is empty."
        )
        deeper = any(file.reason == "subfolder" for file in found)
        hint = "Name another folder, or add --recursive." if deeper else "Name another folder."
        return [*found, Listed(name, "no_recordings", text, hint, lost=True)]
    return found


def path_key(path: str) -> str:
    """Return the same text for each way of writing a path; a link is not its target."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder or "."), name)  # noqa: PTH118 - text


def _below(name: str) -> str:
    """Return where a relative path was looked for."""
    return "" if os.path.isabs(name) else f" in {Path.cwd()}"  # noqa: PTH117 - text


def _is_missing(name: str) -> bool:
    try:
        os.lstat(name)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def read(file: Listed) -> Clip:
    """Decode one input.

    Raises:
        DataNotFoundError: The input does not exist, cannot be read, is a folder without
            recordings, or is no file with content.
        AudioError: The input is not usable audio.
    """
    if file.lost:
        raise DataNotFoundError(file.message, hint=file.hint)
    if file.path == STDIN:
        return decode(sys.stdin.buffer.read(AudioLimits().max_bytes + 1), name="stdin")
    try:
        is_pipe = stat.S_ISFIFO(os.stat(file.path).st_mode)  # noqa: PTH116 - text
    except (OSError, ValueError):
        is_pipe = False
    if is_pipe:
        with open(file.path, "rb") as stream:  # noqa: PTH123 - text
            return decode(stream.read(AudioLimits().max_bytes + 1), name=Path(file.path).name)
    return load(file.path)
