"""The metrics of a service: names, bounded labels, and use in any ASGI application."""

import asyncio
import json
import subprocess
import sys
from typing import Any, NamedTuple

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.parser import text_string_to_metric_families

from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.drift_result import parse
from vocalbaby.monitoring.metrics import METRICS, MetricsMiddleware, ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel

CLASSES = ("Crying", "Laughing", "Junk")


class Prediction(NamedTuple):
    """What the metrics need of a prediction."""

    label: str | None
    probabilities: dict[str, float]
    model_version: str


def samples(metrics: ServiceMetrics) -> dict[tuple[Any, ...], float]:
    """Values by name and sorted labels, as Prometheus would read them."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples
    }


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


def test_every_defined_metric_is_exported_with_its_type_help_and_labels(
    metrics: ServiceMetrics,
) -> None:
    metrics.models.set_models([ServedModel("v", "n", "f", 1.0), ServedModel("w", "n", "f", None)])
    metrics.models.set_faults(["e"])
    metrics.models.count_refusal("e")
    metrics.models.compare_shadow(
        Prediction("Junk", {"Junk": 1.0}, "v"), Prediction("Junk", {"Junk": 0.5}, "w")
    )
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


def test_client_input_never_becomes_a_label(metrics: ServiceMetrics) -> None:
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


def test_an_exception_counts_as_status_500_and_no_response_as_499(metrics: ServiceMetrics) -> None:
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


def test_requests_of_other_protocols_are_not_counted(metrics: ServiceMetrics) -> None:
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


def test_a_prediction_counts_its_label_duration_confidence_and_warnings(
    metrics: ServiceMetrics,
) -> None:
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


def test_metrics_of_other_owners_of_the_registry_are_exported_unchanged(
    metrics: ServiceMetrics,
) -> None:
    Gauge("python", "", ["version"], registry=metrics.registry).labels("3.11").set(1)
    assert samples(metrics)["python", ("version", "3.11")] == 1


def test_error_codes_are_exported_as_zero_before_they_occur() -> None:
    metrics = ServiceMetrics(CollectorRegistry(), classes=CLASSES, error_codes=["a", "b"])
    metrics.count_error("b")
    found = samples(metrics)
    assert found["vocalbaby_errors_total", ("code", "a")] == 0
    assert found["vocalbaby_errors_total", ("code", "b")] == 1


def test_a_default_registry_includes_process_metrics() -> None:
    assert ("process_resident_memory_bytes",) in samples(ServiceMetrics(classes=()))


def test_importing_the_metrics_loads_no_web_framework() -> None:
    code = (
        "import sys, vocalbaby.monitoring.metrics\n"
        "print({'fastapi', 'starlette', 'pydantic', 'numpy'} & set(sys.modules))"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
