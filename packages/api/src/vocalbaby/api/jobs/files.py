"""Small files that several processes read, and locks that end with their process."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from vocalbaby.exception import JobSpaceError

__all__ = [
    "discard",
    "lock",
    "locked",
    "no_space",
    "one_at_a_time",
    "remove_files",
    "replace_file",
]


def no_space(error: OSError | None = None) -> JobSpaceError:
    """The error of a recording that cannot be written, by default because the disk is full."""
    reason = error.strerror if error else "No space left on device"
    return JobSpaceError(
        f"The service cannot keep the recording: {reason}.",
        hint="Wait until other jobs have been removed, then send it again.",
    )


def replace_file(path: Path, text: str) -> None:
    """Write a small file, such that a reader sees all of it or the former one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def remove_files(folder: Path, *kept: str) -> None:
    """Remove the files of a job that has ended, without its description and those to be kept."""
    for path in folder.iterdir():
        if path.name not in {"job.json", "state.json", "lock", *kept}:
            path.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a folder of a job, its lock last: by the lock, a later sweep knows such a folder."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name != "lock":
                path.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def lock(path: Path) -> IO[bytes] | None:
    """Lock a file; None if another process, or another part of this one, has it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether the lock of a folder was free; it is held while the context lasts."""
    file = lock(folder / "lock")
    try:
        yield file is not None
    finally:
        if file is not None:
            file.close()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other thread or process is in this context with the same folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
