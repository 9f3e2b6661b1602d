"""Bounded buffer between the threads that log rows and the thread that writes them."""

import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from vocalbaby.monitoring.prediction_log.record import Record

__all__ = ["Counts", "RowBuffer"]

#: Greatest number of rows that are taken at once.
_BATCH: Final = 1024


class Counts(NamedTuple):
    """Numbers of rows by outcome; their sum is the number of rows that were appended.

    Attributes:
        written: Rows that survive the death of the process.
        dropped: Rows that did not fit the buffer, or came after it was closed.
        failed: Rows that the disk did not take.
        waiting: Rows without an outcome so far.
    """

    written: int
    dropped: int
    failed: int
    waiting: int


class RowBuffer:
    """A bounded queue that many threads put rows into and one thread takes rows from.

    Args:
        limit: Greatest number of waiting rows.
        gather_s: Seconds that the first row waits for others to be written with it.
    """

    def __init__(self, limit: int, gather_s: float) -> None:
        self._limit = limit
        self._gather_s = gather_s
        self._rows: deque[Record] = deque()
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._acknowledged = threading.Condition(self._lock)
        self._written = self._dropped = self._failed = self._pending = 0
        self._flush_to = 0
        self._closed = False

    @property
    def counts(self) -> Counts:
        """Numbers of rows by outcome."""
        with self._lock:
            return Counts(self._written, self._dropped, self._failed, self._pending)

    @property
    def closed(self) -> bool:
        """Whether the buffer refuses rows."""
        return self._closed

    def put(self, rows: Sequence[Record]) -> int:
        """Add the rows that fit, without blocking; return the number of dropped rows."""
        with self._lock:
            before = len(self._rows)
            free = 0 if self._closed else self._limit - self._pending
            taken = min(len(rows), free)
            self._rows.extend(rows if taken == len(rows) else islice(rows, taken))
            self._pending += taken
            self._dropped += len(rows) - taken
            if (before == 0 < taken) or before < _BATCH <= before + taken:
                self._arrived.notify()
        return len(rows) - taken

    def take(self, timeout_s: float) -> list[Record]:
        """Take the oldest rows; none after the timeout, or if the buffer is closed and empty."""
        with self._lock:
            self._arrived.wait_for(lambda: self._rows or self._closed, timeout_s)
            self._arrived.wait_for(self._is_urgent, self._gather_s)
            return [self._rows.popleft() for _ in range(min(_BATCH, len(self._rows)))]

    def acknowledge(self, written: int, failed: int) -> None:
        """Report the outcome of rows that were taken."""
        with self._lock:
            self._written += written
            self._failed += failed
            self._pending -= written + failed
            self._acknowledged.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all rows have an outcome; return whether they have."""
        with self._lock:
            goal = self._acknowledged_rows() + self._pending
            self._flush_to = max(self._flush_to, goal)
            self._arrived.notify()
            return self._acknowledged.wait_for(lambda: self._acknowledged_rows() >= goal, timeout_s)

    def close(self) -> None:
        """Refuse rows from now on."""
        with self._lock:
            self._closed = True
            self._arrived.notify()

    def discard(self) -> int:
        """Drop the rows that have not been taken; return their number."""
        with self._lock:
            left = len(self._rows)
            self._rows.clear()
            self._dropped += left
            self._pending -= left
            return left

    def _is_urgent(self) -> bool:
        full = len(self._rows) >= _BATCH
        return full or self._closed or not self._rows or self._acknowledged_rows() < self._flush_to

    def _acknowledged_rows(self) -> int:
        return self._written + self._failed
