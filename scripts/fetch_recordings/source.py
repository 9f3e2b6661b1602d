"""What a source of recordings can do, and a source that is a folder of files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

__all__ = ["FolderSource", "Source", "SourceError"]


class SourceError(Exception):
    """A source or a file of it cannot be had; the message is the reason."""


class Source(Protocol):
    """The files of a repository or package."""

    def fetch(self, paths: Sequence[str], advance: Callable[[int], None], /) -> None:
        """Make sure that the files can be read; call ``advance`` with numbers of files."""

    def read(self, path: str, /) -> bytes:
        """Return the bytes of a file, or raise SourceError."""


class FolderSource:
    """Files that are there already, such as those of an unpacked archive.

    Args:
        root: What the paths are relative to.
    """

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def fetch(self, paths: Sequence[str], advance: Callable[[int], None]) -> None:
        """Do nothing but report the progress."""
        advance(len(paths))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            SourceError: There is no such file, or it cannot be read.
        """
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise SourceError(f"{error.strerror} in {self._root}") from error
