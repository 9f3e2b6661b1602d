"""The scenario of the live test: healthy traffic, then a fault of each kind.

Every duration in ``configs/monitoring.yaml`` is divided by sixty, so that an hour takes a
minute. Dashboards and rules are generated from these limits by the usual code.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from dashboards import config, generate
from dashboards.config import MonitoringConfig
from scripts.send_clips import CLIPS_PER_CHILD, classify, synthetic_clips
from tests.live.model_store import damage_model, publish_models
from tests.live.prometheus_api import RunQuery, query_runner
from tests.live.stack import (
    Webhook,
    alertmanager,
    drift_job,
    get_json,
    prometheus,
    server,
    wait_for,
)
from tests.live.traffic import Flood, MixedTraffic
from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.bundle.store import ModelStore

__all__ = ["FAULT_ALERTS", "WORKERS", "LiveStack", "live_stack"]

WORKERS: Final = 2
#: The planted faults, and the alert that each must trigger.
FAULT_ALERTS: Final = {
    "damaged model": "VocalBabyModelRefused",
    "overload": "VocalBabyErrorBudgetBurn",
    "noisy room": "VocalBabyDrift",
    "torn result": "VocalBabyDriftJobStale",
}


class LiveStack(NamedTuple):
    """The running stack after the scenario.

    Attributes:
        prometheus: Address of Prometheus.
        dashboards: The dashboards that were generated with the shortened durations.
        run_query: Runs a query over the time of the scenario.
        alerts: Alerts that the webhook received.
        alerts_before_faults: Names of the alerts that it had received before the first fault.
        drift_output: Output of the drift job before and after the noise.
    """

    prometheus: str
    dashboards: dict[str, dict[str, Any]]
    run_query: RunQuery
    alerts: list[dict[str, Any]]
    alerts_before_faults: set[str]
    drift_output: tuple[str, str]

    def value(self, expr: str) -> float:
        """Return the current value of an expression whose result is one series."""
        response = get_json(f"{self.prometheus}/api/v1/query?{urlencode({'query': expr})}")
        (series,) = response["data"]["result"]
        return float(series["value"][1])


def shortened_config() -> MonitoringConfig:
    """Return the limits with every duration divided by sixty, except two.

    On a busy machine the first scrape may take seconds and another may be lost, so the alerts
    on missing instances keep their durations.
    """
    units = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: inner / 60 if key == "hours" else short(inner) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [short(inner) for inner in value]
        if isinstance(value, str) and (duration := re.fullmatch(r"(\d+)([smhd])", value)):
            whole = int(duration[1]) * units[duration[2]] // 60
            unit = next(unit for unit in ("m", "s", "ms") if whole % units[unit] == 0)
            return f"{whole // units[unit]}{unit}"
        return value

    limits = config.load().model_dump(mode="json")
    shortened = short(limits)
    for name in ("absent", "down"):
        shortened["alerts"][name] = limits["alerts"][name]
    return MonitoringConfig.model_validate(shortened)


def _server_flags(folder: Path) -> tuple[str, ...]:
    return (
        f"--store={folder / 'store'}",
        "--store-seconds=0.2",
        f"--keys-file={folder / 'keys'}",
        "--key-requests-per-second=10000",
        "--key-burst=10000",
        f"--prediction-log={folder / 'log'}",
        f"--drift-results={folder / 'drift'}",
        "--drift-seconds=0.5",
        "--max-in-flight=4",
        f"--workers={WORKERS}",
    )


@contextmanager
def live_stack(folder: Path, *, healthy_s: float, faulty_s: float) -> Iterator[LiveStack]:
    """Start the stack, play the scenario, and yield the stack while it still runs.

    Args:
        folder: A folder for everything that the stack writes.
        healthy_s: Seconds of healthy traffic.
        faulty_s: Seconds of noisy traffic, at least.
    """
    generate.write(shortened_config(), folder / "generated")
    store, models = publish_models(folder)
    key, line = new_key("live")
    add_key(folder / "keys", line)
    job = (f"--log={folder / 'log'}", f"--out={folder / 'drift'}", f"--store={folder / 'store'}")
    clean = list(synthetic_clips(150, seed=1))
    noisy = list(synthetic_clips(300, seed=2, snr_db=10.0))
    with ExitStack() as stack:
        url = stack.enter_context(server(folder, *_server_flags(folder)))
        for number, clip in enumerate(clean):
            classify(url, clip, participant=f"child-{number // CLIPS_PER_CHILD}", key=key)
        drift_before = drift_job(*job)
        webhook = stack.enter_context(Webhook())
        manager = stack.enter_context(alertmanager(folder, webhook.url))
        began = time.time()
        prometheus_url = stack.enter_context(
            prometheus(folder, rules=folder / "generated/rules", service=url, alerts=manager)
        )
        scraped = f"{prometheus_url}/api/v1/query?query=vocalbaby_requests_in_flight"
        wait_for("scrape of the service", lambda: get_json(scraped)["data"]["result"])
        with MixedTraffic(url, clean, key) as traffic:
            _roll_out(store, models, healthy_s)
            alerts_before_faults = webhook.names()
            _refuse_model(store, models["damaged"])
            with Flood(url, clean[0], key, clients=16):
                _wait_for_alert(webhook, "overload")
            drift_after = _drift(traffic, noisy, job, faulty_s)
            _wait_for_alert(webhook, "noisy room")
            (folder / "drift/latest.json").write_text('{"format": 1, "outco', encoding="utf-8")
            for fault in FAULT_ALERTS:
                _wait_for_alert(webhook, fault)
        time.sleep(3)  # The last scrape includes the last answers.
        yield LiveStack(
            prometheus_url,
            _dashboards(folder),
            query_runner(prometheus_url, start=began, end=time.time(), step=1.0),
            webhook.alerts,
            alerts_before_faults,
            (drift_before, drift_after),
        )


def _roll_out(store: ModelStore, models: Mapping[str, str], seconds: float) -> None:
    """Start a canary and a shadow after a third of the time."""
    time.sleep(seconds / 3)
    store.canary("production", models["second"], 0.3)
    store.shadow("production", models["third"])
    time.sleep(seconds * 2 / 3)


def _refuse_model(store: ModelStore, version: str) -> None:
    """Make a damaged model the canary."""
    damage_model(store, version)
    store.canary("production", version, 0.1)


def _drift(
    traffic: MixedTraffic, clips: Sequence[bytes], job: tuple[str, ...], seconds: float
) -> str:
    """Send noisy clips, run the drift job on them, and return its output."""
    time.sleep(1)  # The drift job reads whole seconds.
    began = datetime.now(UTC)
    traffic.clips, answered = clips, traffic.answers.total()
    time.sleep(seconds)
    wait_for("250 answers to noisy clips", lambda: traffic.answers.total() > answered + 250)
    return drift_job(*job, f"--since={began:%Y-%m-%dT%H:%M:%S}")


def _wait_for_alert(webhook: Webhook, fault: str) -> None:
    wait_for(f"alert on {fault}", lambda: FAULT_ALERTS[fault] in webhook.names())


def _dashboards(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        name: json.loads((folder / f"generated/grafana/dashboards/{name}.json").read_text("utf-8"))
        for name in generate.DASHBOARDS
    }
