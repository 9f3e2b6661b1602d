"""Scrapes that share an exposition, which is made in a thread and takes a bounded share of time.

An exposition takes milliseconds, and a client that asks for one again and again would take them
from the requests. No response is older than its request: a scrape waits for an exposition that
begins after it, and many scrapes wait for the same one.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

__all__ = ["Scrapes"]

#: Share of the time of one core that expositions may take.
_SHARE: Final = 0.05
#: Longest time between two expositions.
_MOST_S: Final = 0.5


class Scrapes:
    """Makes expositions on request.

    Args:
        expose: Makes one; it is called in one thread.

    Examples:
        >>> Scrapes(lambda: b"up 1.0").wait()
        b'up 1.0'
    """

    def __init__(self, expose: Callable[[], bytes]) -> None:
        self._expose = expose
        self._lock = threading.Lock()
        self._next: Future[bytes] | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="vocalbaby-scrapes")
        self._from = 0.0

    def wait(self) -> bytes:
        """Return an exposition that begins after this call; blocks the thread."""
        return self._submit().result()

    async def get(self) -> bytes:
        """Return an exposition that begins after this call."""
        # Shielded, since other scrapes wait for the same one.
        return await asyncio.shield(asyncio.wrap_future(self._submit()))

    def _submit(self) -> Future[bytes]:
        with self._lock:
            if self._next is None:
                self._next = Future()
                self._threads.submit(self._run)
            return self._next

    def _run(self) -> None:
        time.sleep(max(0.0, self._from - time.monotonic()))
        with self._lock:  # later scrapes wait for the next one
            future, self._next = self._next, None
        assert future is not None  # noqa: S101 - only this thread removes it
        used = time.thread_time()
        try:
            future.set_result(self._expose())
        except Exception as error:  # noqa: BLE001 - each scrape reports it
            future.set_exception(error)
        used = time.thread_time() - used
        self._from = time.monotonic() + min(used * (1 / _SHARE - 1), _MOST_S)
