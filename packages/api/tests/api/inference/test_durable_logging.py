"""With ``prediction_log_durability`` = answered, a response means that its rows are on the disk."""

import errno
import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import metric as value
from packages.api.tests.support import wait_until
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.prediction_log import PredictionLog, read

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
MakeFake = Callable[..., Any]


@contextmanager
def running(folder: Path, predictor: Any, **settings: object) -> Iterator[TestClient]:
    chosen = {"prediction_log": str(folder), "prediction_log_durability": "answered"} | settings
    with TestClient(create_app(Settings.load({}, **chosen), predictor)) as client:
        wait_until(lambda: client.get("/ready").status_code == 200)
        yield client


def post(client: TestClient, clip: bytes, request_id: str = "r") -> Any:
    headers = {"X-Request-ID": request_id}
    return client.post("/predict", files={"files": ("a.wav", clip)}, headers=headers)


def rows_total(client: TestClient) -> dict[str, float]:
    text = client.get("/metrics").text
    return {
        outcome: value(text, f'prediction_log_rows_total{{outcome="{outcome}"}}')
        for outcome in ("written", "dropped", "failed")
    }


def test_a_response_is_sent_when_its_rows_are_on_the_disk(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    with running(tmp_path, fake()) as client:
        for number in range(5):
            assert post(client, wav(0.3), f"r{number}").status_code == 200
            assert read(tmp_path).request_id.tolist() == [f"r{n}" for n in range(number + 1)]


class Disk:
    """A disk whose flushes can be counted, held up and made to fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.flushes, self.fault = 0, 0
        self.reached, self.free = threading.Event(), threading.Event()
        self.free.set()
        flush = os.fdatasync

        def watched(file: int) -> None:
            self.flushes += 1
            self.reached.set()
            assert self.free.wait(20)
            if self.fault:
                raise OSError(self.fault, os.strerror(self.fault))
            flush(file)

        monkeypatch.setattr("vocalbaby.monitoring.prediction_log.journal.os.fdatasync", watched)


def test_nothing_waits_for_the_disk_but_the_response(
    tmp_path: Path, fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that arrive during a flush share the next one."""
    disk = Disk(monkeypatch)
    committed: list[object] = []
    commit = PredictionLog.commit

    def watched(log: PredictionLog, *arguments: Any) -> None:
        commit(log, *arguments)
        committed.append(log)

    monkeypatch.setattr(PredictionLog, "commit", watched)
    with running(tmp_path, fake()) as client, ThreadPoolExecutor(16) as pool:
        disk.free.clear()
        first = pool.submit(post, client, wav(0.3), "first")
        assert disk.reached.wait(20)
        others = [pool.submit(post, client, wav(0.3), f"r{number}") for number in range(12)]
        wait_until(lambda: len(committed) == 13)
        assert client.get("/health").status_code == 200
        assert not any(answer.done() for answer in (first, *others))
        disk.free.set()
        assert {answer.result().status_code for answer in (first, *others)} == {200}
        assert disk.flushes == 2
    assert len(read(tmp_path)) == 13


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
def test_a_prediction_that_cannot_be_logged_is_not_sent(
    tmp_path: Path, fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    disk = Disk(monkeypatch)
    with running(tmp_path, fake()) as client:
        assert post(client, wav(0.3), "before").status_code == 200
        disk.fault = fault
        for _ in range(2):
            answer = post(client, wav(0.3), "lost")
            assert (answer.status_code, answer.json()["code"]) == (503, "log_unwritable")
            assert answer.headers["Retry-After"] == "1"
            assert "Crying" not in answer.text
        assert rows_total(client) == {"written": 1, "dropped": 0, "failed": 2}
        assert (
            'predictions_total{class="Crying",model_version="fake-1"} 1.0'
            in client.get("/metrics").text
        )
        disk.fault = 0
        assert post(client, wav(0.3), "after").status_code == 200
    rows = read(tmp_path)
    assert (rows.request_id.tolist(), rows.left_out) == (["before", "after"], ())


def test_the_rows_of_a_request_are_logged_together_or_not_at_all(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    with running(tmp_path, fake(), prediction_log_queue_rows=2) as client:
        files = [("files", (f"{number}.wav", wav(0.3))) for number in range(3)]
        answer = client.post("/predict", files=files, headers={"X-Request-ID": "three"})
        assert (answer.status_code, answer.json()["code"]) == (503, "log_unwritable")
        answer = client.post("/predict", files=files[:2], headers={"X-Request-ID": "two"})
        assert answer.status_code == 200
        assert rows_total(client) == {"written": 2, "dropped": 3, "failed": 0}
    assert read(tmp_path).request_id.tolist() == ["two", "two"]


def test_a_bug_of_the_log_is_not_a_response(
    tmp_path: Path, fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(PredictionLog, "commit", broken)
    with running(tmp_path, fake()) as client:
        assert post(client, wav(0.3)).json()["code"] == "log_unwritable"


def test_every_route_waits_for_the_disk(
    tmp_path: Path, fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.wav", wav(0.3))
    sound = {"shape": [1, 4800], "datatype": "FP32", "data": [0.1, -0.1] * 2400}
    body = {"inputs": [{"name": "samples", **sound}], "parameters": {"sample_rate": 16000}}
    disk = Disk(monkeypatch)
    with running(tmp_path, fake()) as client:
        for fault, status in ((0, 200), (errno.EIO, 503)):
            disk.fault = fault
            zipped = {"files": ("clips.zip", packed.getvalue())}
            raw = {"Content-Type": "audio/wav"}
            assert [
                client.post("/predict", content=wav(0.3), headers=raw).status_code,
                client.post("/predict_zip", files={"file": zipped["files"]}).status_code,
                client.post("/v2/models/vocalbaby/infer", json=body).status_code,
            ] == [status] * 3
    assert len(read(tmp_path)) == 3


def test_clips_that_cannot_be_used_need_no_disk(
    tmp_path: Path, fake: MakeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    disk.fault = errno.EIO
    with running(tmp_path, fake()) as client:
        assert post(client, b"text, not audio").json()["code"] == "audio_unreadable"
    assert disk.flushes == 0


def test_the_former_option_names_its_successor() -> None:
    with pytest.raises(ConfigError, match="use PREDICTION_LOG_DURABILITY=answered"):
        Settings.load({"VOCALBABY_API__PREDICTION_LOG_FSYNC": "true"})
