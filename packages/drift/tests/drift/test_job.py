import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import DataNotFoundError, StorageError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift import job as job_module
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.job import Job, run_job
from vocalbaby.monitoring.drift.sample import Predictions, predict_from_features
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift_result import parse
from vocalbaby.monitoring.prediction_log import LeftOut


@pytest.fixture
def job(predictor: Predictor, window: Window, config: DriftConfig, tmp_path: Path) -> Job:
    return Job(
        run="first",
        load=lambda: predictor,
        read=lambda _: window,
        config=config,
        storage=open_storage(tmp_path),
    )


def test_no_drift(job: Job, tmp_path: Path, predictor: Predictor) -> None:
    steps: list[tuple[str, int, int]] = []
    began = time.time()
    result = run_job(job, lambda *step: steps.append(step))
    assert result.outcome == "no_drift"
    assert result.score is not None
    assert result.threshold is not None
    assert result.score < result.threshold
    assert result.rows == 200
    assert result.reference_rows == 500
    assert len(result.columns) == 105
    assert result.causes == ()
    assert result.summary[0].startswith("No drift: a classifier separates the window")
    assert result.estimate is not None
    assert result.estimate.uar == pytest.approx(result.estimate.reference, abs=0.05)
    assert result.estimate.reference_true == pytest.approx(result.estimate.reference, abs=0.05)
    assert began <= result.started <= result.finished <= time.time()
    assert result.last_success == result.finished
    assert steps[-1] == ("report", 1, 1)
    latest, own = tmp_path / "latest.json", tmp_path / "first" / "result.json"
    assert latest.read_bytes() == own.read_bytes()
    assert parse(latest.read_bytes(), time.time()) == result
    page = (tmp_path / "first" / "report.html").read_text()
    assert page.index("<body>") < page.index("<h1>No drift</h1>") < page.index("cepstrum1_mean")
    assert predictor.manifest.version in page


def test_damage_of_the_log_is_part_of_the_result(
    job: Job, window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    damage = (LeftOut("m/1.arrows", 8, 5, "damaged"), LeftOut("m/2.arrows", 0, None, "cut"))
    result = run_job(replace(job, read=lambda _: replace(window, left_out=damage)))
    assert result.outcome == "no_drift"
    assert result.summary[-1] == (
        "The prediction log is damaged in 2 files, and the window lacks at least 5 rows. The first "
        "damage: m/1.arrows, byte 8: damaged (5 rows). All of it: vocalbaby-serve verify-log."
    )
    assert caplog.text.count("the prediction log is damaged") == 2
    few = replace(window.thinned(3), left_out=damage)
    result = run_job(replace(job, read=lambda _: few))
    assert result.outcome == "too_few_rows"
    assert "lacks at least 5 rows" in result.summary[-1]


def test_drift_of_a_few_columns_is_found_and_reported(job: Job, window: Window) -> None:
    places = [i for i, name in enumerate(window.columns) if name.startswith("f0_q")]
    window.values[:, places] -= 5.0
    result = run_job(job)
    assert result.outcome == "drift"
    assert {c.name for c in result.columns if c.drifted} == {"f0_q10", "f0_q50", "f0_q90"}
    assert result.groups["prosody"] == pytest.approx(0.3)
    assert result.groups["cepstrum"] == 0.0
    assert "prosody (F0 and voicing) (3 of 10 columns)" in " ".join(result.summary)
    assert re.search(r"F0 \(median\) [\d.]+ semitones lower", " ".join(result.summary))


def test_a_change_of_the_predicted_classes_alone_is_drift(
    job: Job, window: Window, predictor: Predictor
) -> None:
    predicted = predict_from_features(predictor, window.values)
    predictions = Predictions(np.full(len(window), "abstained"), predicted.probabilities)
    result = run_job(replace(job, read=lambda _: replace(window, predictions=predictions)))
    assert result.outcome == "drift"
    assert result.predictions is not None
    assert result.predictions.drifted
    assert result.predictions.current == {"abstained": 1.0}
    assert result.summary[0].startswith("Drift of the predicted classes, not of the features")


def test_a_change_of_missing_values_is_reported(job: Job, window: Window) -> None:
    place = window.columns.index("energy_mean")
    window.values[::4, place] = np.nan
    result = run_job(job)
    (column,) = [c for c in result.columns if c.missing_drifted]
    assert column.name == "energy_mean"
    assert column.missing_current == pytest.approx(0.25)
    assert "energy_mean 0% -> 25%" in " ".join(result.summary)


def test_a_window_that_cannot_be_compared_has_no_score_and_keeps_the_last_success(
    job: Job, window: Window, tmp_path: Path
) -> None:
    first = run_job(job)
    window.values[3, 3] = np.inf
    result = run_job(replace(job, run="second"))
    assert result.outcome == "infinite_values"
    assert result.score is None
    assert result.columns == ()
    assert result.last_success == first.finished < result.finished
    assert "There are infinite values" in result.summary[0]
    third = run_job(replace(job, run="third", read=lambda _: window.thinned(5)))
    assert third.outcome == "too_few_rows"
    assert third.last_success == first.finished
    assert json.loads((tmp_path / "latest.json").read_text())["run"] == "third"
    page = (tmp_path / "third" / "report.html").read_text()
    assert "Not compared: too few rows" in page
    assert "No drift" not in page


def test_a_failed_run_is_published_as_failed(job: Job, tmp_path: Path) -> None:
    def read(_: Predictor) -> Window:
        raise DataNotFoundError("There is no <log>.")

    with pytest.raises(DataNotFoundError):
        run_job(replace(job, read=read))
    result = parse((tmp_path / "latest.json").read_bytes(), time.time())
    assert result.outcome == "failed"
    assert result.summary == ("There is no <log>.",)
    assert result.last_success is None
    shown = parse((tmp_path / "latest.json").read_bytes(), time.time())
    assert shown.outcome == "failed"
    assert "There is no &lt;log&gt;." in (tmp_path / "first" / "report.html").read_text()


def test_an_internal_error_is_published_without_its_message(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(job_module, "analyse", broken)
    with pytest.raises(RuntimeError):
        run_job(job)
    assert "RuntimeError" in (tmp_path / "latest.json").read_text()
    assert "secret" not in (tmp_path / "latest.json").read_text()


def test_the_first_of_two_errors_is_raised(
    job: Job, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    def read(_: Predictor) -> Window:
        raise DataNotFoundError("There is no log.")

    with pytest.raises(DataNotFoundError):
        run_job(replace(job, read=read, storage=open_storage(tmp_path / "file")))
    assert "cannot be published" in caplog.text


def test_a_damaged_latest_is_replaced(job: Job, window: Window, tmp_path: Path) -> None:
    (tmp_path / "latest.json").write_text('{"format": 99}')
    result = run_job(replace(job, read=lambda _: window.thinned(5)))
    assert result.last_success is None
    assert json.loads((tmp_path / "latest.json").read_text())["format"] == 1


def test_an_unreachable_pushgateway_is_a_storage_error(
    job: Job, window: Window, tmp_path: Path
) -> None:
    away = replace(job, read=lambda _: window.thinned(5), pushgateway="http://127.0.0.1:9")
    with pytest.raises(StorageError, match="Pushgateway http://127"):
        run_job(away)
    assert (tmp_path / "latest.json").exists()
