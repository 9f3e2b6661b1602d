"""The prediction log of servers whose workers are killed, or which cannot write it."""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import metric, wait_until
from vocalbaby import cli
from vocalbaby.monitoring.prediction_log import read

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def written(metrics: str) -> float:
    return metric(metrics, 'prediction_log_rows_total{outcome="written"}')


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_does_not_start_with_an_unusable_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], workers: int
) -> None:
    (tmp_path / "file").write_bytes(b"")
    pid = os.fork()  # the parent of workers must be a process without other threads
    if pid == 0:
        flags = ["--host=127.0.0.1", "--port=0", f"--prediction-log={tmp_path}/file"]
        os._exit(cli.main([*flags, f"--workers={workers}"]))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert "--prediction-log" in capfd.readouterr().err


def test_rows_of_killed_workers_are_kept_and_shipped(
    serve: Serve, wav: MakeWav, tmp_path: Path
) -> None:
    here, there = tmp_path / "log", tmp_path / "shipped"
    flags = (f"--prediction-log={here}", f"--prediction-log-store={there}", "--drain-seconds=0")
    with serve("--workers=2", *flags) as server:

        def metrics() -> str:
            return httpx.get(f"{server.url}/metrics").text

        def send(names: list[str]) -> None:
            for name in names:
                while True:
                    with suppress(httpx.TransportError):  # a worker died with the connection
                        answer = httpx.post(
                            f"{server.url}/predict",
                            files={"files": ("a.wav", wav(0.2))},
                            headers={"X-Request-ID": name},
                        )
                        assert answer.status_code == 200
                        break

        send([f"a{number}" for number in range(12)])
        wait_until(lambda: written(metrics()) == 12)
        for worker in children(server.process.pid):
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: metric(metrics(), "worker_starts_total") == 4)
        send([f"b{number}" for number in range(12)])
        server.terminate()
        assert server.process.wait(30) == 0
    assert list(here.iterdir()) == []
    rows = read(there)
    assert sorted(rows.request_id) == sorted(f"{a}{number}" for a in "ab" for number in range(12))
    assert rows.torn == 0


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]
