"""The request rate of each API key: token buckets that all workers share."""

import math
import mmap
import time
from collections.abc import Callable
from typing import Final

from vocalbaby.exception import RateLimitedError

__all__ = ["Buckets", "RateLimiter"]

#: Number of buckets in memory, and number of slots in which the bucket of one key may be.
_BUCKETS: Final = 4096
_SLOTS: Final = 16
#: Tolerance for rounding errors, in tokens and in seconds.
_TOLERANCE: Final = 1e-6


class Buckets:
    """One token bucket per API key, in memory that forked processes share.

    A bucket is stored as the time at which it will be full again. A full bucket needs no
    storage, so its slot is free for another key.

    Attributes:
        full_at: The time at which each slot's bucket is full.
    """

    def __init__(self) -> None:
        memory = memoryview(mmap.mmap(-1, 16 * _BUCKETS))
        self._keys = memory[: 8 * _BUCKETS].cast("q")
        self.full_at = memory[8 * _BUCKETS :].cast("d")

    def slot(self, name: str, now: float) -> int:
        """The slot of a key's bucket; a full bucket is created if there is none."""
        key = hash(name) | 1  # not 0; equal in all forked processes
        free = None
        for slot in ((key + i) % _BUCKETS for i in range(_SLOTS)):
            if self._keys[slot] == key:
                return slot
            if free is None and self.full_at[slot] <= now:
                free = slot
        free = key % _BUCKETS if free is None else free  # all in use: replace one
        self.full_at[free], self._keys[free] = now, key
        return free


class RateLimiter:
    """Limits the request rate of each key by a token bucket; each request takes one token.

    Args:
        per_second: Tokens added to a bucket per second.
        burst: Maximum number of tokens in a bucket.
        buckets: Buckets shared with other processes; new ones when None.
        clock: Monotonic time in seconds, the same in all processes.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        buckets: Buckets | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets = buckets or Buckets()
        self._clock = clock

    def take(self, name: str) -> None:
        """Take a token from the bucket of key ``name``.

        Raises:
            RateLimitedError: The bucket is empty; ``retry_after_s`` is when it has a token again.
        """
        now = self._clock()
        full_at, slot = self._buckets.full_at, self._buckets.slot(name, now)
        due = max(full_at[slot], now)
        tokens = self._burst - (due - now) * self._per_second
        if tokens < 1 - _TOLERANCE:
            wait = math.ceil((1 - tokens) / self._per_second - _TOLERANCE)
            raise RateLimitedError(
                f"The key {name!r} may send {self._per_second:g} requests per second.",
                hint="Wait for the seconds in Retry-After, or send several clips at once.",
                retry_after_s=wait,
            )
        full_at[slot] = due + 1 / self._per_second
