"""A stop takes a bounded time, whatever hangs."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import wait_until
from vocalbaby.api.server.heartbeats import Heartbeats
from vocalbaby.api.server.supervisor import Supervisor
from vocalbaby.api.server.watchdog import Watchdog

#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def silent_s3() -> Iterator[dict[str, str]]:
    """Variables that name an endpoint which accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "a",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_does_not_wait_for_s3(
    serve: Serve, silent_s3: dict[str, str], tmp_path: Path, workers: int
) -> None:
    """The first poll of the channel, the drift result and the log's store hang."""
    places = [f"--{name}=s3://b/a" for name in ("store", "drift-results", "prediction-log-store")]
    flags = (f"--workers={workers}", "--drain-seconds=0", *places)
    log = ("--prediction-log-seconds=1", f"--prediction-log={tmp_path}")
    with serve(*flags, *log, environment=silent_s3, answers="/health") as server:
        assert httpx.get(f"{server.url}/ready").status_code == 503
        server.terminate()
        assert server.process.wait(20) == 0  # a read from S3 takes up to 100 s


def test_a_stopped_worker_delays_no_stop(serve: Serve) -> None:
    with serve("--workers=2", "--drain-seconds=0") as server:
        os.kill(min(server.workers()), signal.SIGSTOP)
        server.terminate()
        assert server.process.wait(20) == 0
        assert server.workers() == set()


def exit_code(run: Callable[[], int]) -> int:
    """Exit code of a function in a process of its own; it is killed after 30 s."""
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            os._exit(run())
        os._exit(98)
    timer = threading.Timer(30, os.kill, (pid, signal.SIGKILL))
    timer.start()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    timer.cancel()
    return code


def nothing(*_: object) -> None:
    """Do nothing."""


def hang(*_: object) -> int:
    """Ignore signals, forever."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def test_a_worker_that_ignores_the_signal_is_killed() -> None:
    def run() -> int:
        def work(_: int) -> int:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.kill(os.getppid(), signal.SIGTERM)
            return hang()

        return Supervisor(
            1, work, on_exit=nothing, on_stop=nothing, beats=Heartbeats(), stop_s=0.5
        ).run()

    assert exit_code(run) == 1


def test_workers_that_hang_end_when_their_parent_was_killed() -> None:
    read, write = os.pipe()

    def run() -> int:
        os.close(read)

        def work(_: int) -> int:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.kill(os.getppid(), signal.SIGKILL)
            return hang()

        return Supervisor(1, work, on_exit=nothing, on_stop=nothing, stop_s=0.5).run()

    assert exit_code(run) == -signal.SIGKILL
    os.close(write)
    assert os.read(read, 1) == b""  # the worker has ended, too
    os.close(read)


@pytest.mark.parametrize("stopping", [True, False])
def test_a_process_without_workers_that_hangs_ends(*, stopping: bool) -> None:
    def run() -> int:
        beats = Heartbeats()
        if stopping:
            beats.set_stopping()
        Watchdog(beats, 1.0, 0.5 if stopping else 600.0).start()
        return hang()

    assert exit_code(run) == 1


def test_a_stop_ends_the_process_of_a_stopped_job(
    serve: Serve, wav: Callable[..., bytes], tmp_path: Path
) -> None:
    script, folder = tmp_path / "job.py", tmp_path / "jobs"
    script.write_text("import time\ntime.sleep(600)\n")
    with serve(
        "--drain-seconds=0",
        f"--job-folder={folder}",
        environment={"TEST_JOB_PROCESS": str(script)},
    ) as server:
        headers = {"content-type": "audio/wav"}
        assert httpx.post(f"{server.url}/segment", content=wav(1), headers=headers).is_success
        wait_until(server.workers)
        (job,) = server.workers()
        os.kill(job, signal.SIGSTOP)
        server.terminate()
        assert server.process.wait(20) == 0
        assert not Path(f"/proc/{job}").exists()
