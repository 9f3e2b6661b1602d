"""The whole monitoring stack: dashboards show traffic and drift, and alerts report faults.

:mod:`tests.live.scenario` says what happens. Where ``VOCALBABY_LIVE_IMAGES`` names a folder,
the scenario takes some minutes longer and images of the dashboards are stored there.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from dashboards import generate
from dashboards.tests.queries import annotations, queries, variables
from tests.live.drawing.dashboard import draw_dashboard
from tests.live.scenario import FAULT_ALERTS, WORKERS, LiveStack, live_stack
from tests.live.stack import get_json, wait_for

IMAGES = os.environ.get("VOCALBABY_LIVE_IMAGES")
HEALTHY_S, FAULTY_S = (180.0, 90.0) if IMAGES else (12.0, 0.0)
DASHBOARDS = {
    name: json.loads((generate.GENERATED / f"grafana/dashboards/{name}.json").read_text("utf-8"))
    for name in generate.DASHBOARDS
}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    folder = tmp_path_factory.mktemp("live")
    with live_stack(folder, healthy_s=HEALTHY_S, faulty_s=FAULTY_S) as stack:
        if IMAGES:
            for name, dashboard in stack.dashboards.items():
                draw_dashboard(dashboard, stack.run_query, Path(IMAGES) / f"dashboard-{name}.png")
        yield stack


QUERIES = [
    pytest.param(name, number, id=f"{name}-{query.panel}-{number}")
    for name, dashboard in DASHBOARDS.items()
    for number, query in enumerate(queries(dashboard))
]


@pytest.mark.parametrize(("name", "number"), QUERIES)
def test_every_query_has_a_result_with_the_labels_of_its_legend(
    live: LiveStack, name: str, number: int
) -> None:
    query = queries(live.dashboards[name])[number]
    found = live.run_query(query)
    assert found, query.expr
    for series in found:
        assert query.labels <= series.labels.keys(), query.expr
    named = {tuple(series.labels[label] for label in query.labels) for series in found}
    assert len(named) == len(found), f"several series have the same legend: {query.expr}"
    assert any(np.isfinite(series.values).any() for series in found), query.expr


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_variable_has_values(live: LiveStack, name: str) -> None:
    for variable in variables(DASHBOARDS[name]):
        match = urlencode({"match[]": variable.match})
        url = f"{live.prometheus}/api/v1/label/{variable.label}/values?{match}"
        assert get_json(url)["data"], variable


def test_changes_of_models_are_annotated(live: LiveStack) -> None:
    found = {annotation.panel: annotation for annotation in annotations(live.dashboards["model"])}
    assert found
    for annotation in found.values():
        events = live.run_query(annotation)
        assert events, annotation.expr
        assert annotation.labels <= events[0].labels.keys()


def test_no_alert_fires_on_healthy_traffic(live: LiveStack) -> None:
    assert live.alerts_before_faults == set()


@pytest.mark.parametrize("fault", FAULT_ALERTS)
def test_every_planted_fault_fires_its_alert(live: LiveStack, fault: str) -> None:
    alert = next(
        alert for alert in live.alerts if alert["labels"]["alertname"] == FAULT_ALERTS[fault]
    )
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert Path(alert["annotations"]["runbook_url"]).is_file()
    assert "{{" not in alert["annotations"]["description"]


def test_the_drift_job_names_the_noise(live: LiveStack) -> None:
    before, after = live.drift_output
    assert before.startswith("No drift")
    assert after.startswith("Drift")
    assert "background noise" in after
    assert live.value('max(vocalbaby_drift_outcome{outcome="drift"})') == 1
    assert live.value("max(vocalbaby_drift_score) - max(vocalbaby_drift_threshold)") > 0


def test_the_alert_on_a_stale_drift_job_gives_the_reason(live: LiveStack) -> None:
    stale = [alert["labels"] for alert in live.alerts if "reason" in alert["labels"]]
    assert {(labels["reason"], labels.get("code")) for labels in stale} == {("unreadable", "torn")}


def test_every_process_reports_its_metrics(live: LiveStack) -> None:
    assert live.value('count(process_resident_memory_bytes{job="vocalbaby"})') == WORKERS
    assert live.value("sum(vocalbaby_worker_starts_total)") == WORKERS


def test_every_prediction_is_logged(live: LiveStack) -> None:
    answered = live.value("sum(vocalbaby_predictions_total)")
    assert answered > 500
    written = 'sum(vocalbaby_prediction_log_rows_total{outcome="written"})'
    wait_for("row in the log for every prediction", lambda: live.value(written) == answered, 10)


def test_the_refused_model_answers_no_request(live: LiveStack) -> None:
    shares = 'count(vocalbaby_model_share{job="vocalbaby"} > 0)'
    assert live.value(shares) == 2
    assert live.value("count(count by (model_version) (vocalbaby_predictions_total > 0))") == 2
