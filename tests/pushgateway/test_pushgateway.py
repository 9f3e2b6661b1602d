"""Publishing to Debian's prometheus-pushgateway."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from vocalbaby.monitoring.drift.publishing import push
from vocalbaby.monitoring.drift_result import DriftResult, EstimateResult

NOW = time.time()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = ["prometheus-pushgateway", f"--web.listen-address={address}"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"http://{address}/-/ready", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait()


def shown(gateway: str) -> dict[str, float]:
    """The drift job's series, without the labels that all of them have."""
    with urllib.request.urlopen(f"{gateway}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    found = {}
    for line in lines:
        if line.startswith("vocalbaby_"):
            series, value = line.rsplit(" ", 1)
            assert 'job="vocalbaby-drift"' in series
            found[series.replace('instance="",job="vocalbaby-drift"', "")] = float(value)
    return found


def compared(score: float, finished: float, groups: dict[str, float]) -> DriftResult:
    return DriftResult(
        run="a",
        started=finished - 1,
        finished=finished,
        last_success=finished,
        outcome="drift" if score > 0.6 else "no_drift",
        model_version="m-1",
        feature_set="fs",
        feature_set_version="1",
        rows=200,
        score=score,
        threshold=0.6,
        groups=groups,
        estimate=EstimateResult(uar=0.8, reference=0.9),
        summary=("x",),
    )


def test_pushed_metrics_replace_those_of_the_previous_comparison(gateway: str) -> None:
    push(gateway, compared(0.8, NOW - 100, {"shape": 0.5, "voice": 0.1}))
    first = shown(gateway)
    assert first['vocalbaby_drift_score{feature_set="fs",}'] == 0.8
    assert first['vocalbaby_drift_outcome{,outcome="drift"}'] == 1
    assert first['vocalbaby_drift_outcome{,outcome="no_drift"}'] == 0
    assert first['vocalbaby_estimated_uar{,model_version="m-1"}'] == 0.8
    assert first["vocalbaby_drift_last_success_timestamp_seconds{}"] == pytest.approx(
        NOW - 100, rel=0, abs=0.1
    )
    assert not [series for series in first if "status_fault" in series]

    failed = DriftResult(
        run="b",
        started=NOW - 51,
        finished=NOW - 50,
        outcome="failed",
        summary=("x",),
        last_success=NOW - 70,
    )
    push(gateway, failed)
    second = shown(gateway)
    assert second['vocalbaby_drift_outcome{,outcome="failed"}'] == 1
    assert second['vocalbaby_drift_outcome{,outcome="drift"}'] == 0
    assert second["vocalbaby_drift_last_run_timestamp_seconds{}"] == pytest.approx(
        NOW - 50, rel=0, abs=0.1
    )
    # Only a success moves its time, and nothing is deleted.
    assert second["vocalbaby_drift_last_success_timestamp_seconds{}"] == pytest.approx(
        NOW - 100, rel=0, abs=0.1
    )
    assert second['vocalbaby_drift_score{feature_set="fs",}'] == 0.8

    push(gateway, compared(0.5, NOW, {"shape": 0.2}))
    third = shown(gateway)
    assert third["vocalbaby_drift_last_success_timestamp_seconds{}"] == pytest.approx(
        NOW, rel=0, abs=0.1
    )
    groups = [series for series in third if "group_score" in series]
    assert len(groups) == 1  # a group that is gone is no longer shown
