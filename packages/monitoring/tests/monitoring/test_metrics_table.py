"""The page docs/metrics.md matches the definitions in the code."""

import sys
from pathlib import Path

import pytest

from vocalbaby.monitoring import metrics_table
from vocalbaby.monitoring.definitions import METRICS

MANUAL = Path(__file__).parents[4] / "docs" / "metrics.md"


def test_the_metrics_page_matches_the_definitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "metrics.md"
    monkeypatch.setattr(sys, "argv", ["table", str(made)])
    metrics_table.main()
    assert MANUAL.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), (
        "run: python -m vocalbaby.monitoring.metrics_table docs/metrics.md"
    )


def test_every_metric_has_a_row_with_its_labels_and_buckets() -> None:
    rows = {line.split(" | ")[0]: line for line in metrics_table.page().splitlines()}
    for spec in METRICS.values():
        row = rows[f"| `{spec.name}`"]
        for word in (spec.kind, spec.meaning, *spec.labels, *(f"{b:g}" for b in spec.buckets)):
            assert word in row
