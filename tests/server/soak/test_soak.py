"""A short soak passes, and a soak notices what is wrong."""

import json
import random
from pathlib import Path

import pytest

from benchmarks.soak import predictions, run
from benchmarks.soak.clips import Clip
from benchmarks.soak.connections import Response, request_bytes
from benchmarks.soak.ledger import Ledger, parse_metrics
from benchmarks.soak.report import Limits, summarize
from benchmarks.soak.watch import Sample, growth_per_hour
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction

SAMPLE = Sample(0.0, 200_000, 300_000, 20, 40, 25, 2, 0, 0)


def test_a_short_soak_passes(tmp_path: Path) -> None:
    assert run.main(["--seconds=20", "--rate=12", f"--out={tmp_path}"]) == 0
    found = json.loads((tmp_path / "soak.json").read_text())
    assert found["figures"]["clips classified and compared"] > 50
    assert found["figures"]["rows of the prediction log"] > 50
    assert found["figures"]["attacks"] > 10
    assert (tmp_path / "memory.png").stat().st_size > 1000


@pytest.fixture
def clip() -> Clip:
    shares: dict[str, float] = dict.fromkeys(CLASSES, 0.2)
    right = Prediction("a", "Crying", shares, 0.5, "one-1")
    other = Prediction("a", "Junk", {**shares, "Junk": 0.3}, 0.5, "two-1")
    return Clip("a", "WAV", b"RIFF", {"one-1": right, "two-1": other})


def answer(clip: Clip, version: str, **changes: object) -> Response:
    right = clip.answers[version]
    assert isinstance(right, Prediction)
    result: dict[str, object] = {
        "filename": "clip",
        "label": right.label,
        "probabilities": right.probabilities,
        "model_version": version,
        "duration_s": right.duration_s,
        "warnings": [],
        "error": None,
    }
    content = {"model_version": version, "results": [result | changes]}
    return Response(200, {}, json.dumps(content).encode())


def test_the_answer_of_either_model_is_right(clip: Clip) -> None:
    check = predictions.raw([clip], random.Random(0), {}).check
    assert check(answer(clip, "one-1")) == ("one-1", [clip])
    assert check(answer(clip, "two-1")) == ("two-1", [clip])


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "Junk"},
        {"probabilities": dict.fromkeys(CLASSES, 0.20000000000000004)},
        {"duration_s": 0.6},
        {"model_version": "two-1"},
        {"filename": "b"},
        {"warnings": [{"code": "short", "message": ""}]},
        {"model_version": None, "error": {"code": "audio_empty"}},
    ],
)
def test_a_wrong_answer_is_noticed(clip: Clip, changes: dict[str, object]) -> None:
    check = predictions.raw([clip], random.Random(0), {}).check
    with pytest.raises(predictions.WrongAnswerError):
        check(answer(clip, "one-1", **changes))


@pytest.mark.parametrize(("counted", "faults"), [(6, 0), (5, 1), (7, 0), (8, 1)])
def test_counts_that_differ_are_noticed(counted: int, faults: int) -> None:
    ledger = Ledger()
    for _ in range(6):
        ledger.count("POST", "/predict", 200)
    ledger.maybe["POST", "/predict", "200"] = 1
    labels = 'method="POST",route="/predict",status="200"'
    ledger.compare_requests(parse_metrics(f"vocalbaby_requests_total{{{labels}}} {counted}.0\n"))
    assert ledger.faults.total() == faults


def test_a_prediction_that_nobody_saw_is_noticed(clip: Clip) -> None:
    ledger = Ledger(rows={"id": (0.0, [(clip, "one-1")])})
    series = 'vocalbaby_predictions_total{class="Crying",model_version="%s-1"} 1.0\n'
    ledger.compare_predictions(parse_metrics(series % "one"))
    assert not ledger.faults
    ledger.compare_predictions(parse_metrics(series % "two"))
    assert ledger.faults["metrics"] == 1


@pytest.mark.parametrize(("kb", "faults"), [(1000, 0), (12_000, 1)])
def test_growth_is_noticed(kb: int, faults: int) -> None:
    samples = [
        SAMPLE._replace(seconds=10.0 * i, pss_kb=200_000 + kb * i // 360 + 9000 * (i % 50 == 0))
        for i in range(720)
    ]
    assert growth_per_hour([0, 1800, 3600], [1, 2, 4]) == pytest.approx(3)
    result = summarize(Ledger(), samples, Limits(), 0, seconds=7200)
    assert len(result.faults) == faults
    assert result.failed == bool(faults)


def test_an_answer_that_is_lost_by_a_kill_is_not_a_fault() -> None:
    ledger = Ledger(kills=[1000.0])
    ledger.lose("raw", 999.0, OSError())
    assert (ledger.cut["raw"], ledger.lost["raw"]) == (1, 0)
    ledger.lose("raw", 1100.0, OSError())
    assert (ledger.cut["raw"], ledger.lost["raw"]) == (1, 1)


def test_chunks_hold_the_body() -> None:
    request = request_bytes("POST", "/", {}, b"abcde", chunk=3)
    assert request.endswith(b"\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
