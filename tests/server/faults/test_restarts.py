"""Restarts of workers that fail, and a system that lets no process be started."""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

import pytest

from vocalbaby.api.server.heartbeats import Heartbeats
from vocalbaby.api.server.supervisor import Supervisor

#: Seconds within which the supervisor has to end.
_LIMIT_S: Final = 30.0


def supervised(work: Callable[[Heartbeats], int], prepare: Callable[[], None]) -> int:
    """Exit code of a supervisor, in a process of its own, with a worker."""
    pid = os.fork()
    if pid == 0:
        prepare()
        beats = Heartbeats()
        supervisor = Supervisor(
            1,
            lambda _: work(beats),
            on_exit=lambda *_: None,
            on_stop=lambda: None,
            beats=beats,
            stop_s=5.0,
        )
        os._exit(supervisor.run())
    timer = threading.Timer(_LIMIT_S, os.kill, (pid, signal.SIGKILL))
    timer.start()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    timer.cancel()
    return code


def nothing() -> None:
    """Prepare nothing."""


def stop_parent() -> int:
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(_LIMIT_S)
    return 99


def test_a_service_that_has_started_does_not_end_when_workers_fail() -> None:
    """Each of them ends within 10 s of the start, as with a folder that cannot be opened."""

    def work(beats: Heartbeats) -> int:
        beats.beat()
        if beats.count(0) == 1:
            beats.set_started()
            os.kill(os.getpid(), signal.SIGKILL)
        if beats.count(0) == 2:
            return 2
        if beats.count(0) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return stop_parent()

    assert supervised(work, nothing) == 0


def test_a_worker_that_was_killed_before_it_was_ready_may_fail_later() -> None:
    def work(beats: Heartbeats) -> int:
        beats.beat()
        if beats.count(0) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 if beats.count(0) == 2 else stop_parent()

    assert supervised(work, nothing) == 0


def test_the_first_worker_that_fails_before_it_is_ready_ends_the_service() -> None:
    assert supervised(lambda _: 7, nothing) == 7


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.ENOMEM])
def test_a_system_that_lets_no_process_be_started_ends_nothing(code: int) -> None:
    """It fails at the start, and when a worker has died."""
    fork, calls = os.fork, [0]

    def failing() -> int:
        calls[0] += 1
        if calls[0] in {1, 3, 4}:
            raise OSError(code, os.strerror(code))
        return fork()

    def prepare() -> None:
        os.fork = failing

    def work(beats: Heartbeats) -> int:
        beats.beat()
        if beats.count(0) == 1:
            beats.set_started()
            os.kill(os.getpid(), signal.SIGKILL)
        return stop_parent()

    assert supervised(work, prepare) == 0
