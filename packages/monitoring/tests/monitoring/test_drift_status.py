"""The result of the drift job as metrics; nothing in it is trusted."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from vocalbaby.monitoring.drift_result import MAX_BYTES, OUTCOMES, InvalidResultError, parse
from vocalbaby.monitoring.drift_status import MAX_GROUPS, MAX_POLL_S, DriftMetrics, DriftWatcher
from vocalbaby.monitoring.metrics import ServiceMetrics

NOW = 1_800_000_000.0
FAULTS = ("missing", "unreadable", "too_large", "torn", "format", "content")

PREDICTIONS: dict[str, Any] = {
    "distance": 0.1,
    "threshold": 0.2,
    "drifted": False,
    "reference": {"Crying": 0.3, "Junk": 0.7},
    "current": {"Crying": 0.35, "Junk": 0.65},
}
#: A complete latest.json, with a key that a later job may add.
RESULT: dict[str, Any] = {
    "format": 1,
    "run": "20261123T090000Z",
    "started": NOW - 9,
    "finished": NOW - 5,
    "outcome": "drift",
    "model_version": "m-1",
    "feature_set": "spectral_prosodic",
    "feature_set_version": "3",
    "reference_rows": 500,
    "rows": 1200,
    "window": {"since": 0.0, "until": 1.0},
    "score": 0.83,
    "threshold": 0.6,
    "groups": {"cepstrum": 0.4, "pitch": 0},
    "columns": [],
    "missing_share": 0.01,
    "predictions": PREDICTIONS,
    "estimate": {"uar": 0.88, "reference": 0.91},
    "last_success": NOW - 100_000,
    "summary": ["..."],
    "added_later": {"anything": [1]},
}


def changed(**fields: Any) -> bytes:
    return json.dumps(RESULT | fields).encode()


def shown(metrics: DriftMetrics) -> dict[str, float]:
    """Every series of the drift job by its name and label values."""
    service = ServiceMetrics(classes=())
    service.drift = metrics
    return {
        sample.name.removeprefix("vocalbaby_") + "".join(f" {x}" for x in sample.labels.values()): (
            sample.value
        )
        for family in text_string_to_metric_families(service.exposition().decode())
        if family.name.startswith(("vocalbaby_drift", "vocalbaby_estimated"))
        for sample in family.samples
    }


def poll(*answers: bytes | Exception | None) -> DriftMetrics:
    """Metrics after one poll for each of these answers."""
    given = iter(answers)

    def read() -> bytes | None:
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    metrics = DriftMetrics()
    watcher = DriftWatcher(read, metrics, every_s=60)
    for _ in answers:
        watcher.poll()
    return metrics


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


def test_a_result_is_exported() -> None:
    found = shown(poll(changed()))
    assert found == {
        "drift_score spectral_prosodic": 0.83,
        "drift_threshold spectral_prosodic": 0.6,
        "drift_group_score spectral_prosodic cepstrum": 0.4,
        "drift_group_score spectral_prosodic pitch": 0,
        "drift_missing_share spectral_prosodic": 0.01,
        "drift_prediction_score spectral_prosodic": 0.1,
        "drift_prediction_threshold spectral_prosodic": 0.2,
        "drift_rows spectral_prosodic": 1200,
        "drift_last_run_timestamp_seconds": NOW - 5,
        "drift_last_success_timestamp_seconds": NOW - 5,
        "estimated_uar m-1": 0.88,
        "estimated_uar_reference m-1": 0.91,
        **{f"drift_outcome {outcome}": outcome == "drift" for outcome in OUTCOMES},
        **{f"drift_status_fault {fault}": 0 for fault in FAULTS},
    }


def test_nothing_is_exported_before_the_first_poll() -> None:
    assert shown(DriftMetrics()) == {}


def test_a_run_without_comparison_has_no_score_and_keeps_the_last_success() -> None:
    found = shown(poll(changed(), changed(outcome="too_few_rows", rows=3)))
    assert found["drift_outcome too_few_rows"] == 1
    assert found["drift_outcome drift"] == 0
    assert found["drift_rows spectral_prosodic"] == 3
    assert found["drift_last_run_timestamp_seconds"] == NOW - 5
    assert found["drift_last_success_timestamp_seconds"] == NOW - 100_000
    assert not [key for key in found if "score" in key or "estimated" in key]


def test_a_run_that_failed_early_exports_its_outcome_only() -> None:
    bare = {
        "format": 1,
        "run": "a",
        "started": NOW - 1,
        "finished": NOW,
        "outcome": "failed",
        "last_success": None,
        "summary": ["The job failed."],
    }
    found = shown(poll(json.dumps(bare).encode()))
    assert found.pop("drift_last_run_timestamp_seconds") == NOW
    assert {key.split()[0] for key in found} == {"drift_outcome", "drift_status_fault"}
    assert found["drift_outcome failed"] == 1


def test_a_new_result_replaces_all_labels_of_the_previous_one() -> None:
    found = shown(poll(changed(), changed(groups={"noise": 1}, feature_set="b", model_version="n")))
    assert not [key for key in found if "spectral" in key or "m-1" in key]
    assert found["drift_group_score b noise"] == 1


WRONG: dict[str, tuple[bytes | Exception | None, str]] = {
    "none": (None, "missing"),
    "away": (ConnectionError("s3.example is away"), "unreadable"),
    "huge": (b" " * (MAX_BYTES + 1), "too_large"),
    "empty": (b"", "torn"),
    "torn": (changed()[:-20], "torn"),
    "not text": (b"\xff\xfe\x00", "torn"),
    "deep": (b"[" * 100_000, "torn"),
    "long number": (b'{"format": ' + b"1" * 5000 + b"}", "torn"),
    "a list": (b"[]", "format"),
    "later": (changed(format=2), "format"),
    "no format": (b"{}", "format"),
    "outcome": (changed(outcome="fine"), "content"),
    "outcome of another type": (changed(outcome=["drift"]), "content"),
    "no score": (changed(score=None), "content"),
    "score as text": (changed(score="0.8"), "content"),
    "score as truth": (changed(score=True), "content"),
    "score too high": (changed(score=1.2), "content"),
    "score below 0": (changed(score=-0.1), "content"),
    "NaN": (changed(score=float("nan")), "content"),
    "infinite": (changed(rows=float("inf")), "content"),
    "more rows than a float holds": (changed(rows=10**400), "content"),
    "no end": (changed(finished=None), "content"),
    "ended tomorrow": (changed(finished=NOW + 86_400), "content"),
    "succeeded tomorrow": (changed(outcome="failed", last_success=NOW + 86_400), "content"),
    "groups as a list": (changed(groups=["cepstrum"]), "content"),
    "a group's text": (changed(groups={"a": "b"}), "content"),
    "a group without a score": (changed(groups={"a": None}), "content"),
    "a group's name": (changed(groups={'a"} 1\nb{c="': 0.5}), "content"),
    "a long name": (changed(feature_set="x" * 81), "content"),
    "limit of the classes as text": (
        changed(predictions=PREDICTIONS | {"threshold": "0.2"}),
        "content",
    ),
    "a version as number": (changed(model_version=3), "content"),
    "estimate as number": (changed(estimate=0.9), "content"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_invalid_result_is_exported_as_a_fault_with_the_last_values(name: str) -> None:
    given, fault = WRONG[name]
    before = shown(poll(changed()))
    assert shown(poll(changed(), given)) == before | {f"drift_status_fault {fault}": 1}
    assert shown(poll(changed(), given, changed())) == before
    alone = shown(poll(given))
    assert alone == {f"drift_status_fault {code}": code == fault for code in FAULTS}


def test_only_the_highest_groups_are_exported() -> None:
    groups = {f"g{i}": i / 1000 for i in range(500)}
    found = shown(poll(changed(groups=groups)))
    names = {key.split()[-1] for key in found if key.startswith("drift_group")}
    assert names == {f"g{i}" for i in range(500 - MAX_GROUPS, 500)}


def test_an_error_names_the_field() -> None:
    with pytest.raises(InvalidResultError, match="'score' is not a number from 0 to 1"):
        parse(changed(score=3), NOW)


def test_a_fault_is_logged_once_until_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    poll(None, None, b"{", b"{", changed(), changed(), None)
    assert [record.levelname for record in caplog.records] == [
        *("WARNING", "WARNING", "INFO", "WARNING")
    ]


@pytest.fixture
def follow() -> Iterator[Callable[..., DriftWatcher]]:
    started: list[DriftWatcher] = []

    def start(*args: Any, every_s: float) -> DriftWatcher:
        started.append(DriftWatcher(*args, every_s=every_s))
        started[-1].start()
        return started[-1]

    yield start
    for watcher in started:
        watcher.close()


def test_a_store_that_hangs_delays_neither_a_scrape_nor_closing(
    follow: Callable[..., DriftWatcher],
) -> None:
    asked, release = threading.Event(), threading.Event()

    def read() -> bytes:
        asked.set()
        release.wait(20)
        return changed()

    metrics = DriftMetrics()
    began = time.monotonic()
    watcher = follow(read, metrics, every_s=60)
    assert asked.wait(5)
    assert shown(metrics) == {}
    watcher.close()
    assert time.monotonic() - began < 5
    release.set()


@pytest.mark.parametrize("first", [True, False])
def test_a_poll_that_does_not_end_is_a_fault_until_it_ends(
    follow: Callable[..., DriftWatcher], monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    metrics = poll() if first else poll(changed())
    before = shown(metrics)
    asked, release = threading.Event(), threading.Event()

    def read() -> bytes:
        asked.set()
        release.wait(20)
        return changed()

    monkeypatch.setattr(time, "time", lambda: NOW + 90)
    follow(read, metrics, every_s=60)
    assert asked.wait(5)
    monkeypatch.setattr(time, "time", lambda: NOW + 90 + MAX_POLL_S)
    assert shown(metrics) == before
    monkeypatch.setattr(time, "time", lambda: NOW + 91 + MAX_POLL_S)
    stuck = {f"drift_status_fault {fault}": float(fault == "unreadable") for fault in FAULTS}
    assert shown(metrics) == before | stuck
    release.set()
    deadline = time.monotonic() + 5
    while shown(metrics) != shown(poll(changed())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert shown(metrics) == shown(poll(changed()))


def test_workers_together_poll_no_more_often_than_the_interval(
    follow: Callable[..., DriftWatcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    polls: list[float] = []

    def read() -> bytes:
        polls.append(time.monotonic())
        return changed(finished=time.time())

    metrics = DriftMetrics()
    for _ in range(3):  # as several workers
        follow(read, metrics, every_s=0.1)
    deadline = time.monotonic() + 20
    while len(polls) < 12 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert polls[11] - polls[0] > 0.5
