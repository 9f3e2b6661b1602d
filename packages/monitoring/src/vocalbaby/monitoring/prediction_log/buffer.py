"""Rows on their way from those who answer to the one who writes."""

import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from vocalbaby.monitoring.prediction_log.record import Record

__all__ = ["Counts", "RowBuffer"]

#: Most rows taken at once.
_BATCH: Final = 1024


class Counts(NamedTuple):
    """What became of the rows that were appended: their sum.

    Attributes:
        written: They survive the death of the process.
        dropped: The queue was full, or the log was closed.
        failed: The disk refused.
        waiting: None of these yet.
    """

    written: int
    dropped: int
    failed: int
    waiting: int


class RowBuffer:
    """A bounded queue that many threads put into and one takes from.

    Args:
        limit: Most rows that are neither written nor failed.
        gather_s: How long the first row waits for others to be taken with it.
    """

    def __init__(self, limit: int, gather_s: float) -> None:
        self._limit = limit
        self._gather_s = gather_s
        self._rows: deque[Record] = deque()
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._settled = threading.Condition(self._lock)
        self._written = self._dropped = self._failed = self._unsettled = 0
        self._flush_to = 0
        self._closed = False

    @property
    def counts(self) -> Counts:
        """What became of the rows so far."""
        with self._lock:
            return Counts(self._written, self._dropped, self._failed, self._unsettled)

    @property
    def closed(self) -> bool:
        """Whether nothing more comes in."""
        return self._closed

    def put(self, rows: Sequence[Record]) -> int:
        """Take in what fits, at once; returns how many are dropped."""
        with self._lock:
            before = len(self._rows)
            room = 0 if self._closed else self._limit - self._unsettled
            taken = min(len(rows), room)
            self._rows.extend(rows if taken == len(rows) else islice(rows, taken))
            self._unsettled += taken
            self._dropped += len(rows) - taken
            if (before == 0 < taken) or before < _BATCH <= before + taken:
                self._arrived.notify()
        return len(rows) - taken

    def take(self, timeout_s: float) -> list[Record]:
        """The oldest rows; none when none came in the time, or all are taken and it is closed."""
        with self._lock:
            self._arrived.wait_for(lambda: self._rows or self._closed, timeout_s)
            self._arrived.wait_for(self._is_urgent, self._gather_s)
            return [self._rows.popleft() for _ in range(min(_BATCH, len(self._rows)))]

    def acknowledge(self, written: int, failed: int) -> None:
        """Say what became of rows that were taken."""
        with self._lock:
            self._written += written
            self._failed += failed
            self._unsettled -= written + failed
            self._settled.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that came in is settled; returns whether it is."""
        with self._lock:
            goal = self._settled_rows() + self._unsettled
            self._flush_to = max(self._flush_to, goal)
            self._arrived.notify()
            return self._settled.wait_for(lambda: self._settled_rows() >= goal, timeout_s)

    def close(self) -> None:
        """Let nothing more in."""
        with self._lock:
            self._closed = True
            self._arrived.notify()

    def discard(self) -> int:
        """Drop what has not been taken; returns how many rows."""
        with self._lock:
            left = len(self._rows)
            self._rows.clear()
            self._dropped += left
            self._unsettled -= left
            return left

    def _is_urgent(self) -> bool:
        full = len(self._rows) >= _BATCH
        return full or self._closed or not self._rows or self._settled_rows() < self._flush_to

    def _settled_rows(self) -> int:
        return self._written + self._failed
