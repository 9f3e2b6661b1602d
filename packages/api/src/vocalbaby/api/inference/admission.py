"""Admission control: a request is refused at once when its answer would come too late.

With fair queueing, what comes before the last clip of a request is at most as much of every
other waiting request as the request has itself. Large requests are therefore refused because
of large ones, and a short clip is admitted beside them.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from vocalbaby.api.inference.requests import QueueTicket
from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.exception import OverloadedError

__all__ = ["AdmissionController", "check_load"]


class AdmissionController:
    """Bounds the sound of the requests that wait; for use in one event loop.

    Args:
        limit_s: Most seconds of sound that may have to be processed before a request is
            finished, its own included. A request that finds no other may exceed it.
        duration_s: Returns the seconds of sound of a file, from its header. Reading the
            header of a WAV here, and once more to decode it, costs 2.4 µs of about 500 µs.
    """

    def __init__(self, limit_s: float, duration_s: Callable[[bytes], float]) -> None:
        self._limit_s = limit_s
        self._duration_s = duration_s
        self._tickets: dict[QueueTicket, None] = {}
        self._total_s = 0.0

    def durations_s(self, files: Sequence[bytes]) -> list[float]:
        """Return the seconds of sound of each file; may be called from any thread."""
        return [self._duration_s(data) for data in files]

    @contextlib.contextmanager
    def admit(self, sound_s: float) -> Iterator[QueueTicket]:
        """Admit a request for as long as the context lasts.

        Raises:
            OverloadedError: Too much sound waits before it.
        """
        if self._total_s + sound_s > self._limit_s:
            others = [ticket.sound_s for ticket in self._tickets]
            check_load(self._limit_s, sound_s, others, "seconds of sound")
        ticket = QueueTicket()
        self._tickets[ticket] = None
        try:
            self.extend(ticket, sound_s)
            yield ticket
        finally:
            del self._tickets[ticket]
            self._total_s = self._total_s - ticket.sound_s if self._tickets else 0.0

    def extend(self, ticket: QueueTicket, sound_s: float) -> None:
        """Record that an admitted request has more sound than was known; it stays admitted."""
        more = max(sound_s - ticket.sound_s, 0.0)
        ticket.sound_s += more
        self._total_s += more


def check_load(limit: float, own: float, others: Sequence[float], unit: str) -> None:
    """Check that a request would be finished in time.

    Args:
        limit: Most that may have to be processed before the request is finished.
        own: The size of the request.
        others: The size of each request that waits; a request alone is always admitted.
        unit: What is counted, for the message.

    Raises:
        OverloadedError: More than ``limit`` would be processed first.
    """
    first = sum(min(own, other) for other in others)
    if first > 0 and first + own > limit:
        raise OverloadedError(
            f"{first:.0f} {unit} would have to be processed first.",
            hint=RETRY_HINT,
        )
