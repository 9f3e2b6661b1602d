"""What the workers of one service count together, so that a bound holds for all of them.

Each writes cells of its own in memory that all of them read. Nothing is locked, so that a
worker that is killed holds nobody up; two requests in the same microsecond may both take
the last place.
"""

import mmap

from vocalbaby.api.limits.rates import Buckets

__all__ = ["Common", "Tally"]


class Tally:
    """An amount that several processes hold together.

    Args:
        workers: How many there are; each has a place, from 0.
    """

    def __init__(self, workers: int = 1) -> None:
        self._cells = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")
        self._place = 0

    def join(self, place: int) -> None:
        """Count what this process adds at its place."""
        self._place = place

    def clear(self, place: int) -> None:
        """Forget what a process held that has ended."""
        self._cells[place] = 0

    def add(self, amount: int) -> None:
        """Hold so much more, or less."""
        self._cells[self._place] += amount

    def total(self) -> int:
        """What all of them hold."""
        return sum(self._cells)


class Common:
    """What is counted; made by the parent before it forks the workers.

    Args:
        workers: How many there are.

    Attributes:
        requests: Prediction requests being answered.
        held: Bytes of clients in memory.
        connections: Open connections.
        buckets: How much each key may still ask.
    """

    def __init__(self, workers: int = 1) -> None:
        self.requests = Tally(workers)
        self.held = Tally(workers)
        self.connections = Tally(workers)
        self.buckets = Buckets()

    def join(self, place: int) -> None:
        """Make this process the worker of a place."""
        for tally in self._tallies():
            tally.join(place)

    def bury(self, place: int) -> None:
        """Give back what a worker held that has ended."""
        for tally in self._tallies():
            tally.clear(place)

    def _tallies(self) -> tuple[Tally, ...]:
        return self.requests, self.held, self.connections
