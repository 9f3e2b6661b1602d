"""Writes a file of the log, and recovers the file of a process that was killed.

The process that writes a file holds a lock on it (``flock``), which also works between containers
that share the folder. The system releases the lock when the process ends, in whatever way.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.prediction_log.decoding import decode
from vocalbaby.monitoring.prediction_log.encoding import END
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, LogFileKey
from vocalbaby.monitoring.prediction_log.sealing import end_message, seal
from vocalbaby.monitoring.prediction_log.stores import read_file

__all__ = ["Journal", "claimed", "recover"]

#: Other users of the machine must not read the log.
_FILE_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750

_log: Final = logging.getLogger(__name__)


class Journal:
    """A new file, to which batches are appended.

    Args:
        folder: Folder of the log; it must exist.
        file_key: Key of the file; no other process may use it.
        schema: Encoded schema, which is written before the first batch.
        fsync: Whether to flush each batch to the disk before it counts as written.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(
        self, folder: Path, file_key: LogFileKey, schema: bytes, *, fsync: bool = False
    ) -> None:
        self.size = 0
        self._path = folder / file_key.key
        self._name = file_key.name
        self._schema = schema
        self._fsync = fsync
        self._number = 1
        self._rows = 0
        self._file = _create(folder, self._path)
        try:
            if fsync:
                for path in (self._path.parent, self._path.parent.parent, folder):
                    _sync_folder(path)
        except OSError:
            self.finish()
            raise

    def append(self, batch: bytes, rows: int) -> None:
        """Write a batch; once this returns, it survives the death of the process.

        Args:
            batch: The encoded batch.
            rows: Number of its rows.

        Raises:
            OSError: The batch is not in the file. The caller has to finish the file: after a
                failed flush, a second one would succeed although data is lost.
        """
        data = seal(batch, self._name, self._number, rows, self._rows)
        if self.size == 0:
            data = seal(self._schema, self._name, 0, 0, 0) + data
        try:
            _write(self._file, data)
            if self._fsync:
                os.fdatasync(self._file)
            if not _is_at(self._file, self._path):
                raise FileNotFoundError(f"{self._path} was removed")
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)
        self._number += 1
        self._rows += rows

    def finish(self) -> None:
        """End the file and give it its final name, or remove it if it is empty.

        If the disk fails, `recover` does this later.
        """
        try:
            if self.size == 0:
                self._path.unlink()
            else:
                os.ftruncate(self._file, self.size)  # a failed batch may still be there
                _write(self._file, end_message(self._schema, self._name, self._number, self._rows))
                _publish(self._file, self._path)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
        with suppress(OSError):
            os.close(self._file)


def recover(path: Path) -> None:
    """Finish the file of a process that has ended, without an incomplete batch at its end.

    A file that a running process writes is left alone. Damaged batches stay in the file, and
    readers report them.

    Raises:
        OSError: The disk fails.
        LogFormatError: The file has another version of the format.
    """
    with claimed(path) as file:
        if file is None:
            return
        data = read_file(path)
        batches, found, sealed = decode(data, path.stem)
        for fault in found.faults:
            _log.warning("prediction log: %s, byte %d: %s", path, fault.offset, fault.reason)
        if not batches and not found.faults:
            path.unlink()
            return
        os.ftruncate(file, found.length)
        os.lseek(file, found.length, os.SEEK_SET)
        if sealed and not found.ended:
            _write(file, end_message(found.schema or b"", path.stem, found.number, found.rows))
        elif not sealed:
            _write(file, END)
        _publish(file, path)


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # a full disk may accept a part before it fails
        accepted = os.write(file, rest)
        if not accepted:
            raise OSError(errno.EIO, "the disk accepts no bytes")
        rest = rest[accepted:]


def _publish(file: int, path: Path) -> None:
    """Flush a file that has ended, and give it its final name."""
    os.fsync(file)
    path.rename(path.with_suffix(FINISHED))
    with suppress(OSError):  # a power cut may bring back the former name, which is recovered
        _sync_folder(path.parent)


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
