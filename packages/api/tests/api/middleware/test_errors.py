"""Every error is a problem document, with the status of the table of errors."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby import inference
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ModelNotFoundError
from vocalbaby.exception.table import TABLE

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


def form(*parts: tuple[str, str]) -> bytes:
    body = "".join(f"--x\r\n{head}\r\n\r\n{data}\r\n" for head, data in parts)
    return f"{body}--x--\r\n".encode()


FILE = 'Content-Disposition: form-data; name="files"; filename="a"'
OTHER = 'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("method", "path", "request_", "code"),
    [
        ("GET", "/nowhere", {}, "route_not_found"),
        ("GET", "/predict", {}, "method_not_allowed"),
        ("DELETE", "/health", {}, "method_not_allowed"),
        ("POST", "/predict", {}, "unsupported_media_type"),
        ("POST", "/predict", {"json": {"a": 1}}, "unsupported_media_type"),
        ("POST", "/predict", {"data": {"files": "x"}}, "unsupported_media_type"),
        ("POST", "/predict", {"files": {"audio": ("a.wav", b"x")}}, "request_invalid"),
        ("POST", "/predict", {"files": [("files", ("a", b""))] * 65}, "too_many_files"),
        ("POST", "/predict", {"content": b"", "headers": MULTIPART}, "request_invalid"),
        ("POST", "/predict", {"content": b"junk", "headers": MULTIPART}, "request_invalid"),
        (
            "POST",
            "/predict",
            {"content": form((FILE, "x"))[:-6], "headers": MULTIPART},
            "request_invalid",
        ),
        (
            "POST",
            "/predict",
            {"content": form((OTHER, "x")), "headers": MULTIPART},
            "request_invalid",
        ),
        (
            "POST",
            "/predict",
            {"content": form(*[(OTHER, "x")] * 200), "headers": MULTIPART},
            "request_invalid",
        ),
        (
            "POST",
            "/predict",
            {"content": form((f"X-Long: {'y' * 100_000}", "x")), "headers": MULTIPART},
            "request_invalid",
        ),
        (
            "POST",
            "/predict",
            {"content": b"", "headers": {"content-type": "multipart/form-data"}},
            "request_invalid",
        ),
        (
            "POST",
            "/predict",
            {"content": b"--x", "headers": {"content-type": f"{MULTIPART['content-type']:x<500}"}},
            "request_invalid",
        ),
    ],
)
def test_a_bad_request_gets_a_problem_with_a_hint(
    client: TestClient, method: str, path: str, request_: dict[str, Any], code: str
) -> None:
    answer = client.request(method, path, **request_)
    body = answer.json()
    assert body["code"] == code, body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == body["status"] == TABLE[code].http_status
    assert body["title"] == TABLE[code].title
    assert body["type"] == f"urn:vocalbaby:problem:{code}"
    assert body["hint"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert f'vocalbaby_errors_total{{code="{code}"}} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("type_", "head", "detail"),
    [
        ("multipart/form-data", FILE, "names no boundary"),
        (MULTIPART["content-type"], FILE.partition("; filename")[0], "came as text"),
    ],
)
def test_a_common_mistake_is_named(client: TestClient, type_: str, head: str, detail: str) -> None:
    answer = client.post("/predict", content=form((head, "x")), headers={"content-type": type_})
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_405_has_the_allow_header(client: TestClient) -> None:
    assert client.put("/predict").headers["allow"] == "POST"


def test_a_bug_is_a_500_that_reveals_no_internals(
    wav: MakeWav, fake: MakeFake, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(names: list[str]) -> None:
        if names != ["warm-up"]:
            raise ZeroDivisionError("secret of the house")

    with TestClient(create_app(Settings(), fake(fail))) as client, caplog.at_level(logging.ERROR):
        answer = client.post(
            "/predict", files={"files": ("a", wav(0.2))}, headers={"x-request-id": "abc-1"}
        )
        assert client.get("/health").status_code == 200
        text = client.get("/metrics").text
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "abc-1"
    assert "secret of the house" in caplog.text
    assert "abc-1" in caplog.text
    assert 'route="/predict",status="500"} 1.0' in text


def test_a_bug_of_any_path_is_the_same_problem(
    fake: MakeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This includes paths that are not on the fast path."""
    app = create_app(Settings(), fake())
    with TestClient(app) as client:
        monkeypatch.setattr(app.state.vocalbaby.engine, "model", lambda: 1 / 0)
        answer = client.get("/model")
        text = client.get("/metrics").text
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal"
    assert 'vocalbaby_errors_total{code="internal"} 1.0' in text


@pytest.mark.parametrize("given", ["a" * 129, "a b", 'a"b', ""])
def test_an_invalid_request_id_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/health", headers={"x-request-id": given})
    assert len(answer.headers["x-request-id"]) == 32


def test_a_request_id_is_returned(client: TestClient) -> None:
    answer = client.get("/health", headers={"x-request-id": "run_7:clip.3"})
    assert answer.headers["x-request-id"] == "run_7:clip.3"


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        (
            ModelNotFoundError("No such thing.", hint="Name one."),
            "There is no model: No such thing.",
        ),
        (ZeroDivisionError("secret"), "The model could not be loaded."),
    ],
)
def test_without_a_model_the_service_is_healthy_and_not_ready(
    wav: MakeWav, failure: Exception, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(source: object) -> None:
        raise failure

    monkeypatch.setattr(inference, "load", load)
    with TestClient(create_app(Settings())) as client:
        answers = [
            client.post("/predict", files={"files": ("a", wav(0.2))}),
            client.get("/ready"),
            client.get("/model"),
        ]
        assert client.get("/health").status_code == 200
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["detail"] == detail
        assert answer.headers["retry-after"] == "1"
