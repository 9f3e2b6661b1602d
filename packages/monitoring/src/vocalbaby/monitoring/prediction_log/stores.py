"""Interfaces of the stores that files are shipped to and read from."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from vocalbaby.monitoring.prediction_log.file_key import FINISHED, OPEN, parse

__all__ = ["Folder", "Source", "Store", "Stored"]


class Stored(Protocol):
    """An object that was read."""

    @property
    def data(self) -> bytes:
        """Bytes of the object."""


class Source(Protocol):
    """Store that rows are read from, such as ``vocalbaby.cloud.storage.Storage``."""

    def list(self, prefix: str = "") -> Iterable[str]:
        """List all keys that begin with ``prefix``."""

    def get(self, key: str) -> Stored | None:
        """Read an object; None if it does not exist."""


class Store(Protocol):
    """Store that finished files are shipped to, such as ``vocalbaby.cloud.storage.Storage``.

    An exception of a method is logged once, and the call is repeated later.
    """

    def list(self, prefix: str = "") -> Iterable[str]:
        """List all keys that begin with ``prefix``."""

    def replace(self, key: str, data: bytes) -> object:
        """Write an object, and replace it if it exists."""

    def delete(self, key: str) -> object:
        """Remove an object if it exists."""


class _File(NamedTuple):
    data: bytes


class Folder:
    """The folder of the log as a source, including the files that are being written.

    Args:
        path: Path of the folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def list(self, prefix: str = "") -> Iterable[str]:
        """List the files of the log.

        Finished files come last, so that a file that is finished meanwhile is not missed.
        """
        return [
            key
            for suffix in (OPEN, FINISHED)
            for key in self._keys()
            if key.startswith(prefix) and (parsed := parse(key)) and parsed.suffix == suffix
        ]

    def get(self, key: str) -> Stored | None:
        """Read a file; None if it does not exist or was renamed since it was listed."""
        try:
            return _File((self._path / key).read_bytes())
        except FileNotFoundError:
            return None

    def _keys(self) -> Iterator[str]:
        for version in _names(self._path):
            for hour in _names(self._path / version):
                yield from (
                    f"{version}/{hour}/{name}" for name in _names(self._path / version / hour)
                )


def _names(folder: Path) -> list[str]:
    """Names in a folder; none if the folder does not exist."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
