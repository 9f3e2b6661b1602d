"""The service's Prometheus metrics, and the ASGI middleware that measures requests.

Works in any ASGI application::

    metrics = ServiceMetrics(classes=["cat", "dog"])
    app.add_middleware(MetricsMiddleware, metrics=metrics)

Every label value comes from a fixed set: route templates, known methods, statuses, error
codes, classes and the model versions this process has loaded. Nothing a client sends
becomes a label.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from vocalbaby.monitoring import shared
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.log import LogMetrics
from vocalbaby.monitoring.models import ABSTAINED, UNKNOWN, HeldModel, ModelMetrics

__all__ = [
    "ABSTAINED",
    "CONTENT_TYPE",
    "METRICS",
    "UNMATCHED",
    "MetricSpec",
    "MetricsMiddleware",
    "ServiceMetrics",
    "method_label",
    "route_template",
]

#: Media type of :meth:`ServiceMetrics.exposition`.
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
#: Value of ``route`` for every path that the application does not have.
UNMATCHED: Final = "unmatched"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATENCY_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_DURATION_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
#: Status counted when the client went away before it got an answer (nginx's number).
_CLIENT_GONE: Final = 499


class MetricSpec(NamedTuple):
    """One row of the table of metrics."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


#: Every metric of the service, by its attribute of :class:`ServiceMetrics`.
METRICS: Final[dict[str, MetricSpec]] = {
    "requests": MetricSpec(
        "vocalbaby_requests_total",
        "counter",
        ("method", "route", "status"),
        "HTTP requests answered.",
    ),
    "latency": MetricSpec(
        "vocalbaby_request_duration_seconds",
        "histogram",
        ("route",),
        "Seconds from the request's head to the end of its answer.",
    ),
    "in_flight": MetricSpec(
        "vocalbaby_requests_in_flight", "gauge", (), "HTTP requests being answered now."
    ),
    "worker_starts": MetricSpec(
        "vocalbaby_worker_starts_total",
        "counter",
        (),
        "Starts of the processes that serve; more than there are means restarts.",
    ),
    "errors": MetricSpec(
        "vocalbaby_errors_total",
        "counter",
        ("code",),
        "Problems reported to clients, for a request or for one of its clips.",
    ),
    "predictions": MetricSpec(
        "vocalbaby_predictions_total",
        "counter",
        ("class", "model_version"),
        "Clips answered, by label; abstained when no label was given.",
    ),
    "clip_duration": MetricSpec(
        "vocalbaby_clip_duration_seconds",
        "histogram",
        (),
        "Length of the clips answered, in seconds.",
    ),
    "model_info": MetricSpec(
        "vocalbaby_model_info",
        "gauge",
        ("version", "name", "feature_set"),
        "1 for a model that answers, 0 for one that answered before.",
    ),
    "model_share": MetricSpec(
        "vocalbaby_model_share",
        "gauge",
        ("version",),
        "Share of the requests that a model gets; 0 for a shadow and for one that answered before.",
    ),
    "model_fault": MetricSpec(
        "vocalbaby_model_fault",
        "gauge",
        ("code",),
        "1 while the model store cannot be followed for this cause, then 0.",
    ),
    "model_refusals": MetricSpec(
        "vocalbaby_model_refusals_total",
        "counter",
        ("code",),
        "Failed attempts to follow the model store or to take a model from it, by cause.",
    ),
    "shadow_clips": MetricSpec(
        "vocalbaby_shadow_clips_total",
        "counter",
        ("model_version", "outcome"),
        "Clips of a shadow model: label agreed or differed, or the model failed, or dropped.",
    ),
    "shadow_difference": MetricSpec(
        "vocalbaby_shadow_difference",
        "histogram",
        ("model_version",),
        "Mean absolute difference of a clip's probabilities, shadow against answer.",
    ),
    "prediction_log_rows": MetricSpec(
        "vocalbaby_prediction_log_rows_total",
        "counter",
        ("outcome",),
        "Rows of the prediction log: written, or dropped by a full queue, or failed on the disk.",
    ),
    "prediction_log_files": MetricSpec(
        "vocalbaby_prediction_log_files_total",
        "counter",
        ("outcome",),
        "Finished files of the prediction log: shipped to their destination, or failed.",
    ),
    "prediction_log_waiting": MetricSpec(
        "vocalbaby_prediction_log_waiting_rows",
        "gauge",
        (),
        "Rows of the prediction log that are not yet written.",
    ),
}


class ServiceMetrics:
    """The metrics of :data:`METRICS`, in a registry of their own.

    Args:
        registry: Where to register; a new registry with the process's own metrics
            (CPU seconds, resident memory, open files) when None.
        classes: The labels that predictions may have.
        error_codes: Codes that shall be exported as 0 before they first happen, so
            that a rate sees the first one.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        classes: Sequence[str],
        error_codes: Iterable[str] = (),
    ) -> None:
        if registry is None:
            registry = CollectorRegistry()
            ProcessCollector(registry=registry)
        self.registry = registry

        def spec(key: str) -> dict[str, Any]:
            row = METRICS[key]
            return {
                "name": row.name,
                "documentation": row.meaning,
                "labelnames": row.labels,
                "registry": registry,
            }

        self.requests = Counter(**spec("requests"))
        self.latency = Histogram(**spec("latency"), buckets=_LATENCY_S)
        self.in_flight = Gauge(**spec("in_flight"), multiprocess_mode="livesum")
        Counter(**spec("worker_starts")).inc()
        self.errors = Counter(**spec("errors"))
        self.clip_duration = Histogram(**spec("clip_duration"), buckets=_DURATION_S)
        self.models = ModelMetrics(spec, classes)
        self.log = LogMetrics(spec)
        self._classes = frozenset(classes)
        for code in error_codes:
            self.errors.labels(code)

    def set_model(self, *, version: str, name: str, feature_set: str) -> None:
        """Announce the one model that answers from now on."""
        self.models.hold([HeldModel(version, name, feature_set, 1.0)])

    def count_prediction(self, *, label: str | None, model_version: str, duration_s: float) -> None:
        """Count one answered clip."""
        name = ABSTAINED if label is None else label if label in self._classes else UNKNOWN
        self.models.predictions.labels(name, self.models.known(model_version)).inc()
        self.clip_duration.observe(duration_s)

    def count_error(self, code: str) -> None:
        """Count one problem; ``code`` must be one of the error tree's."""
        self.errors.labels(code).inc()

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` must be a template, never a client's path."""
        self.requests.labels(method_label(method), route, str(status)).inc()
        self.latency.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """All series in Prometheus' text format, of all workers where there are several."""
        merged = shared.merged()
        return generate_latest(self.registry if merged is None else self.models.of_known(merged))


def method_label(method: str) -> str:
    """The method, or ``OTHER`` for one that is not usual."""
    return method if method in _METHODS else "OTHER"


def route_template(scope: Scope) -> str:
    """The matched route's template, e.g. ``/items/{id}``, or :data:`UNMATCHED`."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNMATCHED


class MetricsMiddleware:
    """ASGI middleware that counts and times every HTTP request.

    Args:
        app: The application.
        metrics: Where to count.
    """

    def __init__(self, app: ASGIApp, *, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, watch)
        except Exception:
            status = 500
            raise
        finally:
            self._metrics.in_flight.dec()
            self._metrics.count_request(
                method=scope["method"],
                route=route_template(scope),
                status=status or _CLIENT_GONE,
                seconds=time.perf_counter() - start,
            )
