"""The application factory, the probes, the model's paths, and the cost of an import."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api import app as app_module
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


CHEAP = """
import os, socket, sys
opened = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str):
        opened.append(args[0])
    if event.startswith("socket."):
        opened.append(event)
import fastapi, prometheus_client, numpy, soundfile, soxr, python_multipart  # theirs, not ours
sys.addaudithook(watch)
import vocalbaby.api.app
code = (".py", ".pyc", ".so")
print([name for name in opened if not name.endswith(code) and "__pycache__" not in name])
heavy = {"librosa", "sklearn", "pandas", "evidently", "xgboost", "scipy", "matplotlib", "pyarrow"}
vocalbaby.api.app.create_app
print(sorted(heavy & set(sys.modules)))
"""


def test_importing_the_application_reads_no_files_and_no_heavy_library() -> None:
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "VOCALBABY_API__NONSENSE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHEAP],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_app_is_created_from_the_environment_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(app_module), "app", raising=False)
    monkeypatch.setenv("VOCALBABY_API__MAX_FILES", "3")
    assert app_module.app.state.vocalbaby.settings.max_files == 3
    assert app_module.app is app_module.app
    monkeypatch.delitem(vars(app_module), "app")
    monkeypatch.setenv("VOCALBABY_API__MAX_FILE", "3")
    with pytest.raises(ConfigError, match="MAX_FILE is not a setting"):
        app_module.app  # noqa: B018 - it is built when read


def test_ready_is_503_until_the_model_is_warmed_up(fake: MakeFake, wav: MakeWav) -> None:
    release = threading.Event()

    predictor = fake(lambda names: release.wait(10))
    with TestClient(create_app(Settings(), predictor)) as client:
        before = client.get("/ready")
        assert client.get("/health").json() == {"status": "ok"}
        threading.Timer(0.2, release.set).start()
        # A request that comes while the model loads waits for it.
        answer = client.post("/predict", files={"files": ("a", wav(0.2))})
        after = client.get("/ready")
    assert (before.status_code, before.json()["code"]) == (503, "not_ready")
    assert answer.status_code == 200
    assert after.json() == {"status": "ready", "model_version": "fake-1", "faults": []}
    assert predictor.seen == ["warm-up", "a"]


def test_works_without_lifespan_events(fake: MakeFake, wav: MakeWav) -> None:
    client = TestClient(create_app(Settings(), fake()))
    assert client.get("/ready").status_code == 503
    assert client.post("/predict", files={"files": ("a", wav(0.2))}).status_code == 200
    assert client.get("/ready").status_code == 200


def test_model_and_card_describe_the_model(client: TestClient, wav: MakeWav) -> None:
    client.post("/predict", files={"files": ("a", wav(0.2))})
    manifest = client.get("/model").json()
    assert manifest["version"] == "fake-1"
    assert manifest["metrics"] == {"uar": 0.5}
    card = client.get("/model/card")
    assert card.text == "# A card\n"
    assert card.headers["content-type"].startswith("text/markdown")


def test_head_is_answered_as_get_without_a_body(client: TestClient) -> None:
    for path in ("/health", "/ready", "/", "/metrics", "/docs", "/model", "/v2/health/live"):
        asked, headed = client.get(path), client.head(path)
        assert (headed.status_code, headed.content) == (asked.status_code, b""), path
        assert headed.headers["content-type"] == asked.headers["content-type"]
        if path != "/metrics":  # which the request before has changed
            assert headed.headers["content-length"] == str(len(asked.content))
    assert client.head("/nowhere").status_code == 404
    assert client.head("/predict").status_code == 405
    seen = client.get("/metrics").text
    assert 'requests_total{method="HEAD",route="/health",status="200"} 1.0' in seen
    assert 'requests_total{method="HEAD",route="/predict",status="405"} 1.0' in seen


def test_unknown_paths_and_methods_share_one_series(client: TestClient) -> None:
    for i in range(20):
        client.get(f"/wp-admin/{i}")
        client.request(f"BREW{i}", "/health")
    lines = [
        line
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("vocalbaby_requests_total")
    ]
    assert lines == [
        'vocalbaby_requests_total{method="GET",route="unmatched",status="404"} 20.0',
        'vocalbaby_requests_total{method="OTHER",route="/health",status="405"} 20.0',
    ]
