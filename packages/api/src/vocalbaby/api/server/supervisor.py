"""A supervisor that starts, monitors and stops the worker processes that serve one port.

The parent opens the socket and handles no requests. Workers are forked, so they share the
code in memory, and all of them accept from the same socket: when a worker dies, another one
accepts the connections that are waiting. docs/decisions/0017-worker-supervisor.md says why
this is not left to uvicorn or gunicorn.
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
#: A worker that exits sooner than this after its start is restarted with a growing delay. One
#: that fails within this time after the parent's start stops the service.
_SETTLED_S: Final = 10.0
_FIRST_DELAY_S: Final = 0.1

_log = logging.getLogger(__name__)


class Supervisor:
    """Keeps a number of worker processes running until it receives a signal to stop.

    SIGTERM and SIGINT are passed on to the workers, and the parent exits after them.
    Workers also stop, as after SIGTERM, when the parent has died.

    Args:
        count: Number of workers; they have the indices 0 to ``count - 1``.
        work: Runs in the worker process with its index and returns the exit code.
        on_exit: Called in the parent with the index of a worker that has exited.
        on_stop: Called in the parent once, when it begins to stop.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[int], int],
        *,
        on_exit: Callable[[int], None],
        on_stop: Callable[[], None],
    ) -> None:
        self._count = count
        self._work = work
        self._on_exit = on_exit
        self._on_stop = on_stop
        self._read_end, self._write_end = os.pipe()
        self._running: dict[int, tuple[int, float]] = {}
        self._due: dict[int, float] = {}
        self._delays = dict.fromkeys(range(count), _FIRST_DELAY_S)
        self._stopping = False
        self._code = 0
        self._started_at = 0.0

    def run(self) -> int:
        """Supervise until all workers have been stopped.

        The process must have no other threads.

        Returns:
            The exit code: the highest of the workers' codes.
        """
        # An ignored SIGCHLD, as by default, would not be kept for a later sigwait.
        before = signal.signal(signal.SIGCHLD, lambda *_: None)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._started_at = time.monotonic()
        try:
            for worker in range(self._count):
                self._start(worker)
            while self._running or self._due:
                self._handle(signal.sigwait(_SIGNALS))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGCHLD, before)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(self._read_end)
            os.close(self._write_end)
        return self._code

    def _handle(self, number: signal.Signals | int) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._stop(number)
        for pid in list(self._running):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self._remove_worker(pid, os.waitstatus_to_exitcode(status))
        now = time.monotonic()
        for worker in [worker for worker, at in self._due.items() if at <= now]:
            del self._due[worker]
            self._start(worker)
        if self._due:
            signal.setitimer(signal.ITIMER_REAL, max(min(self._due.values()) - now, 0.001))

    def _stop(self, number: int) -> None:
        if not self._stopping:
            self._stopping = True
            self._due.clear()
            self._on_stop()
        for pid in self._running:
            os.kill(pid, number)

    def _remove_worker(self, pid: int, code: int) -> None:
        """Record that a worker has exited, and schedule its restart."""
        worker, started = self._running.pop(pid)
        self._on_exit(worker)
        now = time.monotonic()
        if not self._stopping and code > 0 and now - self._started_at < _SETTLED_S:
            self._stop(signal.SIGTERM)
        if self._stopping:
            self._code = max(self._code, code)
            return
        _log.error("worker %d (process %d) exited with code %d and is restarted", worker, pid, code)
        delay = self._delays[worker] if now - started < _SETTLED_S else 0.0
        self._delays[worker] = min(max(2 * delay, _FIRST_DELAY_S), _SETTLED_S)
        self._due[worker] = now + delay

    def _start(self, worker: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._run_worker(worker)
        self._running[pid] = (worker, time.monotonic())

    def _run_worker(self, worker: int) -> None:
        """Run the worker in the forked process; does not return."""
        code = 1
        try:
            os.close(self._write_end)
            os.setpgid(0, 0)  # only the parent receives an interrupt from the terminal
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            threading.Thread(target=_stop_with_parent, args=(self._read_end,), daemon=True).start()
            code = self._work(worker)
        except Exception:  # noqa: BLE001 - the process exits here
            _log.exception("worker %d failed", worker)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # a full disk must not keep the process from exiting
                    stream.flush()
            os._exit(code)


def _stop_with_parent(read_end: int) -> None:
    """Stop this process when the parent has died, which closes the other end of the pipe."""
    os.read(read_end, 1)
    os.kill(os.getpid(), signal.SIGTERM)
