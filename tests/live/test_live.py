"""Everything together: traffic, drift and faults, seen in dashboards and told by alerts.

Every time of ``configs/monitoring.yaml`` is a sixtieth here, so that an hour takes a minute;
dashboards and rules are made of that by the same code. With ``VOCALBABY_LIVE_IMAGES``, a
folder, it takes some minutes longer and leaves pictures of the dashboards there.
"""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pytest

from dashboards import config, generate
from dashboards.config import MonitoringConfig
from dashboards.prometheus import Ask, asking
from dashboards.queries import annotations, queries, variables
from dashboards.render import render
from scripts.send_clips import CLIPS_PER_CHILD, ask, recordings
from tests.live.stack import (
    Webhook,
    alertmanager,
    drift_job,
    get_json,
    prometheus,
    server,
    wait_for,
)
from tests.live.traffic import Flood, Mixed
from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleParts, write_bundle
from vocalbaby.cloud.opening import open_storage

IMAGES = os.environ.get("VOCALBABY_LIVE_IMAGES")
HEALTHY_S, FAULTY_S = (180.0, 90.0) if IMAGES else (12.0, 0.0)
WORKERS = 2
#: What is planted, and the alert that it must lead to.
PLANTED = {
    "damaged model": "VocalBabyModelRefused",
    "overload": "VocalBabyErrorBudgetBurn",
    "noisy room": "VocalBabyDrift",
    "torn result": "VocalBabyDriftJobStale",
}
PAGES = {
    name: json.loads((generate.GENERATED / f"grafana/dashboards/{name}.json").read_text("utf-8"))
    for name in generate.DASHBOARDS
}


class Live(NamedTuple):
    """The stack after all that happened to it.

    Attributes:
        prometheus: Its address.
        pages: The dashboards, with the short times.
        ask: Asks Prometheus over the whole time.
        told: Alerts that reached the webhook.
        told_before: Their names before the faults.
        said: What the drift job said before and after the noise.
    """

    prometheus: str
    pages: dict[str, dict[str, Any]]
    ask: Ask
    told: list[dict[str, Any]]
    told_before: set[str]
    said: tuple[str, str]

    def value(self, expr: str) -> float:
        """The present value of an expression with one answer."""
        answer = get_json(f"{self.prometheus}/api/v1/query?{urlencode({'query': expr})}")
        (found,) = answer["data"]["result"]
        return float(found["value"][1])


def shortened() -> MonitoringConfig:
    """The limits, with a sixtieth of every time but one.

    A busy machine may take seconds to a first scrape, and lose one: that is no fault here.
    """
    units = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: inner / 60 if key == "hours" else short(inner) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [short(inner) for inner in value]
        if isinstance(value, str) and (time_ := re.fullmatch(r"(\d+)([smhd])", value)):
            whole = int(time_[1]) * units[time_[2]] // 60
            unit = next(unit for unit in ("m", "s", "ms") if whole % units[unit] == 0)
            return f"{whole // units[unit]}{unit}"
        return value

    limits = config.load().model_dump(mode="json")
    hurried = short(limits)
    for name in ("absent", "down"):
        hurried["alerts"][name] = limits["alerts"][name]
    return MonitoringConfig.model_validate(hurried)


def variant(folder: Path, name: str, temperature: float) -> Path:
    """The built-in model under another name, and less sure of itself."""
    bundle = read_bundle(default_bundle_path())
    calibration = bundle.calibration
    parts = BundleParts(
        name=name,
        feature_set=bundle.manifest.feature_set,
        feature_set_version=bundle.manifest.feature_set_version,
        columns=bundle.manifest.columns,
        training_data_sha256=bundle.manifest.training_data_sha256,
        code_version=bundle.manifest.code_version,
        metrics={},
        booster=bundle.booster,
        calibration=calibration.model_copy(
            update={"temperature": calibration.temperature * temperature}
        ),
        reference=bundle.reference,
    )
    write_bundle(folder / name, parts, card=lambda manifest: f"# {manifest.version}\n")
    return folder / name


