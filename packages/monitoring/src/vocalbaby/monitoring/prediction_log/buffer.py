"""Bounded buffer between the threads that log rows and the thread that writes them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from vocalbaby.monitoring.prediction_log.record import Record

__all__ = ["Counts", "Group", "RowBuffer"]

#: Greatest number of rows that are taken at once.
_BATCH: Final = 1024


class Counts(NamedTuple):
    """Numbers of rows by outcome; their sum is the number of rows that were appended.

    Attributes:
        written: Rows that survive the death of the process.
        dropped: Rows that did not fit the buffer, or came after it was closed.
        failed: Rows that the disk did not take.
        waiting: Rows without an outcome so far.

    Examples:
        >>> sum(Counts(written=10, dropped=0, failed=0, waiting=2))
        12
    """

    written: int
    dropped: int
    failed: int
    waiting: int


class Group(NamedTuple):
    """Rows that are taken from the buffer together.

    Attributes:
        rows: The rows.
        done: Called with whether they are written, or None.
    """

    rows: Sequence[Record]
    done: Callable[[bool], None] | None = None


class RowBuffer:
    """A bounded queue that many threads put rows into and one thread takes rows from.

    Args:
        limit: Greatest number of waiting rows.
        gather_s: Seconds that the first row waits for others to be written with it.
    """

    def __init__(self, limit: int, gather_s: float) -> None:
        self._limit = limit
        self._gather_s = gather_s
        self._groups: deque[Group] = deque()
        self._queued = 0
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
            taken = min(len(rows), self._free())
            for start in range(0, taken, _BATCH):
                self._add(Group(rows[start : min(start + _BATCH, taken)]))
            self._dropped += len(rows) - taken
        return len(rows) - taken

    def put_group(self, group: Group) -> bool:
        """Add all rows of a group or none, without blocking; return whether they are added."""
        with self._lock:
            if len(group.rows) > self._free():
                self._dropped += len(group.rows)
                return False
            self._add(group)
            return True

    def take(self, timeout_s: float) -> list[Group]:
        """Take the oldest rows; none after the timeout, or if the buffer is closed and empty."""
        with self._lock:
            self._arrived.wait_for(lambda: self._groups or self._closed, timeout_s)
            self._arrived.wait_for(self._is_urgent, self._gather_s)
            taken: list[Group] = []
            free = _BATCH
            while self._groups and (not taken or len(self._groups[0].rows) <= free):
                taken.append(self._groups.popleft())
                free -= len(taken[-1].rows)
            self._queued -= _BATCH - free
            return taken

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

    def discard(self) -> list[Group]:
        """Drop and return the rows that have not been taken."""
        with self._lock:
            left, self._groups = list(self._groups), deque()
            self._dropped += self._queued
            self._pending -= self._queued
            self._queued = 0
            return left

    def _free(self) -> int:
        return 0 if self._closed else self._limit - self._pending

    def _add(self, group: Group) -> None:
        before, rows = self._queued, len(group.rows)
        self._groups.append(group)
        self._queued += rows
        self._pending += rows
        if (before == 0 < rows) or before < _BATCH <= before + rows:
            self._arrived.notify()

    def _is_urgent(self) -> bool:
        full = self._queued >= _BATCH
        flushed = self._acknowledged_rows() < self._flush_to
        return full or self._closed or not self._groups or flushed

    def _acknowledged_rows(self) -> int:
        return self._written + self._failed
