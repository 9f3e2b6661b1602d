"""Metrics: names, bounded labels, and use in any ASGI application."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.parser import text_string_to_metric_families

from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.drift_result import parse
from vocalbaby.monitoring.metrics import METRICS, MetricsMiddleware, ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel

CLASSES = ("Crying", "Laughing", "Junk")


class Route:
    path = "/items/{id}"


def call(app: ASGIApp, method: str = "GET", **scope: object) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app({"type": "http", "method": method, "path": "/x", **scope}, receive, send)

    asyncio.run(run())
    return sent


def samples(metrics: ServiceMetrics) -> dict[tuple[Any, ...], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples
    }


@dataclass(frozen=True)
class Said:
    """What the metrics ask of a prediction."""

    label: str | None
    probabilities: dict[str, float]
    model_version: str


def prediction(version: str, label: str, chance: float = 0.8) -> Said:
    rest = (1 - chance) / (len(CLASSES) - 1)
    chances = {name: chance if name == label else rest for name in CLASSES}
    return Said(label, chances, version)


@pytest.fixture
def metrics() -> ServiceMetrics:
    return ServiceMetrics(
        CollectorRegistry(),
        classes=CLASSES,
        error_codes=["bundle_checksum", "storage_unavailable"],
        warning_codes=["quiet", "not_confident"],
    )


def test_the_table_is_what_is_registered(metrics: ServiceMetrics) -> None:
    metrics.models.set_models([ServedModel("v", "n", "f", 1.0), ServedModel("w", "n", "f", None)])
    metrics.models.set_faults(["e"])
    metrics.models.count_refusal("e")
    metrics.models.compare_shadow(prediction("v", "Junk"), prediction("w", "Junk"))
    metrics.count_request(method="GET", route="/", status=200, seconds=0.1)
    result = {
        "format": 1,
        "run": "a",
        "started": 0,
        "outcome": "drift",
        "finished": 1,
        "feature_set": "f",
        "model_version": "v",
        "rows": 9,
        "score": 1,
        "threshold": 1,
        "groups": {"g": 1},
        "missing_share": 0,
        "predictions": {
            "distance": 0,
            "threshold": 1,
            "drifted": False,
            "reference": {},
            "current": {},
        },
        "estimate": {"uar": 1, "reference": 1},
        "summary": [],
    }
    metrics.drift.show(parse(json.dumps(result).encode(), now=1))
    found = {
        family.name: (family.type, family.documentation, set(family.samples[0].labels) - {"le"})
        for family in text_string_to_metric_families(metrics.exposition().decode())
    }
    assert found == {
        spec.name.removesuffix("_total"): (spec.kind, spec.meaning, set(spec.labels))
        for spec in METRICS.values()
    }


def test_requests_are_counted_by_template_and_timed(metrics: ServiceMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = Route()
        assert samples(metrics)["vocalbaby_requests_in_flight",] == 1
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = call(MetricsMiddleware(app, metrics=metrics), "POST")
    found = samples(metrics)
    labels = (("method", "POST"), ("route", "/items/{id}"), ("status", "201"))
    assert found["vocalbaby_requests_total", *labels] == 1
    assert found["vocalbaby_request_duration_seconds_count", ("route", "/items/{id}")] == 1
    assert found["vocalbaby_requests_in_flight",] == 0
    assert len(sent) == 2


def test_what_clients_choose_never_becomes_a_label(metrics: ServiceMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    watched = MetricsMiddleware(app, metrics=metrics)
    for i in range(30):
        call(watched, f"METHOD{i}", path=f"/{i}")
        metrics.count_prediction(
            label=f"class{i}",
            model_version=f"v{i}",
            duration_s=1,
            confidence=0.5,
            warnings=[f"w{i}"],
        )
        metrics.count_error(f"e{i}")
        metrics.models.count_refusal(f"e{i}")
        metrics.models.set_faults([f"e{i}"])
    found = samples(metrics)
    requests = [key for key in found if key[0] == "vocalbaby_requests_total"]
    labels = (("method", "OTHER"), ("route", "unmatched"), ("status", "404"))
    assert requests == [("vocalbaby_requests_total", *labels)]
    predictions = [key for key in found if key[0] == "vocalbaby_predictions_total"]
    assert predictions == [
        ("vocalbaby_predictions_total", ("class", "unknown"), ("model_version", "unknown"))
    ]
    for name in ("errors_total", "clip_warnings_total", "model_refusals_total"):
        assert found[f"vocalbaby_{name}", ("code", "unknown")] == 30
    assert found["vocalbaby_model_fault", ("code", "unknown")] == 1
    assert found["vocalbaby_confidence_count", ("model_version", "unknown")] == 30
    for i in range(30):
        metrics.models.set_models([ServedModel("v", "n", "f", 1.0)])
        metrics.count_prediction(label=f"class{i}", model_version="v", duration_s=1)
    assert (
        samples(metrics)[
            "vocalbaby_predictions_total", ("class", "unknown"), ("model_version", "v")
        ]
        == 30
    )


def test_a_failing_application_is_a_500_and_a_silent_one_a_499(metrics: ServiceMetrics) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    with pytest.raises(ZeroDivisionError):
        call(MetricsMiddleware(failing, metrics=metrics))
    call(MetricsMiddleware(silent, metrics=metrics))
    found = samples(metrics)
    for status in ("500", "499"):
        labels = (("method", "GET"), ("route", "unmatched"), ("status", status))
        assert found["vocalbaby_requests_total", *labels] == 1
    assert found["vocalbaby_requests_in_flight",] == 0


def test_other_protocols_pass_through(metrics: ServiceMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.complete"})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    asyncio.run(MetricsMiddleware(app, metrics=metrics)({"type": "lifespan"}, receive, send))
    assert len(sent) == 1
    assert not [key for key in samples(metrics) if key[0] == "vocalbaby_requests_total"]


def test_a_new_model_starts_at_zero_and_replaces_the_old_one(metrics: ServiceMetrics) -> None:
    metrics.set_model(version="v1", name="n", feature_set="f")
    metrics.count_prediction(label=None, model_version="v1", duration_s=0.3)
    metrics.set_model(version="v2", name="n", feature_set="f")
    found = samples(metrics)

    def info(version: str) -> float:
        labels = (("feature_set", "f"), ("name", "n"), ("version", version))
        return found["vocalbaby_model_info", *labels]

    def predicted(label: str, version: str) -> float:
        labels = (("class", label), ("model_version", version))
        return found["vocalbaby_predictions_total", *labels]

    assert (info("v1"), info("v2")) == (0, 1)
    assert predicted("abstained", "v1") == 1
    assert [predicted(label, "v2") for label in (*CLASSES, "abstained")] == [0] * 4


def test_an_answer_is_counted_with_all_it_says(metrics: ServiceMetrics) -> None:
    metrics.set_model(version="v", name="n", feature_set="f")
    for confidence in (0.65, 0.97):
        metrics.count_prediction(
            label="Junk", model_version="v", duration_s=0.4, confidence=confidence
        )
    metrics.count_prediction(
        label=None,
        model_version="v",
        duration_s=0.4,
        confidence=0.3,
        warnings=["quiet", "not_confident"],
    )
    found = samples(metrics)
    of_v = ("model_version", "v")
    assert found["vocalbaby_predictions_total", ("class", "Junk"), of_v] == 2
    assert found["vocalbaby_predictions_total", ("class", "abstained"), of_v] == 1
    assert found["vocalbaby_clip_duration_seconds_sum",] == pytest.approx(1.2)
    buckets = {"0.25": 0, "0.3": 1, "0.6": 1, "0.7": 2, "0.95": 2, "0.99": 3, "1.0": 3}
    for bound, count in buckets.items():
        assert found["vocalbaby_confidence_bucket", ("le", bound), of_v] == count
    for code in ("quiet", "not_confident"):
        assert found["vocalbaby_clip_warnings_total", ("code", code)] == 1


def test_a_switch_is_counted_when_what_answers_changes(metrics: ServiceMetrics) -> None:
    def switches_after(**shares: float | None) -> float:
        metrics.models.set_models([ServedModel(v, "n", "f", share) for v, share in shares.items()])
        return samples(metrics)["vocalbaby_model_switches_total",]

    assert switches_after() == 0  # nothing is there yet
    assert switches_after(a=1.0) == 0
    assert switches_after(a=1.0, shadow=None) == 0
    assert switches_after(a=0.9, b=0.1) == 1
    assert switches_after(a=0.5, b=0.5) == 2
    assert switches_after(b=1.0) == 3
    assert switches_after(b=1.0) == 3


def test_queue_batches_and_prediction_log_are_counted(metrics: ServiceMetrics) -> None:
    metrics.batches.set_waiting(7)
    for clips in (1, 16, 3):
        metrics.batches.count_batch(clips)
    metrics.log.count_rows("written", 5)
    metrics.log.count_rows("dropped")
    metrics.log.count_file("shipped")
    metrics.log.set_waiting(4)
    found = samples(metrics)
    assert found["vocalbaby_queue_clips",] == 7
    assert found["vocalbaby_batch_clips_sum",] == 20
    assert found["vocalbaby_batch_clips_bucket", ("le", "4.0")] == 2
    assert found["vocalbaby_prediction_log_waiting_rows",] == 4
    rows = {"written": 5, "dropped": 1, "failed": 0}
    for outcome, count in rows.items():
        assert found["vocalbaby_prediction_log_rows_total", ("outcome", outcome)] == count
    for outcome, count in {"shipped": 1, "failed": 0}.items():
        assert found["vocalbaby_prediction_log_files_total", ("outcome", outcome)] == count


def test_series_of_the_registry_s_owner_are_left_alone(metrics: ServiceMetrics) -> None:
    Gauge("python", "", ["version"], registry=metrics.registry).labels("3.11").set(1)
    assert samples(metrics)["python", ("version", "3.11")] == 1


def test_error_codes_are_exported_before_they_happen() -> None:
    metrics = ServiceMetrics(CollectorRegistry(), classes=CLASSES, error_codes=["a", "b"])
    metrics.count_error("b")
    found = samples(metrics)
    assert found["vocalbaby_errors_total", ("code", "a")] == 0
    assert found["vocalbaby_errors_total", ("code", "b")] == 1


def test_an_own_registry_also_has_the_process() -> None:
    assert ("process_resident_memory_bytes",) in samples(ServiceMetrics(classes=()))


def test_only_the_models_of_late_keep_their_labels(metrics: ServiceMetrics) -> None:
    for i in range(30):
        metrics.models.set_models(
            [ServedModel(f"v{i}", "n", "f", 0.75), ServedModel(f"s{i}", "n", "f", None)]
        )
        for version in ("v0", f"v{i}"):
            metrics.count_prediction(label="Junk", model_version=version, duration_s=1)
        metrics.models.compare_shadow(prediction(f"v{i}", "Junk"), prediction(f"s{i}", "Crying"))
        metrics.models.count_shadow("s0", 2, "failed")
    found = samples(metrics)
    shares = {dict(key[1:])["version"]: n for key, n in found.items() if "share" in key[0]}
    assert shares == {"v29": 0.75} | dict.fromkeys(("v27", "s27", "v28", "s28", "s29"), 0.0)
    for name in ("predictions_total", "shadow_clips_total", "shadow_difference_count"):
        seen = {dict(key[1:])["model_version"] for key in found if key[0] == f"vocalbaby_{name}"}
        assert seen <= shares.keys() | {"unknown"}
    labels = (("class", "Junk"), ("model_version", "unknown"))
    assert found["vocalbaby_predictions_total", *labels] == 27


def test_a_model_that_comes_back_is_counted_again(metrics: ServiceMetrics) -> None:
    for version in ("v", *"abcdef", "v"):  # forgotten meanwhile
        metrics.set_model(version=version, name="n", feature_set="f")
        metrics.count_prediction(label="Junk", model_version=version, duration_s=1)
    labels = (("class", "Junk"), ("model_version", "v"))
    assert samples(metrics)["vocalbaby_predictions_total", *labels] == 1


#: Forks one worker after the other; a place without code is buried.
WORKERS = """
import json, os, sys
from vocalbaby.monitoring import shared_metrics

