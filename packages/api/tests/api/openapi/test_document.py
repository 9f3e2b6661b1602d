"""The OpenAPI document and the page that shows it."""

import re
import struct
from collections.abc import Callable
from html import escape
from typing import Any

from fastapi.testclient import TestClient

from vocalbaby.api.http.schemas import Predictions, Problem
from vocalbaby.exception.table import TABLE

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


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
        "/segment",
        *(f"/segment/{{job_id}}{part}" for part in ("", "/result", "/overview", "/audio")),
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


def test_the_examples_of_problems_equal_the_responses_of_the_service(
    client: TestClient, wav: MakeWav
) -> None:
    examples = problem_examples(client.get("/openapi.json").json())
    loud = bytearray(wav(0.1))
    loud[20:36] = struct.pack("<HHIIHH", 3, 1, 16_000, 64_000, 4, 32)  # IEEE float of 32 bits
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
    need_other_settings |= {"log_unwritable"}
    assert set(examples) - set(sent) - need_other_settings == {
        "request_timeout",
        "internal",
        "overloaded",
        "not_ready",
    }


def test_docs_describe_every_path_without_scripts_or_other_hosts(client: TestClient) -> None:
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
