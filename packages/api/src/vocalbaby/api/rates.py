"""How often one key may ask: a token bucket for each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from vocalbaby.exception import RateLimitedError

__all__ = ["RateLimiter"]


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Buckets of tokens that fill steadily; each request takes one.

    Args:
        per_second: Tokens that come in per second.
        burst: Most tokens in a bucket.
        clock: Seconds, from anywhere.
    """

    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> None:
        """Let one request of a key pass; there are as many buckets as keys, and no more.

        Raises:
            RateLimitedError: The bucket is empty; says when it has a token again.
        """
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(float(self._burst), now))
        gained = (now - bucket.at) * self._per_second
        bucket.tokens, bucket.at = min(float(self._burst), bucket.tokens + gained), now
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / self._per_second)
            raise RateLimitedError(
                f"The key {name!r} may send {self._per_second:g} requests per second.",
                hint="Wait for the seconds in Retry-After, or send several clips at once.",
                retry_after_s=wait,
            )
        bucket.tokens -= 1
