"""Makes system calls fail at a chosen moment, to see what an operation leaves behind.

``shim.c`` is loaded before the C library with LD_PRELOAD. It counts the system calls on the
files of one folder, and lets the n-th of them fail with an error, transfer fewer bytes, or
block. `Faults` arms it, from the same process or from another one, such as the test of a server:
both map the same file. `strace --inject` would do the same from outside, but it cannot transfer
fewer bytes, needs ptrace, and costs a process for every fault instead of a millisecond.

`tests.fault_injection.sweeping` tries every fault at every call of an operation.
"""

import ctypes
import errno
import mmap
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["ALWAYS", "KINDS", "Fault", "Faults", "preload"]

Action: TypeAlias = Literal["fail", "shorten", "block"]

#: The kinds of system calls, in the order of ``shim.c``.
KINDS: Final = (
    *("open", "read", "write", "sync", "close", "stat", "rename", "link", "unlink", "mkdir"),
    *("rmdir", "list", "chmod", "lock", "seek", "truncate", "utime", "space", "map"),
)
#: The last call of a fault that stays.
ALWAYS: Final = 2**62
_FOLDER: Final = 1024
_RECORDED: Final = 65536


class _Control(ctypes.Structure):
    _fields_ = (
        ("armed", ctypes.c_int32),
        ("action", ctypes.c_int32),
        ("error", ctypes.c_int32),
        ("unused", ctypes.c_int32),
        ("kinds", ctypes.c_int64),
        ("first", ctypes.c_int64),
        ("last", ctypes.c_int64),
        ("seen", ctypes.c_int64),
        ("disturbed", ctypes.c_int64),
        ("folder", ctypes.c_char * _FOLDER),
        ("recorded", ctypes.c_uint8 * _RECORDED),
    )


class Fault(NamedTuple):
    """What happens to a call: ``fail`` with an error, ``shorten`` its transfer, or ``block``."""

    action: Action
    error: int = 0

    def __str__(self) -> str:
        return errno.errorcode[self.error] if self.action == "fail" else self.action

    def must_succeed(self) -> bool:
        """Whether the operation has to succeed nevertheless."""
        return self.action == "shorten" or self.error == errno.EINTR


class Faults:
    """The switch of the processes that `preload` has prepared.

    Args:
        control: A file that both sides map; it is made if there is none.
    """

    def __init__(self, control: Path) -> None:
        with control.open("ab") as file:
            file.truncate(ctypes.sizeof(_Control))
        with control.open("r+b") as file:
            self._control = _Control.from_buffer(mmap.mmap(file.fileno(), 0))

    @contextmanager
    def armed(
        self,
        folder: Path,
        fault: Fault | None = None,
        *,
        first: int = 1,
        last: int = ALWAYS,
        kinds: tuple[str, ...] = KINDS,
    ) -> Iterator[None]:
        """Count the calls on the files below a folder, and disturb some.

        Args:
            folder: An absolute path.
            fault: What happens to a disturbed call; None to count only.
            first: The first of the counted calls that is disturbed, from 1.
            last: The last one.
            kinds: The kinds of calls that count.
        """
        control = self._control
        control.folder = os.fsencode(folder)
        control.kinds = sum(1 << KINDS.index(kind) for kind in kinds)
        control.action = (
            0 if fault is None else ("fail", "shorten", "block").index(fault.action) + 1
        )
        control.error = 0 if fault is None else fault.error
        control.first, control.last = first, last
        control.seen = control.disturbed = 0
        control.armed = 1
        try:
            yield
        finally:
            control.armed = 0

    def calls(self) -> list[str]:
        """The kinds of the calls that were counted since the switch was armed."""
        return [KINDS[kind] for kind in self._control.recorded[: self._control.seen]]

    def disturbed(self) -> int:
        """How many calls were disturbed since the switch was armed."""
        return int(self._control.disturbed)


@cache
def _library() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fault-injection-"))
    library = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


def preload(control: Path) -> dict[str, str]:
    """The environment of a process that `Faults` of the same file disturbs."""
    Faults(control)
    return {
        "LD_PRELOAD": str(_library()),
        "FAULT_CONTROL": str(control),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path])),
    }
