"""Writes a file of the log, and recovers the file of a process that was killed.

The process that writes a file holds a lock on it (``flock``), which also works between containers
that share the folder. The system releases the lock when the process ends, in whatever way.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.prediction_log.decoding import decode
from vocalbaby.monitoring.prediction_log.encoding import END
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, LogFileKey

__all__ = ["Journal", "claimed", "recover"]

#: Other users of the machine must not read the log.
_FILE_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750


class Journal:
    """A new file, to which batches are appended.

    Args:
        folder: Folder of the log; it must exist.
        file_key: Key of the file; no other process may use it.
        fsync: Whether to flush each batch to the disk before it counts as written.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, folder: Path, file_key: LogFileKey, *, fsync: bool) -> None:
        self.size = 0
        self._path = folder / file_key.key
        self._fsync = fsync
        self._file = _create(folder, self._path)
        if fsync:
            for path in (self._path.parent, self._path.parent.parent, folder):
                _sync_folder(path)

    def append(self, data: bytes) -> None:
        """Write a batch; once this returns, it survives the death of the process.

        Raises:
            OSError: The batch is not in the file. The caller has to finish the file.
        """
        try:
            rest = memoryview(data)
            while rest:  # a full disk may accept a part before it fails
                rest = rest[os.write(self._file, rest) :]
            if self._fsync:
                os.fdatasync(self._file)
            if not _is_at(self._file, self._path):
                raise FileNotFoundError(f"{self._path} was removed")
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def finish(self) -> None:
        """End the stream and give the file its final name, or remove the file if it is empty.

        If the disk fails, :func:`recover` does this later.
        """
        try:
            with suppress(OSError):
                if self.size == 0:
                    self._path.unlink()
                    return
                os.write(self._file, END)
                if self._fsync:
                    os.fsync(self._file)
                self._path.rename(self._path.with_suffix(FINISHED))
                if self._fsync:
                    _sync_folder(self._path.parent)
        finally:
            os.close(self._file)


def recover(path: Path) -> None:
    """Finish the file of a process that has ended, without an incomplete batch at its end.

    A file that a running process writes is left alone.

    Raises:
        OSError: The disk fails.
        LogFormatError: The file has another version of the format.
    """
    with claimed(path) as file:
        if file is None:
            return
        found = decode(path.read_bytes())
        if not found.batches:
            path.unlink()
            return
        os.ftruncate(file, found.length)
        os.pwrite(file, END, found.length)
        path.rename(path.with_suffix(FINISHED))


@contextmanager
def claimed(path: Path) -> Iterator[int | None]:
    """The locked file descriptor, or None if another process holds the lock or removed the file."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file if _is_at(file, path) else None
    finally:
        os.close(file)


def _create(folder: Path, path: Path) -> int:
    while True:
        if not folder.is_dir():  # do not write below a mount that is gone
            raise FileNotFoundError(f"{folder} does not exist")
        for parent in (path.parent.parent, path.parent):
            parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, _FILE_MODE)
        except FileNotFoundError:  # the shipper has just removed an empty folder
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, path):
                return file
        except OSError:
            os.close(file)
            raise
        os.close(file)  # another process recovered it before it was locked


def _is_at(file: int, path: Path) -> bool:
    """Whether the path still refers to the open file."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
