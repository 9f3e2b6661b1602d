"""Stopping and restarting the worker processes."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import wait_until
from vocalbaby import cli, inference
from vocalbaby.api.server.supervisor import Supervisor
from vocalbaby.exception import BundleError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def test_sigterm_drains_every_worker(serve: Serve, wav: MakeWav) -> None:
    files = {"files": wav(0.2)}
    with serve("--workers=2", "--drain-seconds=2") as server:
        clients = [httpx.Client(base_url=server.url) for _ in range(8)]
        assert {client.post("/predict", files=files).status_code for client in clients} == {200}
        server.terminate()
        time.sleep(0.4)
        for client in clients:
            answer = client.post("/predict", files=files)
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
            client.close()
        assert server.process.wait(20) == 0


def test_workers_stop_and_clean_up_when_their_parent_is_killed(serve: Serve) -> None:
    shared_memory = Path("/dev/shm")
    before = set(shared_memory.glob("vocalbaby-*"))
    with serve("--workers=2", "--drain-seconds=0") as server:
        workers = server.workers()
        server.process.kill()
        server.process.wait(10)
        wait_until(lambda: not any(Path(f"/proc/{pid}/stat").exists() for pid in workers))
    assert set(shared_memory.glob("vocalbaby-*")) <= before


def test_a_worker_that_fails_at_the_start_stops_the_service(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This happens, e.g., when memory is short; the parent reports errors in the settings."""

    def fail(_: object) -> None:
        raise BundleError("It is gone.")

    monkeypatch.setattr(inference, "load", fail)
    pid = os.fork()  # the parent of workers must be a process without other threads
    if pid == 0:
        os._exit(cli.main(["--host=127.0.0.1", "--port=0", "--workers=2"]))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 6
    assert "vocalbaby-serve: It is gone." in capfd.readouterr().err


def test_a_worker_that_keeps_dying_is_restarted_with_growing_delays() -> None:
    """The supervisor runs in a separate process, and its workers kill themselves."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:

        def work(_: int) -> int:
            os.write(write, b"x")
            time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

        def on_stop() -> None:
            os.write(write, b"s")

        deaths: list[int] = []
        supervisor = Supervisor(
            1, work, on_exit=lambda worker, _: deaths.append(worker), on_stop=on_stop
        )
        code = supervisor.run()
        os._exit(code if len(deaths) > 2 else 99)
    start = time.monotonic()
    written = b""
    while written.count(b"x") < 4:  # after 0, 0.1, 0.3, 0.7 s
        written += os.read(read, 1)
    assert time.monotonic() - start > 0.5
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(write)
    with os.fdopen(read, "rb") as rest:
        assert rest.read().endswith(b"s")