board = shared_metrics.SharedMetrics(3, area_bytes=int(sys.argv[1]))
from vocalbaby.monitoring.drift_result import parse
from vocalbaby.monitoring.metrics import ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel
for place, code in json.loads(sys.argv[2]):
    if not code:
        board.remove_worker(place)
    elif os.fork() == 0:
        board.attach_worker(place)
        exec(code)
        print(metrics.exposition().decode(), end="-- end --", flush=True)
        os._exit(0)
    else:
        os.wait()
"""
START = "metrics = ServiceMetrics(classes=['Junk'])\n"


def expositions(*steps: tuple[int, str], room: int = 2**20) -> tuple[list[str], str]:
    """What each worker shows in the end, and what all wrote to the log."""
    done = subprocess.run(
        [sys.executable, "-c", WORKERS, str(room), json.dumps(steps)],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("-- end --")[:-1], done.stderr


def test_workers_too_show_only_the_models_of_late() -> None:
    code = START + (
        "for i in range(9):\n"
        "    metrics.models.set_models([ServedModel(f'v{i}', 'n', 'f', 1.0)])\n"
        "    metrics.count_prediction(label='Junk', model_version=f'v{i}', duration_s=1)\n"
        "metrics.count_prediction(label='Junk', model_version='v0', duration_s=1)\n"
    )
    (text,), _ = expositions((0, code))
    found = set(re.findall(r'version="(\w+)"', text))
    assert found == {"v4", "v5", "v6", "v7", "v8", "unknown"}
    assert "vocalbaby_clip_duration_seconds_count 10.0" in text


def test_workers_add_up_and_show_the_same_drift() -> None:
    """Also one that starts while the store is away; values of a dead worker's queue go."""
    count = START + (
        "metrics.batches.set_waiting(2)\n"
        "metrics.batches.count_batch(3)\n"
        "metrics.log.count_rows('written', 5)\n"
        "metrics.log.set_waiting(4)\n"
    )
    result = {
        "format": 1,
        "run": "a",
        "started": 6,
        "finished": 7,
        "outcome": "failed",
        "summary": ["The job failed."],
    }
    found = f"metrics.drift.show(parse({json.dumps(result).encode()!r}, 7))\n"
    lost = "metrics.drift.fail('unreadable')\n"
    texts, _ = expositions((0, count + found), (1, count + lost), (2, START), (1, ""), (2, START))
    expected = ((1, 5, 2), (2, 10, 4), (2, 10, 4), (2, 10, 2))
    for i, (text, (batches, rows, waiting)) in enumerate(zip(texts, expected, strict=True)):
        lines = text.splitlines()
        assert f"vocalbaby_batch_clips_count {batches}.0" in lines
        assert f'vocalbaby_prediction_log_rows_total{{outcome="written"}} {rows}.0' in lines
        assert f"vocalbaby_queue_clips {waiting}.0" in lines
        assert f"vocalbaby_prediction_log_waiting_rows {2 * waiting}.0" in lines
        assert "vocalbaby_drift_last_run_timestamp_seconds 7.0" in lines
        assert 'vocalbaby_drift_outcome{outcome="failed"} 1.0' in lines
        assert f'vocalbaby_drift_status_fault{{code="unreadable"}} {float(i > 0)}' in lines


