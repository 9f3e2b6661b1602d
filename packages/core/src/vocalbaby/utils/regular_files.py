"""Reading regular files whole: never a device, and never more than a limit."""

import os
import stat
from pathlib import Path
from typing import Final

__all__ = ["LargeFileError", "NotRegularError", "read_regular"]

#: Opening a FIFO waits for its other end without this flag, which Windows does not have.
_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class NotRegularError(OSError):
    """A path that leads to a FIFO, a device or a socket."""


class LargeFileError(OSError):
    """A file with more bytes than its reader accepts."""


def read_regular(path: Path, *, limit: int, cut: bool = False) -> bytes:
    """Return the contents of a regular file.

    Links are followed, as Kubernetes mounts its files behind some; what they lead to has to be
    a regular file. Neither a FIFO nor a device is waited for or read.

    Args:
        path: The file.
        limit: Most bytes that the caller accepts.
        cut: Whether to return the first ``limit + 1`` bytes of a larger file.

    Raises:
        LargeFileError: It has more bytes, of which none was read.
        NotRegularError: It is not a regular file.
        IsADirectoryError: It is a folder.
        OSError: It cannot be read, or it was changed while it was read.

    Examples:
        >>> Path("notes.txt").write_text("text")
        4
        >>> read_regular(Path("notes.txt"), limit=4)
        b'text'
        >>> read_regular(Path("notes.txt"), limit=1, cut=True)
        b'te'
        >>> read_regular(Path("/dev/zero"), limit=10)
        Traceback (most recent call last):
        vocalbaby.utils.regular_files.NotRegularError: [Errno 22] Not a regular file: '/dev/zero'
    """
    _check(path, os.stat(path))  # noqa: PTH116 - before it is opened: that alone can move a tape
    with open(path, "rb", opener=_open) as file:
        before = os.fstat(file.fileno())
        _check(path, before)
        if before.st_size > limit and not cut:
            raise LargeFileError(27, f"It has more than {limit} bytes", str(path))
        data = file.read(min(limit, before.st_size) + 1)
        after = os.fstat(file.fileno())
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if changed or len(data) != min(limit + 1, after.st_size):
        raise OSError(None, "It was changed while it was read", str(path))
    return data


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _AT_ONCE)


def _check(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError(22, "Not a regular file", str(path))
