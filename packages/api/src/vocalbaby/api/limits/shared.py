"""Counters that the worker processes of one service share, so that limits hold for all of them.

Each process writes only to its own cells of the shared memory and reads all of them. There is
no lock, so a worker that is killed blocks nobody; in exchange, two requests that arrive within
the same microsecond may both be accepted when one more would reach the limit.
"""

import mmap
from typing import Final

from vocalbaby.api.limits.rates import Buckets

__all__ = ["AddressCounter", "SharedCounter", "SharedLimits"]

#: Number of cells; two addresses share one, and so their limit, with a probability of 1 in 16,384.
_CELLS: Final = 16_384


class SharedCounter:
    """A sum of amounts, one from each worker process, or several such sums.

    Args:
        workers: Number of worker processes; they have the indices 0 to ``workers - 1``.
        cells: Number of sums.
    """

    def __init__(self, workers: int = 1, cells: int = 1) -> None:
        memory = memoryview(mmap.mmap(-1, 8 * cells * workers)).cast("q")
        self._rows = [memory[cells * i : cells * (i + 1)] for i in range(workers)]
        self._worker = 0

    def attach_worker(self, worker: int) -> None:
        """Make this process add to the cells of ``worker``."""
        self._worker = worker

    def remove_worker(self, worker: int) -> None:
        """Set the amounts of a worker that has exited to zero."""
        row = self._rows[worker]
        row[:] = memoryview(bytes(row.nbytes)).cast("q")

    def add(self, amount: int, cell: int = 0) -> None:
        """Add an amount, which may be negative."""
        self._rows[self._worker][cell] += amount

    def total(self, cell: int = 0) -> int:
        """The sum over all workers."""
        return sum([row[cell] for row in self._rows])


class AddressCounter(SharedCounter):
    """A number for each address, summed over all workers.

    The numbers are in a table of fixed size, in which a secret hash gives each address its
    place, so that memory does not grow and no client can choose whose place it shares.

    Args:
        workers: Number of worker processes; they have the indices 0 to ``workers - 1``.
    """

    def __init__(self, workers: int = 1) -> None:
        super().__init__(workers, _CELLS)

    def change(self, group: str, amount: int) -> int:
        """Add an amount to the number of an address, and return the sum over all workers."""
        cell = hash(group) % _CELLS  # secret, and equal in all forked processes
        self.add(amount, cell)
        return self.total(cell)


class SharedLimits:
    """The counters behind the limits; created by the parent before it forks the workers.

    Args:
        workers: Number of worker processes.

    Attributes:
        requests: Prediction requests in progress.
        memory: Bytes from clients in memory.
        connections: Open connections.
        addresses: Open connections of each address.
        buckets: Remaining requests of each API key.
    """

    def __init__(self, workers: int = 1) -> None:
        self.requests = SharedCounter(workers)
        self.memory = SharedCounter(workers)
        self.connections = SharedCounter(workers)
        self.addresses = AddressCounter(workers)
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
        return self.requests, self.memory, self.connections, self.addresses
