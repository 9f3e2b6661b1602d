"""The metrics of a running application, and the drift job's result in them."""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from fastapi.testclient import TestClient
from moto import mock_aws

from packages.api.tests.support import wait_until
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.entity.clip import WARNING_CODES
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.drift_result import MAX_BYTES
from vocalbaby.monitoring.metrics import METRICS

MakeWav = Callable[..., bytes]


MakeFake = Callable[..., Any]


#: Makes a latest.json: score.
MakeResult = Callable[..., bytes]


@contextmanager
def running(predictor: Any, **settings: object) -> Iterator[TestClient]:
    with TestClient(create_app(Settings.load({}, **settings), predictor)) as client:
        wait_until(lambda: client.get("/ready").status_code == 200)
        yield client


def value(client: TestClient, series: str) -> float | None:
    """One series, without ``vocalbaby_``."""
    text = client.get("/metrics").text
    found = re.search(rf"^vocalbaby_{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def classify(client: TestClient, *clips: bytes) -> int:
    files = [("files", (f"{i}.wav", clip)) for i, clip in enumerate(clips)]
    return int(client.post("/predict", files=files).status_code)


@pytest.fixture
def drift_results(tmp_path: Path, drift_result: MakeResult) -> Path:
    (tmp_path / "latest.json").write_bytes(drift_result())
    return tmp_path


def test_exactly_the_documented_metrics_are_exposed(
    fake: MakeFake, wav: MakeWav, drift_results: Path
) -> None:
    """Each of them has series, except those of errors that have not occurred."""
    with running(fake(), drift_results=str(drift_results)) as client:
        wait_until(lambda: value(client, 'drift_score{feature_set="none"}'))
        assert classify(client, wav(0.4), wav(0.05), b"no audio") == 200
        text = client.get("/metrics").text
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    ours = {name: kind for name, kind in types.items() if not name.startswith("process_")}
    assert ours == {spec.name: spec.kind for spec in METRICS.values()}
    seen = set(re.findall(r"^(\w+?)(?:_bucket|_sum|_count)?[{ ]", text, re.MULTILINE))
    silent = {"model_fault", "model_refusals_total", "shadow_clips_total", "shadow_difference"}
    assert set(ours) - seen == {f"vocalbaby_{name}" for name in silent}


def test_every_error_code_has_a_series_from_the_start(client: TestClient) -> None:
    text = client.get("/metrics").text
    for name, codes in (("errors", TABLE), ("clip_warnings", WARNING_CODES)):
        found = re.findall(rf'^vocalbaby_{name}_total{{code="(\w+)"}} 0.0$', text, re.MULTILINE)
        assert set(found) == set(codes)


def test_an_abstention_and_its_reason_are_counted(client: TestClient, wav: MakeWav) -> None:
    assert (
        classify(client, wav(0.7), wav(0.05)) == 200
    )  # the fake's confidence is the length of the clip
    assert value(client, 'predictions_total{class="Crying",model_version="fake-1"}') == 1
    assert value(client, 'predictions_total{class="abstained",model_version="fake-1"}') == 1
    assert value(client, 'clip_warnings_total{code="not_confident"}') == 1
    assert value(client, 'confidence_bucket{le="0.6",model_version="fake-1"}') == 1
    assert value(client, 'confidence_bucket{le="0.7",model_version="fake-1"}') == 2


def test_the_queue_and_the_batches_are_measured(fake: MakeFake, wav: MakeWav) -> None:
    begun, go = threading.Event(), threading.Event()

    def before(names: list[str]) -> None:
        if names == ["0.wav"] and not begun.is_set():
            begun.set()
            go.wait(10)

    with running(fake(before)) as client, ThreadPoolExecutor(3) as pool:
        first = pool.submit(classify, client, wav(0.2))
        assert begun.wait(10)
        rest = [pool.submit(classify, client, *[wav(0.2)] * 3) for _ in range(2)]
        wait_until(lambda: value(client, "queue_clips") == 6)
        go.set()
        assert [asked.result() for asked in (first, *rest)] == [200] * 3
        assert value(client, "queue_clips") == 0
        buckets = [value(client, f'batch_clips_bucket{{le="{n}.0"}}') for n in (1, 2, 4, 8)]
        assert buckets == [1, 1, 1, 2]
        assert value(client, "batch_clips_sum") == 7


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_the_drift_result_is_read_from_a_folder(
    fake: MakeFake, drift_results: Path, drift_result: MakeResult
) -> None:
    latest, away = drift_results / "latest.json", drift_results.with_name("away")
    with running(fake(), drift_results=str(drift_results), drift_seconds=0.02) as client:
        wait_until(lambda: value(client, 'drift_score{feature_set="none"}') == 0.7)
        latest.write_bytes(drift_result(0.9))
        wait_until(lambda: value(client, 'drift_score{feature_set="none"}') == 0.9)
        for spoil, fault in (
            (lambda: latest.write_bytes(drift_result()[:-1]), "torn"),
            (lambda: os.truncate(latest, MAX_BYTES + 1), "too_large"),  # refused unread
            (latest.unlink, "missing"),
            (latest.mkdir, "missing"),
        ):
            spoil()
            wait_until(lambda: value(client, f'drift_status_fault{{code="{fault}"}}'))  # noqa: B023 - called at once
            assert value(client, 'drift_score{feature_set="none"}') == 0.9
        latest.rmdir()
        latest.write_bytes(drift_result(0.5))
        wait_until(lambda: value(client, 'drift_score{feature_set="none"}') == 0.5)
        assert value(client, 'drift_status_fault{code="missing"}') == 0
        drift_results.rename(away)  # like a missing mount
        wait_until(lambda: value(client, 'drift_status_fault{code="unreadable"}'))
        assert value(client, 'drift_status_fault{code="missing"}') == 0
        away.rename(drift_results)
        wait_until(lambda: value(client, 'drift_status_fault{code="unreadable"}') == 0)


def test_a_file_instead_of_the_folder_of_drift_results_is_reported(
    fake: MakeFake, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with running(fake(), drift_results=str(tmp_path / "file")) as client:
        wait_until(lambda: value(client, 'drift_status_fault{code="unreadable"}'))


@pytest.mark.usefixtures("s3")
def test_the_drift_result_is_read_from_s3(fake: MakeFake, drift_result: MakeResult) -> None:
    with mock_aws():
        bucket: Any = boto3.resource("s3").create_bucket(Bucket="drift")
        settings = {"drift_results": "s3://drift/prod/", "drift_seconds": 0.05}
        with running(fake(), **settings) as client:
            wait_until(lambda: value(client, 'drift_status_fault{code="missing"}'))
            bucket.put_object(Key="prod/latest.json", Body=drift_result())
            wait_until(lambda: value(client, 'drift_score{feature_set="none"}') == 0.7)
            assert value(client, 'drift_status_fault{code="missing"}') == 0
            bucket.objects.delete()
            bucket.delete()
            wait_until(lambda: value(client, 'drift_status_fault{code="unreadable"}'))
            assert value(client, 'drift_score{feature_set="none"}') == 0.7


@pytest.mark.usefixtures("s3")
def test_a_store_that_does_not_answer_delays_nothing(
    fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with running(fake(), drift_results="s3://drift/prod", drift_seconds=0.01) as client:
            silent.settimeout(10)
            connection, _ = silent.accept()  # accepts the request and does not answer
            with connection:
                assert classify(client, wav(0.2)) == 200
                assert value(client, 'drift_score{feature_set="none"}') is None
        assert time.monotonic() - began < 10
