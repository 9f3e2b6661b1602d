"""Security headers, other origins, and the access log."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError
from vocalbaby.logging import JsonFormatter

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def test_every_response_has_security_headers(client: TestClient) -> None:
    for path in ("/", "/health", "/nowhere", "/docs", "/model", "/page/app.js", "/metrics"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer"
        policies = headers.get_list("content-security-policy")
        assert len(policies) == 1
        assert "frame-ancestors 'none'" in policies[0]
        assert ("unsafe" in policies[0]) == (path == "/docs"), path


def test_other_origins_are_refused_unless_they_are_allowed(fake: MakeFake) -> None:
    preflight = {
        "origin": "https://lab.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    with TestClient(create_app(Settings(), fake())) as client:
        assert client.options("/predict", headers=preflight).status_code == 405
        shut = client.get("/health", headers=preflight)
    assert not any(name.startswith("access-control") for name in shut.headers)
    named = Settings(cors_origins="https://lab.example,http://localhost:3000")
    with TestClient(create_app(named, fake())) as client:
        allowed = client.options("/predict", headers=preflight)
        other = client.options("/predict", headers=preflight | {"origin": "https://evil.example"})
        failed = client.post("/predict", headers=preflight)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://lab.example"
    assert "access-control-allow-origin" not in other.headers
    assert failed.headers["access-control-allow-origin"] == "https://lab.example"


@pytest.mark.parametrize("origins", ["lab.example", "https://lab.example/", "https://a, https://b"])
def test_a_malformed_origin_is_refused(origins: str) -> None:
    with pytest.raises(ConfigError, match="CORS_ORIGINS"):
        Settings.load({"VOCALBABY_API__CORS_ORIGINS": origins})


def test_the_access_log_has_no_text_from_clients(
    fake: MakeFake, wav: MakeWav, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"user-agent": "SECRET", "x-request-id": "run-1", "referer": "SECRET"}
    files = [("files", ("SECRET.wav", wav(0.2))), ("files", ("SECRET.txt", b"SECRET"))]
    app = create_app(Settings(access_log=True), fake())
    with TestClient(app) as client, caplog.at_level(logging.DEBUG, "vocalbaby"):
        client.post("/predict?q=SECRET", files=files, headers=headers)
        client.get("/SECRET", headers=headers)
        client.request("SECRET", "/health", headers=headers)
        client.post("/predict_zip", content=b"SECRET", headers={"content-type": "application/zip"})
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert not any("SECRET" in line for line in lines)
    logged = [json.loads(line) for line in lines if "middleware.access_log" in line]
    assert [(entry["method"], entry["route"], entry["status"]) for entry in logged] == [
        ("POST", "/predict", 200),
        ("GET", "unmatched", 404),
        ("OTHER", "/health", 405),
        ("POST", "/predict_zip", 422),
    ]
    assert logged[0]["request_id"] == "run-1"
    assert logged[0]["ms"] > 0
