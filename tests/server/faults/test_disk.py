"""A service with a prediction log goes on, whatever the disk does and whichever process dies."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import classify, metric, wait_until
from vocalbaby.monitoring.prediction_log import read

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]

ANSWERED = 'requests_total{method="POST",route="/predict",status="200"}'


def value(url: str, series: str) -> float:
    return metric(httpx.get(f"{url}/metrics").text, series)


FAILED = 'prediction_log_rows_total{outcome="failed"}'
WRITTEN = 'prediction_log_rows_total{outcome="written"}'


def remove(log: Path, disk: Any) -> None:
    shutil.rmtree(log)


def replace(log: Path, disk: Any) -> None:
    shutil.rmtree(log)
    log.touch()


def fill(log: Path, disk: Any) -> None:
    disk.fill()


def restore(log: Path, disk: Any) -> None:
    if (disk.path / "filler").exists():
        disk.free()
    if log.is_file():
        log.unlink()
    log.mkdir(exist_ok=True)


@pytest.mark.parametrize("spoil", [fill, remove, replace])
def test_workers_die_and_return_while_the_log_cannot_be_written(
    serve: Serve, wav: MakeWav, disk: Any, spoil: Callable[[Path, Any], None]
) -> None:
    def has(series: str, count: float) -> bool:
        return value(server.url, series) == count

    log, clip, flags = disk.path / "log", wav(0.2), ("--workers=2", "--drain-seconds=0")
    stderr = disk.path / "stderr"
    with serve(
        *flags,
        f"--prediction-log={log}",
        "--access-log",
        environment={"TMPDIR": str(disk.path)},
        stderr=stderr,
    ) as server:
        wait_until(lambda: value(server.url, "worker_starts_total") == 2)
        spoil(log, disk)
        victims = server.workers()
        for dead, victim in enumerate(victims, 1):  # within seconds of the start
            os.kill(victim, signal.SIGKILL)
            wait_until(partial(has, "worker_starts_total", 2 + dead))
            classify(server.url, clip, 2)
            wait_until(partial(has, FAILED, 2 * dead))  # or the next victim takes rows with it
        assert has(ANSWERED, 4)
        restore(log, disk)
        classify(server.url, clip, 2)
        wait_until(lambda: value(server.url, WRITTEN) == 2)
        server.terminate()
        assert server.process.wait(20) == 0
        assert len(read(log).request_id) == 2
    assert "the prediction log cannot be written, and rows are lost" in stderr.read_text() or (
        spoil is fill  # its log was full, too
    )


def test_one_process_answers_while_its_disk_is_full(
    serve: Serve, wav: MakeWav, disk: Any, tmp_path: Path
) -> None:
    log = disk.path / "log"
    flags = ("--drain-seconds=0", "--access-log", f"--prediction-log={log}")
    environment = {"TMPDIR": str(disk.path)}
    with serve(*flags, environment=environment, stderr=disk.path / "stderr") as server:
        disk.fill()
        classify(server.url, wav(0.2), 3)
        wait_until(lambda: value(server.url, FAILED) == 3)
        disk.free()
        classify(server.url, wav(0.2), 3)
        wait_until(lambda: value(server.url, WRITTEN) == 3)
        server.terminate()
        assert server.process.wait(20) == 0
    disk.fill()
    log.mkdir(exist_ok=True)
    with serve(*flags, environment=environment, stderr=tmp_path / "stderr") as server:
        classify(server.url, wav(0.2), 1)
        wait_until(lambda: value(server.url, FAILED) == 1)
    assert "Rows are lost until it can." in (tmp_path / "stderr").read_text()
