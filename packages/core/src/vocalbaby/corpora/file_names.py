"""Files whose names a table writes in another way: other Unicode form, case or number format."""

import os
import unicodedata
from collections import defaultdict
from pathlib import Path

from vocalbaby.entity.identity import normal_id

__all__ = ["FileNames"]


class FileNames:
    """Finds files by names that differ in Unicode form, letter case, or zeros of a number.

    A table that was written on macOS or Windows may name a file otherwise than the file system
    of Linux does, and pandas writes the name ``1`` as ``1.0``. Each folder is listed once.

    Examples:
        >>> Path("clips").mkdir()
        >>> Path("clips/Clip_007.wav").touch()
        >>> FileNames().like(Path("clips/clip_007.WAV"), Path("clips"))
        [PosixPath('clips/Clip_007.wav')]
    """

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def like(self, path: Path, root: Path) -> list[Path]:
        """Find the files that are named like one that does not exist.

        A file that differs only in Unicode form is preferred to those that differ in case too.

        Args:
            path: The file that does not exist.
            root: Folder above it; its own name is not changed.

        Returns:
            No path, one, or several if it is not clear which is meant.
        """
        found = [root]
        for part in path.relative_to(root).parts:
            found = [match for folder in found for match in self._matches(folder, part)]
        return found

    def _matches(self, folder: Path, name: str) -> list[Path]:
        if os.path.lexists(folder / name):
            return [folder / name]
        matches = self._entries(folder).get(_key(name), [])
        same = [match for match in matches if _nfc(match) == _nfc(name)]
        return [folder / match for match in same or matches]

    def _entries(self, folder: Path) -> dict[str, list[str]]:
        if folder not in self._listed:
            entries: dict[str, list[str]] = defaultdict(list)
            try:
                for name in sorted(os.listdir(folder)):  # noqa: PTH208 - names, not paths
                    entries[_key(name)].append(name)
            except OSError:  # not a folder, or not readable: it has no file of that name
                entries.clear()
            self._listed[folder] = entries
        return self._listed[folder]


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _key(name: str) -> str:
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - of the name only
    return (normal_id(stem) + _nfc(suffix)).casefold()
