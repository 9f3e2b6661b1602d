"""Prometheus' own linter accepts the metrics of a running server."""

import re
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vocalbaby.monitoring.metrics import METRICS

MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_metric_passes_promtool(
    serve: Serve, wav: MakeWav, workers: int, tmp_path: Path, drift_result: Callable[..., bytes]
) -> None:
    (tmp_path / "latest.json").write_bytes(drift_result())
    with serve(f"--workers={workers}", f"--drift-results={tmp_path}") as server:
        httpx.post(f"{server.url}/predict", files={"files": ("a", wav(0.2))}).raise_for_status()
        text, end = "", time.monotonic() + 10
        while "vocalbaby_drift_score{" not in text:  # it is read in a thread
            assert time.monotonic() < end
            text = httpx.get(f"{server.url}/metrics").text
    shown = set(re.findall(r"^# TYPE (vocalbaby_\w+)", text, re.MULTILINE))
    silent = {"model_fault", "model_refusals_total", "shadow_clips_total", "shadow_difference"}
    expected = {spec.name for spec in METRICS.values()}
    assert expected - shown <= {f"vocalbaby_{name}" for name in silent}
    done = subprocess.run(
        ["/usr/bin/promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
