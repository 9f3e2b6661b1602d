"""Signs of life of the worker processes, in memory that they share with their parent."""

import mmap
import time
from typing import Final

__all__ = ["LOOK_S", "Heartbeats", "Silence"]

#: Seconds between two looks at the signs of life.
LOOK_S: Final = 1.0


class Heartbeats:
    """Counters that running event loops increase, one for each worker.

    Args:
        workers: Number of workers; they have the indices 0 to ``workers - 1``.

    Examples:
        >>> beats = Heartbeats(workers=2)
        >>> beats.attach_worker(1)
        >>> beats.beat()
        >>> beats.count(0), beats.count(1)
        (0, 1)
    """

    def __init__(self, workers: int = 1) -> None:
        self._cells = memoryview(mmap.mmap(-1, 8 * (workers + 2))).cast("q")
        self._worker = 0

    def attach_worker(self, worker: int) -> None:
        """Make this process the worker of an index."""
        self._worker = worker

    def beat(self) -> None:
        """Show that the event loop of this process runs."""
        self._cells[self._worker] += 1

    def count(self, worker: int) -> int:
        """How often a worker has shown that it runs."""
        return self._cells[worker]

    @property
    def started(self) -> bool:
        """Whether a worker has been ready to answer since the service was started."""
        return bool(self._cells[-1])

    def set_started(self) -> None:
        """Note that a worker is ready to answer."""
        self._cells[-1] = 1

    @property
    def stopping(self) -> bool:
        """Whether the whole service stops, and not only a worker of it."""
        return bool(self._cells[-2])

    def set_stopping(self) -> None:
        """Note that the whole service stops."""
        self._cells[-2] = 1


class Silence:
    """How long a counter has not changed, in seconds during which this process ran too.

    Between two looks at most two seconds count. When the machine was suspended, or this process
    was stopped together with the others, the first look afterwards thus finds nobody late.

    Examples:
        >>> silence = Silence()
        >>> silence.seconds(1), round(silence.seconds(1), 1), silence.seconds(2)
        (0.0, 0.0, 0.0)
    """

    def __init__(self) -> None:
        self._count: int | None = None
        self._seconds = 0.0
        self._looked = time.monotonic()

    def seconds(self, count: int) -> float:
        """Look at the counter, and return how long it has had this value."""
        now = time.monotonic()
        self._seconds += min(now - self._looked, 2 * LOOK_S)
        self._looked = now
        if count != self._count:
            self._count, self._seconds = count, 0.0
        return self._seconds
