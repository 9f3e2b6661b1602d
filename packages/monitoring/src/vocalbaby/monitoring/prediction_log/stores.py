"""Interfaces of the stores that files are shipped to and read from."""

import errno
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from vocalbaby.monitoring.prediction_log.file_key import FINISHED, OPEN, parse

__all__ = ["Folder", "Source", "Store", "Stored", "read_file"]

#: Largest file that is read; those of the service have about 64 MiB.
_MAX_BYTES: Final = 2**30


class Stored(Protocol):
    """An object that was read.

    Examples:
        >>> stored: Stored = _File(b"text")
        >>> stored.data
        b'text'
    """

    @property
    def data(self) -> bytes:
        """Bytes of the object."""


class Source(Protocol):
    """Store that rows are read from, such as ``vocalbaby.cloud.storage.Storage``.

    Examples:
        >>> source: Source = Folder(Path("empty"))
        >>> source.list(), source.get("pets-1/2026-01-01T00/a.arrows")
        ([], None)
    """

    def list(self, prefix: str = "") -> Iterable[str]:
        """Return all keys that begin with a prefix.

        Args:
            prefix: Begin of the keys; empty for all.
        """

    def get(self, key: str) -> Stored | None:
        """Return an object, or None if it does not exist.

        Args:
            key: Key of the object.
        """


class Store(Protocol):
    """Store that finished files are shipped to, such as ``vocalbaby.cloud.storage.Storage``.

    An exception of a method is logged once, and the call is repeated later.

    Examples:
        >>> class Memory(dict[str, bytes]):
        ...     def list(self, prefix: str = "") -> Iterable[str]:
        ...         return [key for key in self if key.startswith(prefix)]
        ...
        ...     replace, delete = dict.__setitem__, dict.pop
        >>> store: Store = Memory()
        >>> store.replace("a", b"1"), store.list(), store.delete("a")
        (None, ['a'], b'1')
    """

    def list(self, prefix: str = "") -> Iterable[str]:
        """Return all keys that begin with a prefix.

        Args:
            prefix: Begin of the keys; empty for all.
        """

    def replace(self, key: str, data: bytes) -> object:
        """Write an object, and replace it if it exists.

        Args:
            key: Key of the object.
            data: Its bytes.

        Returns:
            Anything; it is ignored.
        """

    def delete(self, key: str) -> object:
        """Remove an object if it exists.

        Args:
            key: Key of the object.

        Returns:
            Anything; it is ignored.
        """


class _File(NamedTuple):
    data: bytes


class Folder:
    """The folder of the log as a source, including the files that are being written.

    Args:
        path: Path of the folder; it need not exist.

    Attributes:
        path: The argument.
        faults: Folders that could not be listed, and why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: dict[str, OSError] = {}

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
            return _File(read_file(self.path / key))
        except FileNotFoundError:
            return None

    def _keys(self) -> Iterator[str]:
        for version in _names(self, "."):
            for hour in _names(self, version):
                folder = f"{version}/{hour}"
                yield from (f"{folder}/{name}" for name in _names(self, folder))


def read_file(path: Path) -> bytes:
    """Read a file of the log.

    Raises:
        OSError: It cannot be read, is very large, or is a FIFO, which may never end, or a device.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    if status.st_size > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"It has more than {_MAX_BYTES} bytes", str(path))
    return path.read_bytes()


def _names(log: Folder, folder: str) -> list[str]:
    """Names in a folder; none if it does not exist or cannot be listed."""
    try:
        return sorted(path.name for path in (log.path / folder).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as fault:
        log.faults[folder] = fault
        return []
