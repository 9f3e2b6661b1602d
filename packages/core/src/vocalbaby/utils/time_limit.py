"""Calls that may never return, for a limited time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

__all__ = ["TimeLimit"]

Result = TypeVar("Result")

#: Calls of one `TimeLimit` that may be left behind at the same time.
_MOST: Final = 4


class TimeLimit:
    """Calls functions, each in a thread of its own, and waits for them for a limited time.

    A system call on a network mount that does not respond cannot be interrupted: its thread is
    left behind, and ends with the process at the latest. While many are left behind, further
    calls are refused at once.

    Args:
        seconds: Most time for a call.

    Examples:
        >>> TimeLimit(5.0).call(lambda: 7)
        7
        >>> TimeLimit(0.01).call(threading.Event().wait)
        Traceback (most recent call last):
        TimeoutError: no response within 0.01 s
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._free = threading.BoundedSemaphore(_MOST)

    def call(self, function: Callable[[], Result]) -> Result:
        """Return what the function returns.

        Args:
            function: The function.

        Raises:
            TimeoutError: It has not returned in time, or many earlier calls have not returned.
            OSError: No thread could be started.
        """
        if not self._free.acquire(blocking=False):
            raise TimeoutError(f"no response to {_MOST} earlier calls")
        future: Future[Result] = Future()

        def run() -> None:
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001 - it is raised by the other thread
                self._free.release()
                future.set_exception(error)
            else:
                self._free.release()
                future.set_result(result)

        try:
            threading.Thread(target=run, name="time-limit", daemon=True).start()
        except RuntimeError as error:
            self._free.release()
            raise OSError(f"no thread can be started: {error}") from error
        if not wait([future], self.seconds).done:
            raise TimeoutError(f"no response within {self.seconds:g} s")
        return future.result()
