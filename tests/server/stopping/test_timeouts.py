"""Workers that do not respond are replaced."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from packages.api.tests.support import metric, wait_until
from vocalbaby.api.server.heartbeats import Silence

#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def test_stopped_workers_are_replaced_and_counted(serve: Serve) -> None:
    """The last one that answers shows the metrics of all."""

    def value(series: str) -> float:
        with httpx.Client(timeout=1) as client:
            try:
                return metric(client.get(f"{server.url}/metrics").text, series)
            except httpx.TransportError:  # of a connection that a stopped worker has accepted
                return -1.0

    flags = ("--workers=2", "--drain-seconds=0", "--worker-timeout-seconds=4")
    with serve(*flags) as server:
        wait_until(lambda: value("worker_starts_total") == 2)
        assert value("worker_timeouts_total") == 0
        for worker in server.workers():
            os.kill(worker, signal.SIGSTOP)
        wait_until(lambda: value("worker_timeouts_total") >= 2, 60)
        assert value("worker_starts_total") >= 4
        assert len(server.workers()) == 2
        server.terminate()
        assert server.process.wait(20) == 0


def test_a_pause_of_the_whole_machine_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    silence = Silence()
    for count in range(5):
        now += 1.0
        assert silence.seconds(count) == 0.0
    now += 86_400.0
    assert silence.seconds(4) == 2.0
    now += 1.0
    assert silence.seconds(4) == 3.0
    now -= 50_000.0  # no clock does this, and it must not matter
    assert silence.seconds(5) == 0.0
