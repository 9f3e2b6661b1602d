"""Counters that the worker processes of one service share, so that limits hold for all of them.

Each process writes only to its own cell of the shared memory and reads all of them. There is
no lock, so a worker that is killed blocks nobody; in exchange, two requests that arrive within
the same microsecond may both be accepted when one more would reach the limit.
"""

import mmap

from vocalbaby.api.limits.rates import Buckets

__all__ = ["SharedCounter", "SharedLimits"]


class SharedCounter:
    """A sum of amounts, one from each worker process.

    Args:
        workers: Number of worker processes; they have the indices 0 to ``workers - 1``.
    """

    def __init__(self, workers: int = 1) -> None:
        self._cells = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")
        self._worker = 0

    def attach_worker(self, worker: int) -> None:
        """Make this process add to the cell of ``worker``."""
        self._worker = worker

    def remove_worker(self, worker: int) -> None:
        """Set the amount of a worker that has exited to zero."""
        self._cells[worker] = 0

    def add(self, amount: int) -> None:
        """Add an amount, which may be negative."""
        self._cells[self._worker] += amount

    def total(self) -> int:
        """The sum over all workers."""
        return sum(self._cells)


class SharedLimits:
    """The counters behind the limits; created by the parent before it forks the workers.

    Args:
        workers: Number of worker processes.

    Attributes:
        requests: Prediction requests in progress.
        memory: Bytes from clients in memory.
        connections: Open connections.
        buckets: Remaining requests of each API key.
    """

    def __init__(self, workers: int = 1) -> None:
        self.requests = SharedCounter(workers)
        self.memory = SharedCounter(workers)
        self.connections = SharedCounter(workers)
        self.buckets = Buckets()

    def attach_worker(self, worker: int) -> None:
        """Make this process the worker of an index."""
        for counter in self._counters():
            counter.attach_worker(worker)

    def remove_worker(self, worker: int) -> None:
        """Release everything that a worker which has exited still counted."""
        for counter in self._counters():
            counter.remove_worker(worker)

    def _counters(self) -> tuple[SharedCounter, ...]:
        return self.requests, self.memory, self.connections
