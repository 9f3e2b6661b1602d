"""Keep a C library from writing to stderr, where its author gives no other way."""

import contextlib
import ctypes
import threading
from collections.abc import Iterator
from functools import cache
from typing import Final

__all__ = ["c_stderr_discarded"]

_LOCK: Final = threading.Lock()


class _Stderr:
    """The variable ``stderr`` of the C library, by which C code finds where to write.

    The file descriptor 2 stays what it is: Python, which uses it, keeps writing there, in
    all threads. Where there is no such variable, nothing is changed.
    """

    def __init__(self) -> None:
        self._users = 0
        self._nowhere: int | None = None
        self._variable = ctypes.c_void_p()
        # Windows has no library of this name, and others may lack the function or variable.
        with contextlib.suppress(AttributeError, OSError, TypeError, ValueError):
            library = ctypes.CDLL(None)
            library.fopen.restype = ctypes.c_void_p
            self._variable = _find(library)
            self._nowhere = library.fopen(b"/dev/null", b"w")
        self._usual = self._variable.value

    def count(self, users: int) -> None:
        """Count who wants silence; the first one makes it, the last one ends it."""
        self._users += users
        self._variable.value = self._nowhere if self._users and self._nowhere else self._usual


def _find(library: ctypes.CDLL) -> ctypes.c_void_p:
    """Return the variable of glibc or of macOS; raises ValueError if there is neither."""
    try:
        return ctypes.c_void_p.in_dll(library, "stderr")
    except ValueError:
        return ctypes.c_void_p.in_dll(library, "__stderrp")


@cache
def _stderr() -> _Stderr:
    return _Stderr()


@contextlib.contextmanager
def c_stderr_discarded() -> Iterator[None]:
    """Discard what C code writes to ``stderr`` in the meantime, in all threads.

    libmpg123 writes a line for each damaged frame, and libsndfile has no setting for it
    (https://github.com/libsndfile/libsndfile/issues/958).
    """
    with _LOCK:
        _stderr().count(1)
    try:
        yield
    finally:
        with _LOCK:
            _stderr().count(-1)
