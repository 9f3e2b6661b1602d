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
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from vocalbaby.api.server.heartbeats import LOOK_S, Heartbeats, Silence
from vocalbaby.api.server.watchdog import exit_after

__all__ = ["Reason", "Supervisor"]

#: A worker is killed after a timeout if it shows no sign of life; else it exits, or is killed.
Reason: TypeAlias = Literal["exit", "timeout"]

_SIGNALS: Final = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGALRM})
#: A worker that exits sooner than this after its start is restarted with a growing delay.
_SETTLED_S: Final = 10.0
_FIRST_DELAY_S: Final = 0.1
#: Time for the system to remove a process that was killed. It may not, while a disk hangs.
_KILLED_S: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass
class _Worker:
    """A running worker.

    Attributes:
        index: Its index.
        first: Whether it is the first process with this index.
        started: When it was started.
        silence: How long it has shown no sign of life.
    """

    index: int
    first: bool
    started: float = field(default_factory=time.monotonic)
    silence: Silence = field(default_factory=Silence)


class Supervisor:
    """Keeps a number of worker processes running until it receives a signal to stop.

    SIGTERM and SIGINT are passed on to the workers, and the parent exits after them; those that
    still run after ``stop_s`` are killed. Workers also stop, as after SIGTERM, when the parent has
    died. A worker that shows no sign of life for ``timeout_s`` is killed. Whatever ends a worker,
    it is restarted, unless the first workers fail before any of them was ready.

    Args:
        count: Number of workers; they have the indices 0 to ``count - 1``.
        work: Runs in the worker process with its index and returns the exit code.
        on_exit: Called in the parent with the index of a worker that has exited, and why.
        on_stop: Called in the parent once, when it begins to stop.
        beats: The signs of life of the workers; by default none are expected.
        timeout_s: Seconds without a sign of life after which a worker is killed.
        stop_s: Seconds until workers that do not stop are killed.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[int], int],
        *,
        on_exit: Callable[[int, Reason], None],
        on_stop: Callable[[], None],
        beats: Heartbeats | None = None,
        timeout_s: float = float("inf"),
        stop_s: float = 30.0,
    ) -> None:
        self._work = work
        self._on_exit = on_exit
        self._on_stop = on_stop
        self._beats = beats or Heartbeats(count)
        self._timeout_s = timeout_s
        self._stop_s = stop_s
        self._read_end, self._write_end = os.pipe()
        self._running: dict[int, _Worker] = {}
        self._silent: set[int] = set()
        self._restarted: set[int] = set()
        self._due: dict[int, float] = dict.fromkeys(range(count), 0.0)
        self._delays = dict.fromkeys(range(count), _FIRST_DELAY_S)
        self._stop_by: float | None = None
        self._killed_late = False
        self._code = 0

    def run(self) -> int:
        """Supervise until all workers have been stopped.

        The process must have no other threads.

        Returns:
            The exit code: the highest of the workers' codes; 1 if one had to be killed.
        """
        # An ignored SIGCHLD, as by default, would not be kept for a later sigwait.
        before = signal.signal(signal.SIGCHLD, lambda *_: None)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self._start_due()
            while (self._running or self._due) and not self._is_late(_KILLED_S):
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
        if self._stop_by is None:
            self._kill_silent()
        elif self._is_late() and not self._killed_late:
            self._killed_late = True
            self._kill_late()
        self._start_due()

    def _stop(self, number: int) -> None:
        if self._stop_by is None:
            self._stop_by = time.monotonic() + self._stop_s
            self._due.clear()
            self._beats.set_stopping()
            self._on_stop()
        for pid in self._running:
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)  # a stopped process would not handle it

    def _is_late(self, more_s: float = 0.0) -> bool:
        """Whether the time to stop, and some more, has passed."""
        return self._stop_by is not None and time.monotonic() > self._stop_by + more_s

    def _kill_late(self) -> None:
        for pid, worker in self._running.items():
            _log.error("worker %d (process %d) does not stop and is killed", worker.index, pid)
            os.kill(pid, signal.SIGKILL)
            self._code = max(self._code, 1)

    def _kill_silent(self) -> None:
        for pid, worker in self._running.items():
            silent_s = worker.silence.seconds(self._beats.count(worker.index))
            if silent_s > self._timeout_s and pid not in self._silent:
                _log.error(
                    "worker %d (process %d) has not responded for %.0f s and is killed",
                    *(worker.index, pid, silent_s),
                )
                self._silent.add(pid)
                os.kill(pid, signal.SIGKILL)

    def _remove_worker(self, pid: int, code: int) -> None:
        """Record that a worker has exited, and schedule its restart."""
        worker = self._running.pop(pid)
        self._on_exit(worker.index, "timeout" if pid in self._silent else "exit")
        self._silent.discard(pid)
        if self._stop_by is None and code > 0 and worker.first and not self._beats.started:
            self._stop(signal.SIGTERM)
        if self._stop_by is not None:
            self._code = max(self._code, code)
            return
        index = worker.index
        _log.error("worker %d (process %d) exited with code %d and is restarted", index, pid, code)
        self._restart(index, immediately=time.monotonic() - worker.started > _SETTLED_S)

    def _restart(self, index: int, *, immediately: bool) -> None:
        delay = 0.0 if immediately else self._delays[index]
        self._delays[index] = min(max(2 * delay, _FIRST_DELAY_S), _SETTLED_S)
        self._due[index] = time.monotonic() + delay

    def _start_due(self) -> None:
        """Start the workers that are due, and set the timer for the next look."""
        now = time.monotonic()
        for index in [index for index, at in self._due.items() if at <= now]:
            del self._due[index]
            self._start(index)
        next_s = min([LOOK_S, *(at - now for at in self._due.values())])
        signal.setitimer(signal.ITIMER_REAL, max(next_s, 0.001))

    def _start(self, index: int) -> None:
        try:
            pid = os.fork()
        except OSError as error:  # too many processes, or too little memory
            _log.error("worker %d cannot be started: %s", index, error.strerror)
            self._restart(index, immediately=False)
            return
        if pid == 0:
            self._run_worker(index)
        self._running[pid] = _Worker(index, first=index not in self._restarted)
        self._restarted.add(index)

    def _run_worker(self, index: int) -> None:
        """Run the worker in the forked process; does not return."""
        code = 1
        try:
            os.close(self._write_end)
            os.setpgid(0, 0)  # only the parent receives an interrupt from the terminal
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            threading.Thread(target=self._stop_with_parent, daemon=True).start()
            self._beats.attach_worker(index)
            code = self._work(index)
        except Exception:  # noqa: BLE001 - the process exits here
            _log.exception("worker %d failed", index)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # a full disk must not keep the process from exiting
                    stream.flush()
            os._exit(code)

    def _stop_with_parent(self) -> None:
        """Stop this process when the parent has died, which closes the other end of the pipe."""
        os.read(self._read_end, 1)
        self._beats.set_stopping()
        os.kill(os.getpid(), signal.SIGTERM)
        exit_after(self._stop_s)
