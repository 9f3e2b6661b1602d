"""The adapter's results for fixed data, so that a change in Evidently is detected."""

import os
import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from vocalbaby.monitoring.drift import evidently_adapter
from vocalbaby.monitoring.drift.config import ColumnConfig


def frame(shift: float, classes: list[str]) -> pd.DataFrame:
    x = np.linspace(-2.0, 2.0, 120)
    return pd.DataFrame(
        {
            "still": x,
            "moved": x + shift,
            "gaps": np.where(np.arange(120) % 2, np.nan, x),
            "empty": x if not shift else np.full(120, np.nan),
            "constant": np.full(120, 3.0) + shift,
            "prediction": [classes[i % len(classes)] for i in range(120)],
        }
    )


REFERENCE = frame(0.0, ["Crying", "Junk", "Junk"])
CURRENT = frame(0.5, ["Crying", "Crying", "abstained"])


def test_distances() -> None:
    found = evidently_adapter.distances(REFERENCE, CURRENT, ColumnConfig())
    assert found == pytest.approx(
        {
            "still": 0.0,
            "moved": 0.5 / REFERENCE.moved.std(ddof=0),
            "gaps": 0.0,
            "empty": 0.0,
            "constant": 0.5 / 0.001,
            "prediction": 0.612283,  # jensenshannon([1/3, 2/3, 0], [2/3, 0, 1/3])
        },
        abs=1e-6,
    )
    normed = wasserstein_distance(REFERENCE.moved, CURRENT.moved) / REFERENCE.moved.std(ddof=0)
    assert found["moved"] == pytest.approx(normed)


def test_evidently_sends_no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    evidently_adapter.distances(REFERENCE, CURRENT, ColumnConfig())
    assert os.environ["DO_NOT_TRACK"] == "1"


def test_the_page_shows_the_requested_columns_with_their_limits() -> None:
    limits = {"moved": 0.3, "gaps": 0.2, "empty": 0.1, "prediction": 0.9}
    page = evidently_adapter.render(
        REFERENCE, CURRENT, ["moved", "gaps", "empty"], limits, ColumnConfig()
    )
    named = set(re.findall(r'"column_name": ?"(\w+)"', page))
    assert named == {"moved", "gaps", "prediction"}
    assert page.count("<body>") == 1
    drifted = dict(
        re.findall(r'"column_name": ?"(\w+)".*?"data_drift": ?"([\w ]+)"', page, re.DOTALL)
    )
    assert drifted == {"moved": "Detected", "gaps": "Not Detected", "prediction": "Not Detected"}
    assert "Dataset Drift" not in page
    assert "Drift is detected for" not in page
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', page)
