"""A file of the log while it is written, and what a killed process left of one.

An open file is locked by its process (``flock``), also across containers that share the
folder; the lock goes with the process, however it ends.
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

#: Other users of the machine need not read what was said about whom.
_FILE_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750


class Journal:
    """A new file, to which batches are appended.

    Args:
        folder: Of the log; it must exist.
        place: Where in it; nobody else may use the name.
        fsync: Let nothing count as written before the disk has it.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, folder: Path, place: LogFileKey, *, fsync: bool) -> None:
        self.size = 0
        self._path = folder / place.key
        self._fsync = fsync
        self._file = _create(folder, self._path)
        if fsync:
            for path in (self._path.parent, self._path.parent.parent, folder):
                _sync_folder(path)

    def append(self, data: bytes) -> None:
        """Write a batch; when this returns, it survives the death of the process.

        Raises:
            OSError: It is not in the file, which is to be finished now.
        """
        try:
            rest = memoryview(data)
            while rest:  # a full disk may take a part before it refuses
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
        """End the stream and give the file its final name, or remove it when it is empty.

        What the disk refuses of this is done by :func:`recover` later.
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
    """Finish a file whose process is gone, without what is torn; leave a living one's alone.

    Raises:
        OSError: The disk refuses.
        LogFormatError: It is of another version of the log.
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
    """The file's descriptor, locked; None where another process has it, or it is gone."""
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
        if not folder.is_dir():  # a mount that is gone must not be written under
            raise FileNotFoundError(f"{folder} is not there")
        for parent in (path.parent.parent, path.parent):
            parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, _FILE_MODE)
        except FileNotFoundError:  # an emptied folder was tidied away just now
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, path):
                return file
        except OSError:
            os.close(file)
            raise
        os.close(file)  # it was taken for a dead process's before it was locked


def _is_at(file: int, path: Path) -> bool:
    """Whether the path still leads to the open file."""
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
