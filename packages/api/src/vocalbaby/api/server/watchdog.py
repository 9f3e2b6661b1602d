"""Ends a process that does not respond or does not stop."""

import logging
import os
import threading
import time

from vocalbaby.api.server.heartbeats import LOOK_S, Heartbeats, Silence

__all__ = ["Watchdog", "exit_after"]

_log = logging.getLogger(__name__)


class Watchdog:
    """A thread that looks at the signs of life of this process, as the supervisor of workers does.

    It exits the process with code 1, so that the system which runs the service starts it again.

    Args:
        beats: The signs of life of the event loop.
        timeout_s: Seconds without a sign of life after which the process is ended.
        stop_s: Seconds after which a process that was to stop is ended.
    """

    def __init__(self, beats: Heartbeats, timeout_s: float, stop_s: float) -> None:
        self._beats = beats
        self._timeout_s = timeout_s
        self._stop_s = stop_s

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="vocalbaby-watchdog", daemon=True).start()

    def _run(self) -> None:
        silence = Silence()
        while not self._beats.stopping:
            time.sleep(LOOK_S)
            if silence.seconds(self._beats.count(0)) > self._timeout_s:
                _exit(f"the service has not responded for {self._timeout_s:g} s")
        exit_after(self._stop_s)


def exit_after(stop_s: float) -> None:
    """Exit with code 1, unless this process stops within ``stop_s`` seconds."""
    time.sleep(stop_s)
    _exit(f"the service has not stopped within {stop_s:g} s")


def _exit(reason: str) -> None:
    """Exit now, even if another thread holds the lock of the log."""
    threading.Thread(
        target=_log.critical, args=(f"{reason}: its process ends",), daemon=True
    ).start()
    time.sleep(LOOK_S)
    os._exit(1)
