"""What the log asks of a place that files are shipped to or read from."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from vocalbaby.monitoring.prediction_log.file_key import FINISHED, OPEN, parse

__all__ = ["Folder", "Source", "Store", "Stored"]


class Stored(Protocol):
    """An object as it was read."""

    @property
    def data(self) -> bytes:
        """Its bytes."""


class Source(Protocol):
    """Where rows are read from; ``vocalbaby.cloud.storage.Storage`` is one."""

    def list(self, prefix: str = "") -> Iterable[str]:
        """All keys that begin with ``prefix``."""

    def get(self, key: str) -> Stored | None:
        """The object, or None when there is none."""


class Store(Protocol):
    """Where finished files are shipped to; ``vocalbaby.cloud.storage.Storage`` is one.

    What a method raises is logged once, and the call is made again later.
    """

    def list(self, prefix: str = "") -> Iterable[str]:
        """All keys that begin with ``prefix``."""

    def replace(self, key: str, data: bytes) -> object:
        """Write an object, also over itself."""

    def delete(self, key: str) -> object:
        """Remove an object, if it is there."""


class _File(NamedTuple):
    data: bytes


class Folder:
    """The log's own folder as a source, with the files that are being written.

    Args:
        path: The folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def list(self, prefix: str = "") -> Iterable[str]:
        """Keys of the log's files; finished ones come last, lest one is missed meanwhile."""
        return [
            key
            for ending in (OPEN, FINISHED)
            for key in self._keys()
            if key.startswith(prefix) and (place := parse(key)) and place.ending == ending
        ]

    def get(self, key: str) -> Stored | None:
        """A file; None also when it was finished, and so renamed, since it was listed."""
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
    """What is in a folder; nothing when it is none, or is gone by now."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
