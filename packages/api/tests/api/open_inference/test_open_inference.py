"""The Open Inference Protocol, with plain HTTP requests."""

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

MakeWav = Callable[..., bytes]

INFER = "/v2/models/vocalbaby/infer"


SIX_BYTES: dict[str, Any] = {"parameters": {"binary_data_size": 6}}
TONE: dict[str, Any] = {"name": "samples", "datatype": "FP32", "shape": [2], "data": [0.5, 0.5]}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("no JSON", "malformed"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [TONE]}, "has no sample_rate"),
        ({"inputs": [TONE | {"parameters": {"sample_rate": "fast"}}]}, "has no sample_rate"),
        ({"inputs": [TONE | {"shape": [3]}]}, "has 2 elements"),
        ({"inputs": [TONE | {"shape": []}]}, "shape"),
        ({"inputs": [TONE | {"shape": [-2]}]}, "is empty"),
        ({"inputs": [TONE | {"data": ["loud"]}]}, "not FP32"),
        ({"inputs": [TONE | {"data": [[0.1], [0.1, 0.2]]}]}, "not FP32"),
        ({"inputs": [TONE | {"name": "audio"}]}, "no input 'audio' of FP32"),
        ({"inputs": [TONE | {"parameters": {"binary_data_size": 8}}]}, "more binary data"),
        ({"inputs": [TONE | {"parameters": {"binary_data_size": -1}}]}, "more binary data"),
        (
            {"inputs": [{"name": "audio", "datatype": "BYTES", "shape": [1], "data": ["?"]}]},
            "not base64",
        ),
        (
            {"inputs": [{"name": "audio", "datatype": "BYTES", "shape": [1], "data": [7]}]},
            "not base64",
        ),
    ],
)
def test_a_malformed_request_is_a_problem_with_an_error(
    client: TestClient, body: Any, words: str
) -> None:
    if isinstance(body, dict) and words in {"has 2 elements", "not FP32"}:
        body = body | {"parameters": {"sample_rate": 16000}}
    answer = client.post(INFER, content=body if isinstance(body, str) else json.dumps(body))
    assert answer.status_code == 422
    assert answer.json()["code"] == "request_invalid"
    assert words in answer.json()["detail"]
    assert answer.json()["hint"]
    assert answer.json()["error"] == f"{answer.json()['detail']} {answer.json()['hint']}"


@pytest.mark.parametrize("length", ["-1", "x", "1000000", "3", "9" * 5000])
def test_a_wrong_header_length_is_refused(client: TestClient, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length}
    answer = client.post(INFER, content=b'{"inputs": []}', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["hint"]


@pytest.mark.parametrize("filling", [b"[],", b"{},", b"0,", b'"",'])
def test_json_that_would_fill_the_memory_is_refused_before_it_is_parsed(
    client: TestClient, filling: bytes
) -> None:
    many = filling * (2 * 2**20)
    answer = client.post(INFER, content=b'{"inputs":[{"data":[' + many + b"0]}]}")
    assert answer.status_code == 413
    assert "binary data" in answer.json()["error"]


def test_binary_data_that_end_early_are_refused(client: TestClient) -> None:
    tensor = {"name": "audio", "datatype": "BYTES", "shape": [1]} | SIX_BYTES
    text = json.dumps({"inputs": [tensor]}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text))}
    for tail, words in ((b"\x09\0\0\0ab", "end within"), (b"\x02\0\0\0abcd", "longer than")):
        answer = client.post(INFER, content=text + tail, headers=headers)
        assert words in answer.json()["detail"]
        assert answer.json()["hint"]


def test_predictions_are_counted_as_those_of_other_paths(client: TestClient, wav: MakeWav) -> None:
    data = [base64.b64encode(item).decode() for item in (wav(0.2), b"")]
    body = {"inputs": [{"name": "audio", "datatype": "BYTES", "shape": [2, 1], "data": data}]}
    assert client.post(INFER, json=body).json()["outputs"][0]["data"] == ["Crying", ""]
    text = client.get("/metrics").text
    assert 'vocalbaby_predictions_total{class="Crying",model_version="fake-1"} 1.0' in text
    assert 'vocalbaby_errors_total{code="audio_empty"} 1.0' in text
    assert 'route="/v2/models/{name}/infer",status="200"} 1.0' in text


def test_a_draining_server_is_live_but_not_ready(client: TestClient) -> None:
    cast("Any", client.app).state.vocalbaby.draining = True
    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 503
    assert client.get("/v2/models/vocalbaby/ready").status_code == 503
    assert client.get("/v2/models/vocalbaby").status_code == 200
