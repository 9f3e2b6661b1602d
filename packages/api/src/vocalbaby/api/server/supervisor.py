"""Several processes that serve one port: a parent that starts, watches and stops them.

The parent holds the socket and works on no request. Workers are forked, so they share the
code in memory, and all accept from the one socket: what waits to be accepted when a
worker dies is taken by another.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["Supervisor"]

_SIGNALS: Final = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGALRM})
#: A worker that ends sooner than this after its start is restarted with growing delay; one
#: that fails within this after the parent's start ends the service.
_SETTLED_S: Final = 10.0
_FIRST_DELAY_S: Final = 0.1

_log = logging.getLogger(__name__)


class Supervisor:
    """Keeps a number of worker processes alive until it is told to stop.

    SIGTERM and SIGINT are passed on to the workers, and the parent ends when they have.
    Workers also stop, as at SIGTERM, when the parent is gone.

    Args:
        count: How many workers.
        work: Runs in the worker with its place, from 0; returns its exit code.
        on_death: Called in the parent with the place of a worker that has ended.
        on_stop: Called in the parent once, when it begins to stop.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[int], int],
        *,
        on_death: Callable[[int], None],
        on_stop: Callable[[], None],
    ) -> None:
        self._count = count
        self._work = work
        self._on_death = on_death
        self._on_stop = on_stop
        self._alive, self._held = os.pipe()
        self._running: dict[int, tuple[int, float]] = {}
        self._due: dict[int, float] = {}
        self._delays = dict.fromkeys(range(count), _FIRST_DELAY_S)
        self._stopping = False
        self._code = 0
        self._begun = 0.0

    def run(self) -> int:
        """Work until all workers have been told to stop; returns the exit code.

        Only for a process without other threads.
        """
        # SIGCHLD is not kept for a later sigwait where it is ignored, as it is by default.
        before = signal.signal(signal.SIGCHLD, lambda *_: None)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._begun = time.monotonic()
        try:
            for place in range(self._count):
                self._start(place)
            while self._running or self._due:
                self._handle(signal.sigwait(_SIGNALS))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGCHLD, before)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(self._alive)
            os.close(self._held)
        return self._code

    def _handle(self, number: signal.Signals | int) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._stop(number)
        for pid in list(self._running):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self._bury(pid, os.waitstatus_to_exitcode(status))
        now = time.monotonic()
        for place in [place for place, at in self._due.items() if at <= now]:
            del self._due[place]
            self._start(place)
        if self._due:
            signal.setitimer(signal.ITIMER_REAL, max(min(self._due.values()) - now, 0.001))

    def _stop(self, number: int) -> None:
        if not self._stopping:
            self._stopping = True
            self._due.clear()
            self._on_stop()
        for pid in self._running:
            os.kill(pid, number)

    def _bury(self, pid: int, code: int) -> None:
        """Note that a worker has ended, and when its place is to be filled again."""
        place, started = self._running.pop(pid)
        self._on_death(place)
        now = time.monotonic()
        if not self._stopping and code > 0 and now - self._begun < _SETTLED_S:
            self._stop(signal.SIGTERM)
        if self._stopping:
            self._code = max(self._code, code)
            return
        _log.error("worker %d (process %d) ended with %d and is restarted", place, pid, code)
        delay = self._delays[place] if now - started < _SETTLED_S else 0.0
        self._delays[place] = min(max(2 * delay, _FIRST_DELAY_S), _SETTLED_S)
        self._due[place] = now + delay

    def _start(self, place: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._be_worker(place)
        self._running[pid] = (place, time.monotonic())

    def _be_worker(self, place: int) -> None:
        """The worker's process, which ends here."""
        code = 1
        try:
            os.close(self._held)
            os.setpgid(0, 0)  # an interrupt from the terminal reaches the parent alone
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            threading.Thread(target=_end_with_parent, args=(self._alive,), daemon=True).start()
            code = self._work(place)
        except Exception:  # noqa: BLE001 - the process ends here
            _log.exception("worker %d failed", place)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # no room for the log; not to leave here is worse
                    stream.flush()
            os._exit(code)


def _end_with_parent(alive: int) -> None:
    """Stop this process when the parent is gone: nobody else holds the pipe's other end."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
