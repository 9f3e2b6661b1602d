"""The responses of /predict."""

import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.http.schemas import Predictions
from vocalbaby.api.settings import Settings
from vocalbaby.entity.labels import CLASSES

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def test_results_are_in_request_order(client: TestClient, wav: MakeWav) -> None:
    files = [("files", (f"{i}.wav", wav(0.1 * i))) for i in (3, 1, 2)]
    body = client.post("/predict", files=files).json()
    assert body["model_version"] == "fake-1"
    assert [r["filename"] for r in body["results"]] == ["3.wav", "1.wav", "2.wav"]
    assert [r["duration_s"] for r in body["results"]] == pytest.approx([0.3, 0.1, 0.2])
    first = body["results"][0]
    assert first["label"] == "Crying"
    assert set(first["probabilities"]) == set(CLASSES)
    assert first["probabilities"]["Crying"] == pytest.approx(0.3)
    assert first["model_version"] == "fake-1"
    assert first["error"] is None


def test_files_of_the_same_name_have_separate_results(client: TestClient, wav: MakeWav) -> None:
    files = [("files", ("a.wav", wav(0.1 * i))) for i in range(1, 6)]
    results = client.post("/predict", files=files).json()["results"]
    assert [r["duration_s"] for r in results] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_the_form_field_may_be_named_file(client: TestClient, wav: MakeWav) -> None:
    assert client.post("/predict", files={"file": ("a.wav", wav(0.2))}).status_code == 200


@pytest.mark.parametrize("kind", ["audio/wav", "audio/x-anything; a=b", "application/octet-stream"])
def test_the_body_may_be_a_single_file(client: TestClient, wav: MakeWav, kind: str) -> None:
    answer = client.post("/predict", content=wav(0.2), headers={"content-type": kind})
    (result,) = answer.json()["results"]
    assert (result["filename"], result["label"]) == ("clip", "Crying")
    empty = client.post("/predict", content=b"", headers={"content-type": kind})
    assert (empty.status_code, empty.json()["code"]) == (422, "audio_empty")


def test_abstention_is_a_null_label_with_a_warning(client: TestClient, wav: MakeWav) -> None:
    result = client.post("/predict", files={"files": ("a.wav", wav(0.05))}).json()["results"][0]
    assert result["label"] is None
    assert [w["code"] for w in result["warnings"]] == ["short", "not_confident"]
    assert sum(result["probabilities"].values()) == pytest.approx(1)


def test_label_sets_are_in_the_response_only_if_the_model_has_them(
    client: TestClient, wav: MakeWav
) -> None:
    files = [("files", (name, wav(0.9))) for name in ("a.wav", "sets.wav")]
    plain, with_set = client.post("/predict", files=files).json()["results"]
    assert "label_set" not in plain
    assert with_set["label_set"] == ["Crying", "Junk"]


def test_a_bad_clip_does_not_affect_the_others(client: TestClient, wav: MakeWav) -> None:
    files = [
        ("files", ("a.wav", wav(0.2))),
        ("files", ("b.txt", b"these are words, not sounds")),
        ("files", ("c.wav", b"")),
        ("files", ("d.wav", wav(0.4))),
    ]
    answer = client.post("/predict", files=files)
    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [r["filename"] for r in results] == ["a.wav", "b.txt", "c.wav", "d.wav"]
    assert [(r["error"] or {}).get("code") for r in results] == [
        None,
        "audio_unreadable",
        "audio_empty",
        None,
    ]
    assert results[1]["label"] is None
    assert results[1]["probabilities"] is None
    assert results[3]["duration_s"] == pytest.approx(0.4)


def test_the_response_has_the_described_form(client: TestClient, wav: MakeWav) -> None:
    files = [("files", ("é.wav", wav(0.05))), ("files", ("b.txt", b"these are words, not sounds"))]
    answer = client.post("/predict", files=files).content
    described = Predictions.model_validate_json(answer)
    assert described.model_dump_json(exclude_unset=True).encode() == answer
    assert described.results[0].warnings
    assert described.results[1].error


def test_if_every_clip_fails_the_response_is_a_problem_that_lists_them(client: TestClient) -> None:
    files = [("files", ("a.wav", b"")), ("files", ("b.txt", b"words and more words"))]
    answer = client.post("/predict", files=files)
    body = answer.json()
    assert answer.status_code == body["status"] == 422
    assert body["code"] == "audio_empty"
    assert body["detail"].startswith("None of the 2 clips can be used.")
    assert [r["error"]["code"] for r in body["results"]] == ["audio_empty", "audio_unreadable"]
    assert [r["label"] for r in body["results"]] == [None, None]


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x\\y.wav", "a\nb.wav", "é 哭.wav", ""])
def test_a_file_name_is_never_used_as_a_path(client: TestClient, wav: MakeWav, name: str) -> None:
    answer = client.post("/predict", files={"files": (name or "", wav(0.2))})
    if name == "":  # the client library sends no file in this case
        assert answer.status_code == 422
        return
    assert answer.status_code == 200
    shown = answer.json()["results"][0]["filename"]
    assert shown == {"C:\\x\\y.wav": "y.wav", "a\nb.wav": "a%0Ab.wav"}.get(name, name)


def test_nothing_is_written_to_disk(
    wav: MakeWav, fake: MakeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a temporary file was created")

    for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", refuse)
    big = wav(25.0, 44_100)
    assert len(big) > 2 * 2**20
    with TestClient(create_app(Settings(), fake())) as client:
        answer = client.post("/predict", files={"files": ("big.wav", big)})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["duration_s"] == pytest.approx(25)


def test_metrics_count_predictions_and_errors(client: TestClient, wav: MakeWav) -> None:
    files = [("files", (str(i), data)) for i, data in enumerate([wav(0.2), wav(0.05), b"", b""])]
    client.post("/predict", files=files)
    text = client.get("/metrics").text
    assert 'vocalbaby_predictions_total{class="Crying",model_version="fake-1"} 1.0' in text
    assert 'vocalbaby_predictions_total{class="abstained",model_version="fake-1"} 1.0' in text
    assert 'vocalbaby_errors_total{code="audio_empty"} 2.0' in text
    assert 'vocalbaby_requests_total{method="POST",route="/predict",status="200"} 1.0' in text
    assert "vocalbaby_clip_duration_seconds_count 2.0" in text
    assert 'vocalbaby_model_info{feature_set="none",name="fake",version="fake-1"} 1.0' in text


def test_a_name_with_a_lone_surrogate_is_answered(client: TestClient, wav: MakeWav) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="+2AA-.wav"\r\n\r\n'
    form = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    answer = client.post("/predict", content=head + wav(0.5) + b"\r\n--x--\r\n", headers=form)
    assert answer.json()["results"][0]["filename"] == "?.wav"
