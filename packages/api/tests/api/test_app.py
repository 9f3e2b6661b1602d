"""The factory, the probes, the model's paths, and what importing costs."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api import app as app_module
from vocalbaby.api.app import create_app
from vocalbaby.api.http.schemas import Predictions, Problem
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError
from vocalbaby.exception.table import TABLE

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


def test_importing_is_cheap_and_touches_nothing() -> None:
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


def test_app_is_made_from_the_environment_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(app_module), "app", raising=False)
    monkeypatch.setenv("VOCALBABY_API__MAX_FILES", "3")
    assert app_module.app.state.vocalbaby.settings.max_files == 3
    assert app_module.app is app_module.app
    monkeypatch.delitem(vars(app_module), "app")
    monkeypatch.setenv("VOCALBABY_API__MAX_FILE", "3")
    with pytest.raises(ConfigError, match="MAX_FILE is not a setting"):
        app_module.app  # noqa: B018


def test_ready_says_no_until_the_model_has_answered(fake: MakeFake, wav: MakeWav) -> None:
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


def test_the_model_tells_what_it_is(client: TestClient, wav: MakeWav) -> None:
    client.post("/predict", files={"files": ("a", wav(0.2))})
    manifest = client.get("/model").json()
    assert manifest["version"] == "fake-1"
    assert manifest["metrics"] == {"uar": 0.5}
    card = client.get("/model/card")
    assert card.text == "# A card\n"
    assert card.headers["content-type"].startswith("text/markdown")


def test_openapi_describes_every_answer_with_examples(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/predict",
        "/predict_zip",
        "/health",
        "/ready",
        "/model",
        "/model/card",
        "/metrics",
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        *(
            f"/v2/models/{{name}}{version}{action}"
            for version in ("", "/versions/{version}")
            for action in ("", "/ready", "/infer")
        ),
    }
    predict = document["paths"]["/predict"]["post"]
    assert "multipart/form-data" in predict["requestBody"]["content"]
    examples = problem_examples(document)
    assert {"request_too_large", "unsupported_media_type", "overloaded"} < set(examples)
    for code, value in examples.items():
        Problem.model_validate(value, extra="forbid")
        assert value["code"] == code
        assert value["status"] == TABLE[code].http_status
    for example in predict["responses"]["200"]["content"]["application/json"]["examples"].values():
        assert Predictions.model_validate(example["value"]).model_dump() == example["value"]
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["tags"]
            assert operation["description"]
    assert {"Problem", "Predictions", "ClipResult"} <= set(document["components"]["schemas"])


def problem_examples(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Examples of problems under ``/predict``, by their code."""
    return {
        code: example["value"]
        for status, response in document["paths"]["/predict"]["post"]["responses"].items()
        if status != "200"
        for code, example in response["content"]["application/problem+json"]["examples"].items()
    }


def test_the_examples_are_what_the_service_answers(client: TestClient, wav: MakeWav) -> None:
    examples = problem_examples(client.get("/openapi.json").json())
    loud = bytearray(wav(0.1))
    loud[20:22], loud[34:36] = b"\x03\x00", b"\x20\x00"  # IEEE float of 32 bits
    loud[44:] = b"\xff" * len(loud[44:])
    sent: dict[str, dict[str, Any]] = {
        "unsupported_media_type": {"content": b"x", "headers": {"content-type": "text/plain"}},
        "request_invalid": {"files": {"audio": ("a", b"x")}},
        "too_many_files": {"files": [("files", ("a", b""))] * 65},
        "request_too_large": {"files": {"files": ("a", bytes(32 * 2**20))}},
        "audio_unreadable": {"files": {"files": ("clip", b"Dear all, hello.")}},
        "audio_empty": {"files": {"files": ("clip", b"")}},
        "audio_too_long": {"files": {"files": ("clip", wav(60))}},
        "audio_too_short": {"files": {"files": ("clip", wav(0.005))}},
        "audio_silent": {"files": {"files": ("clip", wav(0.1)[:44] + bytes(3200))}},
        "audio_non_finite": {"files": {"files": ("clip", bytes(loud))}},
    }
    for code, request in sent.items():
        id_ = {"x-request-id": examples[code]["request_id"]}
        headers = request.pop("headers", {}) | id_
        assert client.post("/predict", **request, headers=headers).json() == examples[code]
    need_other_settings = {"key_required", "key_refused", "rate_limited", "deadline_exceeded"}
    assert set(examples) - set(sent) - need_other_settings == {
        "request_timeout",
        "internal",
        "overloaded",
        "not_ready",
    }


def test_docs_describe_every_path_and_need_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            assert f"{method.upper()} {path}</code>" in page.text
            assert escape(operation["summary"]) in page.text
    assert "color-scheme: light dark" in page.text
    links = re.findall(r'href="#([^"]+)"', page.text)
    assert links == re.findall(r'<h2 id="([^"]+)"', page.text)
    assert len(set(links)) == len(links) > 10
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "://" not in page.text
    assert 'route="/docs",status="200"} 1.0' in client.get("/metrics").text


def test_head_is_get_without_a_body(client: TestClient) -> None:
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


def test_unknown_paths_and_methods_make_one_series(client: TestClient) -> None:
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
