"""What is known of a recording's former runs: which output is finished, and of what it was made."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from vocalbaby.exception import ConfigError, FileError
from vocalbaby.utils.checked_json import read_checked, write_checked
from vocalbaby.utils.file_lock import lock_file

__all__ = ["Finished", "digest", "locked", "state_files"]

#: Endings of the files of a recording's state.
EVIDENCE: Final = ".evidence"
_FINISHED: Final = ".finished.json"
_LOCK: Final = ".lock"


def state_files(state: Path) -> tuple[Path, Path]:
    """Return the files of the evidence and of the finished run."""
    return state.with_name(state.name + EVIDENCE), state.with_name(state.name + _FINISHED)


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run.

    Attributes:
        made_from: Identity of the recording, settings, version of the model, and what else the
            output depends on.
        sha256: Checksum of the output.
        replaced: Checksum of the output that it replaced; empty if there was none.
        figures: Figures of the segments, for the summary.
    """

    made_from: dict[str, str]
    sha256: str
    replaced: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Finished | None":
        """Read the file; None if it is missing or damaged."""
        try:
            return cls(**(read_checked(path) or {}))
        except TypeError:  # of another version
            return None

    def write(self, path: Path) -> None:
        """Write the file, as a whole."""
        write_checked(path, asdict(self))


def digest(path: Path) -> str:
    """Return the checksum of a file; empty if there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def check_output(output: Path, found: str, finished: Finished | None) -> None:
    """Check that an output may be replaced: that a former run made it, and nobody changed it.

    Args:
        output: The file.
        found: Its checksum; empty if there is none.
        finished: The former run, if any.

    Raises:
        ConfigError: It is not known, or was changed.
    """
    if not found or (finished and found in {finished.sha256, finished.replaced}):
        return
    what = "was changed since it was made" if finished else "exists, and no run of this made it"
    raise ConfigError(f"{output} {what}.", hint="Name another output, or add --overwrite.")


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Keep other processes from working on the same recording.

    Raises:
        FileError: Another process works on it.
    """
    path = state.with_name(state.name + _LOCK)
    while (handle := _lock(path, state)) is None:
        pass
    try:
        yield
    finally:
        if sys.platform == "win32":  # removes no open file
            os.close(handle)
            with suppress(OSError):
                path.unlink()
        else:
            path.unlink(missing_ok=True)
            os.close(handle)


def _lock(path: Path, state: Path) -> int | None:
    """Open and lock a file; None if another process has removed it meanwhile."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        lock_file(handle, wait=False)
        if os.fstat(handle).st_nlink:
            return handle
    except BlockingIOError:
        os.close(handle)
        raise FileError(
            f"Another process is working on {state}.", hint="Wait for it, or end it."
        ) from None
    os.close(handle)
    return None
