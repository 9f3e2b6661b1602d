"""How often one key may ask: a bucket of tokens for each, one for all workers."""

import math
import mmap
import time
from collections.abc import Callable
from typing import Final

from vocalbaby.exception import RateLimitedError

__all__ = ["Buckets", "RateLimiter"]

#: Buckets in memory, and among how many of them a key's may be.
_BUCKETS: Final = 4096
_PLACES: Final = 16
#: Tokens and seconds that sums of seconds may be off by.
_TINY: Final = 1e-6


class Buckets:
    """A bucket for each key, in memory that forked processes share.

    A bucket is the time at which it will be full again. One that is full is as good as
    none, so its place is free for another key.

    Attributes:
        full_at: By the place of a bucket.
    """

    def __init__(self) -> None:
        memory = memoryview(mmap.mmap(-1, 16 * _BUCKETS))
        self._keys = memory[: 8 * _BUCKETS].cast("q")
        self.full_at = memory[8 * _BUCKETS :].cast("d")

    def place(self, name: str, now: float) -> int:
        """Where the bucket of a key is; a full one is made if there is none."""
        key = hash(name) | 1  # not 0; the same in every process that is forked from one
        free = None
        for place in ((key + i) % _BUCKETS for i in range(_PLACES)):
            if self._keys[place] == key:
                return place
            if free is None and self.full_at[place] <= now:
                free = place
        free = key % _BUCKETS if free is None else free  # all in use: one of them is forgotten
        self.full_at[free], self._keys[free] = now, key
        return free


class RateLimiter:
    """Buckets of tokens that fill steadily; each request takes one.

    Args:
        per_second: Tokens that come in per second.
        burst: Most tokens in a bucket.
        buckets: Shared with other processes; new ones when None.
        clock: Seconds, from anywhere, the same in all processes.
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
        """Let one request of a key pass.

        Raises:
            RateLimitedError: The bucket is empty; says when it has a token again.
        """
        now = self._clock()
        full_at, place = self._buckets.full_at, self._buckets.place(name, now)
        due = max(full_at[place], now)
        tokens = self._burst - (due - now) * self._per_second
        if tokens < 1 - _TINY:
            wait = math.ceil((1 - tokens) / self._per_second - _TINY)
            raise RateLimitedError(
                f"The key {name!r} may send {self._per_second:g} requests per second.",
                hint="Wait for the seconds in Retry-After, or send several clips at once.",
                retry_after_s=wait,
            )
        full_at[place] = due + 1 / self._per_second
