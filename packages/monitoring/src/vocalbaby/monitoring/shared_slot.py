"""A few bytes that any of several processes may write, and all of them read whole."""

import mmap
import struct
import time
import zlib
from typing import Final

__all__ = ["SharedSlot"]

#: When it was written (ns, of the machine's clock), its length, the checksum of both and it.
_HEAD: Final = struct.Struct("<QII")


class SharedSlot:
    """Memory with two places for each worker; made by the parent before it forks them.

    A worker writes over the older of its places, and the newest whole one of all is read: one
    that is killed while it writes spoils only what nobody has read.

    Args:
        workers: How many there are.
        room: Most bytes.
    """

    def __init__(self, workers: int, *, room: int = 2**16) -> None:
        self._size = _HEAD.size + room
        self._places = 2 * workers
        self._memory = mmap.mmap(-1, self._places * self._size)
        self._worker = 0

    def attach_worker(self, worker: int) -> None:
        """Make this process the worker of a place, from 0."""
        self._worker = worker

    def put(self, data: bytes) -> None:
        """Write.

        Raises:
            ValueError: There is no room for so much.
        """
        if len(data) > self._size - _HEAD.size:
            raise ValueError(f"{len(data)} bytes are too many to share.")
        place = min(2 * self._worker, 2 * self._worker + 1, key=lambda at: self._read(at)[0])
        now = time.monotonic_ns()
        head = _HEAD.pack(now, len(data), _checksum(now, data))
        start = place * self._size
        self._memory[start : start + len(head) + len(data)] = head + data

    def get(self) -> bytes | None:
        """What was written last; None before."""
        at, data = max(map(self._read, range(self._places)))
        return data if at else None

    def _read(self, place: int) -> tuple[int, bytes]:
        start = place * self._size
        slot = self._memory[start : start + self._size]
        at, length, checksum = _HEAD.unpack_from(slot)
        data = slot[_HEAD.size : _HEAD.size + length]
        whole = at and len(data) == length and checksum == _checksum(at, data)
        return (at, data) if whole else (0, b"")


def _checksum(at: int, data: bytes) -> int:
    return zlib.crc32(data, at & 0xFFFFFFFF)
