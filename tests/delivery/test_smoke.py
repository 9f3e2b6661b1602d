"""The smoke test, against the real service and against a stand-in with faults."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.commands import run
from tests.delivery.service import Service, serving

SMOKE = "scripts/smoke_test.sh"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as made:
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_real_service_passes(tmp_path: Path) -> None:
    serve = [sys.executable, "-c", "from vocalbaby.cli import serve; serve()"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    keys, key_file, port, metrics = tmp_path / "keys", tmp_path / "key", free_port(), free_port()
    key_file.write_bytes(
        subprocess.run(
            [*serve, "new-key", "test", f"--file={keys}"], env=env, check=True, capture_output=True
        ).stdout
    )
    options = [f"--port={port}", f"--metrics-port={metrics}", f"--keys-file={keys}"]
    process = subprocess.Popen([*serve, "--host=127.0.0.1", *options], env=env)
    try:
        url = f"http://127.0.0.1:{port}"
        output = run(SMOKE, url, key_file, env={}).stdout
        assert "predict: Junk by vocalbaby-" in output
        assert "metrics are not public" in output
        private = {"VOCALBABY_METRICS_URL": f"http://127.0.0.1:{metrics}/metrics"}
        assert "metrics count the prediction" in run(SMOKE, url, key_file, env=private).stdout
        key_file.write_text("vb_not_a_key")
        assert "FAILED: predict" in run(SMOKE, url, key_file, env={}, expect=1).stderr
    finally:
        process.terminate()
        process.wait(30)
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=1)
        pytest.fail("the service is still running")


def test_a_healthy_service_passes_every_step(service: Service) -> None:
    assert run(SMOKE, service.url, env={}).stdout.count("\n") == 4
    service.key = "secret"
    assert (
        "key: a request without a key is rejected"
        in run(SMOKE, service.url, env={"VOCALBABY_API_KEY": "secret"}).stdout
    )


@pytest.mark.parametrize(
    ("step", "faults"),
    [
        ("ready", {"ready": 503}),
        ("predict", {"status": 500}),
        ("predict", {"result": {"error": {"code": "audio_silent"}}}),
        ("predict", {"result": {"probabilities": {"Crying": 1.0}}}),
        ("predict", {"result": {"probabilities": dict.fromkeys("abcde", 0.3)}}),
        ("predict", {"result": {"label": "Singing"}}),
        ("metrics", {"metrics": (200, 'vocalbaby_predictions_total{class="Junk"} 0\n')}),
        ("metrics", {"metrics": (500, "")}),
    ],
)
def test_names_the_step_that_fails(service: Service, step: str, faults: dict[str, Any]) -> None:
    for name, value in faults.items():
        setattr(service, name, value)
    done = run(SMOKE, service.url, env={"VOCALBABY_SMOKE_SECONDS": "1"}, expect=1)
    assert f"smoke test: FAILED: {step}: " in done.stderr


def test_fails_when_a_request_without_a_key_is_accepted(service: Service, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    done = run(SMOKE, service.url, tmp_path / "key", env={}, expect=1)
    assert "FAILED: key: the status without a key is 200" in done.stderr


def test_private_metrics_must_exist(service: Service) -> None:
    service.metrics = (404, "")
    run(SMOKE, service.url, env={})
    private = {"VOCALBABY_METRICS_URL": f"{service.url}/metrics"}
    assert "FAILED: metrics" in run(SMOKE, service.url, env=private, expect=1).stderr


def test_waiting_for_a_service_ends() -> None:
    began = time.monotonic()
    url = f"http://127.0.0.1:{free_port()}"
    done = run(SMOKE, url, env={"VOCALBABY_SMOKE_SECONDS": "1"}, expect=1)
    assert "FAILED: health: there is no service" in done.stderr
    assert time.monotonic() - began < 10


def test_rejects_an_empty_key_file(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    done = run(SMOKE, "http://127.0.0.1:9", tmp_path / "key", env={}, expect=1)
    assert f"FAILED: key: {tmp_path}/key is empty" in done.stderr
    done = run(SMOKE, "http://127.0.0.1:9", tmp_path / "none", env={}, expect=1)
    assert "FAILED: key: cannot read" in done.stderr