def damage(store: ModelStore, version: str) -> None:
    """Turn one bit of a published model."""
    key = f"models/{version}/bundle.zip"
    stored = store.storage.get(key)
    assert stored is not None
    data = bytearray(stored.data)
    data[len(data) // 2] ^= 1
    store.storage.replace(key, bytes(data))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    rules = shortened()
    generate.write(rules, folder / "generated")

    store = ModelStore(open_storage(folder / "store"))
    first = store.publish(default_bundle_path())
    second, third, broken = (
        store.publish(variant(folder, name, temperature))
        for name, temperature in (("second", 1.3), ("third", 2.0), ("broken", 1.1))
    )
    store.set_channel("production", first)

    key, line = new_key("live")
    add_key(folder / "keys", line)
    log, results = folder / "log", folder / "drift"
    flags = (
        f"--store={folder / 'store'}",
        "--store-seconds=0.2",
        f"--keys-file={folder / 'keys'}",
        "--key-requests-per-second=10000",
        "--key-burst=10000",
        f"--prediction-log={log}",
        f"--drift-results={results}",
        "--drift-seconds=0.5",
        "--max-in-flight=4",
        f"--workers={WORKERS}",
    )
    job = (f"--log={log}", f"--out={results}", f"--store={folder / 'store'}")
    good = list(recordings(150, seed=1))
    noisy = list(recordings(300, seed=2, snr_db=10.0))
    with ExitStack() as stack:
        url = stack.enter_context(server(folder, *flags))
        for number, clip in enumerate(good):
            ask(url, clip, participant=f"child-{number // CLIPS_PER_CHILD}", key=key)
        before = drift_job(*job)
        webhook = stack.enter_context(Webhook())
        manager = stack.enter_context(alertmanager(folder, webhook.url))
        began = time.time()
        told_by = stack.enter_context(
            prometheus(folder, rules=folder / "generated/rules", service=url, alerts=manager)
        )
        scraped = f"{told_by}/api/v1/query?query=vocalbaby_requests_in_flight"
        wait_for("the service is scraped", lambda: get_json(scraped)["data"]["result"])
        with Mixed(url, good, key) as traffic:
            time.sleep(HEALTHY_S / 3)
            store.canary("production", second, 0.3)
            store.shadow("production", third)
            time.sleep(HEALTHY_S * 2 / 3)
            told_before = webhook.names()

            damage(store, broken)
            store.canary("production", broken, 0.1)
            with Flood(url, good[0], key, clients=16):
                wait_for("overload is told of", lambda: PLANTED["overload"] in webhook.names())

            time.sleep(1)  # the job takes whole seconds
            noise_came = datetime.now(UTC)
            traffic.clips, heard = noisy, traffic.answers.total()
            time.sleep(FAULTY_S)
            wait_for("clips of the noisy room", lambda: traffic.answers.total() > heard + 250)
            after = drift_job(*job, f"--since={noise_came:%Y-%m-%dT%H:%M:%S}")
            wait_for("drift is told of", lambda: PLANTED["noisy room"] in webhook.names())
            (results / "latest.json").write_text('{"format": 1, "outco', encoding="utf-8")
            wait_for("the faults are told of", lambda: webhook.names() >= {*PLANTED.values()})
        time.sleep(3)  # the last scrape sees the last answers
        end = time.time()
        pages = {
            name: json.loads((folder / f"generated/grafana/dashboards/{name}.json").read_text())
            for name in PAGES
        }
        asked = asking(told_by, start=began, end=end, step=1.0)
        if IMAGES:
            for name, page in pages.items():
                render(page, asked, Path(IMAGES) / f"dashboard-{name}.png")
        yield Live(told_by, pages, asked, webhook.alerts, told_before, (before, after))


QUERIES = [
    pytest.param(name, number, id=f"{name}-{query.panel}-{number}")
    for name, page in PAGES.items()
    for number, query in enumerate(queries(page))
]


@pytest.mark.parametrize(("name", "number"), QUERIES)
def test_every_query_is_answered_with_the_labels_of_its_legend(
    live: Live, name: str, number: int
) -> None:
    query = queries(live.pages[name])[number]
    found = live.ask(query)
    assert found, query.expr
    for series in found:
        assert query.labels <= series.labels.keys(), query.expr
    named = {tuple(series.labels[label] for label in query.labels) for series in found}
    assert len(named) == len(found), f"lines of one name: {query.expr}"
    assert any(np.isfinite(series.values).any() for series in found), query.expr


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_has_choices(live: Live, name: str) -> None:
    for variable in variables(PAGES[name]):
        asked = urlencode({"match[]": variable.match})
        url = f"{live.prometheus}/api/v1/label/{variable.label}/values?{asked}"
        assert get_json(url)["data"], variable


def test_changes_of_models_are_marked(live: Live) -> None:
    marks = {mark.panel: mark for mark in annotations(live.pages["model"])}
    assert marks
    for mark in marks.values():
        found = live.ask(mark)
        assert found, mark.expr
        assert mark.labels <= found[0].labels.keys()


def test_nobody_is_told_of_healthy_traffic(live: Live) -> None:
    assert live.told_before == set()


@pytest.mark.parametrize("fault", PLANTED)
def test_the_planted_fault_is_told_of(live: Live, fault: str) -> None:
    alert = next(found for found in live.told if found["labels"]["alertname"] == PLANTED[fault])
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert Path(alert["annotations"]["runbook_url"]).is_file()
    assert "{{" not in alert["annotations"]["description"]


def test_the_drift_job_names_the_noise(live: Live) -> None:
    before, after = live.said
    assert before.startswith("No drift")
    assert after.startswith("Drift")
    assert "background noise" in after
    assert live.value('max(vocalbaby_drift_outcome{outcome="drift"})') == 1
    assert live.value("max(vocalbaby_drift_score) - max(vocalbaby_drift_threshold)") > 0


def test_a_drift_job_without_results_is_told_of_with_the_reason(live: Live) -> None:
    told = [found["labels"] for found in live.told if "reason" in found["labels"]]
    assert {(labels["reason"], labels.get("code")) for labels in told} == {("unreadable", "torn")}


def test_every_process_is_seen(live: Live) -> None:
    assert live.value('count(process_resident_memory_bytes{job="vocalbaby"})') == WORKERS
    assert live.value("sum(vocalbaby_worker_starts_total)") == WORKERS


def test_every_answer_is_logged(live: Live) -> None:
    answered = live.value("sum(vocalbaby_predictions_total)")
    assert answered > 500
    written = 'sum(vocalbaby_prediction_log_rows_total{outcome="written"})'
    wait_for("the log has every answer", lambda: live.value(written) == answered, 10)


def test_the_refused_model_answers_nobody(live: Live) -> None:
    shares = 'count(vocalbaby_model_share{job="vocalbaby"} > 0)'
    assert live.value(shares) == 2
    assert live.value("count(count by (model_version) (vocalbaby_predictions_total > 0))") == 2
