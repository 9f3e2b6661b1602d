"""A few bytes that any of several processes can write and all of them read whole."""

import mmap
import struct
import time
import zlib
from typing import Final

__all__ = ["SharedSlot"]

#: Time of writing (ns of the monotonic clock), length, and checksum of the time and the bytes.
_HEADER: Final = struct.Struct("<QII")


class SharedSlot:
    """Shared memory with two buffers per worker; the parent creates it before it forks.

    A worker writes into the older of its two buffers, and readers take the newest buffer whose
    checksum holds. No lock is needed, and a worker that is killed while it writes damages only
    a buffer that nobody reads.

    Args:
        workers: Number of workers.
        max_bytes: Most bytes that can be written.

    Examples:
        >>> slot = SharedSlot(workers=2)
        >>> slot.get() is None
        True
        >>> slot.put(b"first"), slot.put(b"second"), slot.get()
        (None, None, b'second')
    """

    def __init__(self, workers: int, *, max_bytes: int = 2**16) -> None:
        self._size = _HEADER.size + max_bytes
        self._buffers = 2 * workers
        self._memory = mmap.mmap(-1, self._buffers * self._size)
        self._worker = 0

    def attach_worker(self, worker: int) -> None:
        """Make this process a worker.

        Args:
            worker: Number of the worker, from 0.
        """
        self._worker = worker

    def put(self, data: bytes) -> None:
        """Write bytes.

        Args:
            data: The bytes, at most ``max_bytes``.

        Raises:
            ValueError: The bytes are more than ``max_bytes``.
        """
        if len(data) > self._size - _HEADER.size:
            raise ValueError(f"{len(data)} bytes are too many to share.")
        own = (2 * self._worker, 2 * self._worker + 1)
        older = min(own, key=lambda buffer: self._read(buffer)[0])
        now = time.monotonic_ns()
        header = _HEADER.pack(now, len(data), _checksum(now, data))
        start = older * self._size
        self._memory[start : start + len(header) + len(data)] = header + data

    def get(self) -> bytes | None:
        """Return the bytes that were written last, or None before any were."""
        written, data = max(map(self._read, range(self._buffers)))
        return data if written else None

    def _read(self, buffer: int) -> tuple[int, bytes]:
        """When a buffer was written, and its bytes; 0 when it is empty or damaged."""
        start = buffer * self._size
        memory = self._memory[start : start + self._size]
        written, length, checksum = _HEADER.unpack_from(memory)
        data = memory[_HEADER.size : _HEADER.size + length]
        whole = written and len(data) == length and checksum == _checksum(written, data)
        return (written, data) if whole else (0, b"")


def _checksum(written: int, data: bytes) -> int:
    return zlib.crc32(data, written & 0xFFFFFFFF)
