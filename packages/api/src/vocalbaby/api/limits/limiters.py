"""Limits on how many requests are processed, and how many bytes of them are in memory."""

import contextlib
from collections.abc import Iterator
from typing import Final

from vocalbaby.api.limits.shared import SharedCounter
from vocalbaby.exception import OverloadedError
from vocalbaby.utils.wording import counted

__all__ = ["RETRY_HINT", "ConcurrencyLimiter", "MemoryBudget"]

#: The hint for a client whose request was refused because the service is busy.
RETRY_HINT: Final = "Wait for the seconds in Retry-After, then send it again."


class ConcurrencyLimiter:
    """Limits how many requests are processed at once.

    Args:
        limit: Maximum number of requests.
        counter: Counts them, together with those of other processes if there are any.
    """

    def __init__(self, limit: int, counter: SharedCounter | None = None) -> None:
        self._limit = limit
        self._counter = counter or SharedCounter()

    def check(self) -> None:
        """Refuse a request before its body is read; a body that is arriving does not count.

        Raises:
            OverloadedError: The limit is reached; requests do not wait here.
        """
        if self._counter.total() >= self._limit:
            raise OverloadedError(
                f"The limit of {counted(self._limit, 'request')} at a time is reached.",
                hint=RETRY_HINT,
            )

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Count a request while the context lasts.

        Raises:
            OverloadedError: The limit is reached; requests do not wait here.
        """
        self.check()
        self._counter.add(1)
        try:
            yield
        finally:
            self._counter.add(-1)


class MemoryBudget:
    """Limits how many bytes from clients are in memory at once.

    Args:
        limit: Maximum number of bytes.
        counter: Counts them, together with those of other processes if there are any.
    """

    def __init__(self, limit: int, counter: SharedCounter | None = None) -> None:
        self._limit = limit
        self._counter = counter or SharedCounter()

    def take(self, size: int) -> None:
        """Reserve ``size`` more bytes.

        Raises:
            OverloadedError: They exceed the budget.
        """
        if self._counter.total() + size > self._limit:
            raise OverloadedError(
                "The request bodies in memory have reached their limit.", hint=RETRY_HINT
            )
        self._counter.add(size)

    def give_back(self, size: int) -> None:
        """Release bytes that are no longer in memory."""
        self._counter.add(-size)

    @contextlib.contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Reserve bytes while the context lasts; raises as `take`."""
        self.take(size)
        try:
            yield
        finally:
            self.give_back(size)
