"""Expansion of patterns such as ``day*/**/*.wav``, which links in a circle do not make endless."""

import fnmatch
import glob
import os
from collections.abc import Iterator

from vocalbaby.audio.listing.folders import unreadable
from vocalbaby.audio.listing.listed import Listed

__all__ = ["expand_pattern"]


def expand_pattern(pattern: str) -> list[Listed | str]:
    """Return the files and folders that a pattern matches, sorted, as `glob.glob` does.

    ``**`` stands for any folders. Unlike there, a folder that links reach again is not searched
    again, and a folder that cannot be read is an entry that is ``lost``.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as root:
        ...     _ = Path(root, "a.wav").write_bytes(b"")
        ...     Path(root, "loop").symlink_to(root)
        ...     [Path(str(match)).name for match in expand_pattern(f"{root}/**/*.wav")]
        ['a.wav']
    """
    start, *parts = pattern.split("/")
    found = [""] if glob.has_magic(start) else [f"{start}/"]
    if glob.has_magic(start):
        parts = [start, *parts]
    lost: dict[str, Listed] = {}
    for place, part in enumerate(parts, 1):
        last = place == len(parts)
        matches: dict[str, None] = {}
        for folder in found:
            matches |= dict.fromkeys(_matches(folder, part, lost, last=last))
        found = list(matches)
    return [*sorted(found), *lost.values()]


def _matches(folder: str, part: str, lost: dict[str, Listed], *, last: bool) -> Iterator[str]:
    """Return what matches one part of a pattern; folders end in ``/`` unless it is the last."""
    end = "" if last else "/"
    if part == "":
        yield folder
    elif part == "**":
        for below in _below(folder, lost):
            yield below
            if last:
                yield from (entry.path for entry in _entries(below, lost) if not _is_folder(entry))
    elif glob.has_magic(part):
        for entry in _entries(folder, lost):
            hidden = entry.name.startswith(".") and not part.startswith(".")
            if not hidden and fnmatch.fnmatch(entry.name, part) and (last or _is_folder(entry)):
                yield folder + entry.name + end
    else:
        try:
            os.lstat(folder + part)
            yield folder + part + end
        except PermissionError as error:
            lost[folder] = unreadable(folder, error)
        except (OSError, ValueError):
            pass


def _below(folder: str, lost: dict[str, Listed]) -> Iterator[str]:
    """Return a folder and all folders below it, each once, those without links first."""
    folders, links = [folder], list[str]()
    seen: set[tuple[int, int]] = set()
    while folders or links:
        here = folders.pop() if folders else links.pop()
        try:
            status = os.stat(here or ".")  # noqa: PTH116 - text
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        yield here
        for entry in _entries(here, lost):
            if not entry.name.startswith(".") and _is_folder(entry):
                (links if entry.is_symlink() else folders).append(f"{here}{entry.name}/")


def _entries(folder: str, lost: dict[str, Listed]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        lost[folder] = unreadable(folder, error)
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