def test_a_worker_that_starts_again_counts_on_and_one_without_room_goes_on() -> None:
    code = (
        "metrics = ServiceMetrics(classes=[], error_codes=map(str, range(200)))\n"
        "metrics.in_flight.inc()\n"
        "for i in range(200):\n"
        "    metrics.count_error(str(i))\n"
        "    metrics.count_prediction(label=None, model_version='v', duration_s=1)\n"
    )
    texts, log = expositions((0, code), (1, code), (1, ""), (1, code), room=16384)
    last = texts[-1]
    assert "vocalbaby_worker_starts_total 3.0" in last
    assert 'vocalbaby_errors_total{code="0"} 3.0' in last
    assert "vocalbaby_clip_duration_seconds_count 600.0" in last
    assert "vocalbaby_requests_in_flight 2.0" in last
    assert 'process_resident_memory_bytes{worker="1"}' in last
    assert 20 < last.count("vocalbaby_errors_total{") < 120  # those that had room
    assert "the shared memory for metrics is full" in log


def test_a_shadow_is_compared_by_label_and_probabilities(metrics: ServiceMetrics) -> None:
    metrics.models.set_models([ServedModel("v", "n", "f", 1.0), ServedModel("s", "n", "f", None)])
    metrics.models.compare_shadow(prediction("v", "Junk", 0.8), prediction("s", "Junk", 0.4))
    metrics.models.compare_shadow(prediction("v", "Junk", 0.8), prediction("s", "Crying", 0.8))
    metrics.models.count_shadow("s", 3, "dropped")
    found = samples(metrics)
    of_s = ("model_version", "s")
    for outcome, count in (("agreed", 1), ("differed", 1), ("dropped", 3), ("failed", 0)):
        assert found["vocalbaby_shadow_clips_total", of_s, ("outcome", outcome)] == count
    # 0.4 and twice 0.2; 0.7 twice; each over three classes
    assert found["vocalbaby_shadow_difference_sum", of_s] == pytest.approx((0.8 + 1.4) / 3)


def test_a_fault_that_is_over_is_shown_as_0(metrics: ServiceMetrics) -> None:
    metrics.models.set_faults(["bundle_checksum", "storage_unavailable"])
    metrics.models.set_faults(["bundle_checksum"])
    found = samples(metrics)
    assert found["vocalbaby_model_fault", ("code", "bundle_checksum")] == 1
    assert found["vocalbaby_model_fault", ("code", "storage_unavailable")] == 0


def test_no_web_framework_is_needed() -> None:
    code = (
        "import sys, vocalbaby.monitoring.metrics\n"
        "print({'fastapi', 'starlette', 'pydantic', 'numpy'} & set(sys.modules))"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
