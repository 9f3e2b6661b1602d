"""How the C library keeps memory that was freed."""

import ctypes
from contextlib import suppress
from typing import Final

__all__ = ["limit_heaps"]

#: Of glibc's malloc.h, with values.
_OPTIONS: Final = {
    -8: 2,  # M_ARENA_MAX: heaps
    -3: 2**20,  # M_MMAP_THRESHOLD: bytes of a block from which it has a mapping of its own
    -1: 2**23,  # M_TRIM_THRESHOLD: unused bytes at the end of a heap from which they are returned
}


def limit_heaps() -> None:
    """Let all threads share two heaps, and return large blocks at once, if the C library is glibc.

    By default threads get up to eight heaps per processor, and the size of blocks that are kept in
    them grows to 32 MiB, so that each heap keeps the memory of the largest recordings that it ever
    held: a service of many threads grows for hours. Has to be called before threads are started.
    ``MALLOC_ARENA_MAX``, ``MALLOC_MMAP_THRESHOLD_`` and ``MALLOC_TRIM_THRESHOLD_`` do the same for
    programs of others.

    See https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html.
    """
    with suppress(AttributeError):  # macOS and musl
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in _OPTIONS.items():
            mallopt(option, value)
