"""The service's Prometheus metrics, and the ASGI middleware that measures requests.

Works in any ASGI application::

    metrics = ServiceMetrics(classes=["cat", "dog"])
    app.add_middleware(MetricsMiddleware, metrics=metrics)

Every label value comes from a fixed set: route templates, known methods, statuses, codes,
classes and the model versions this process has loaded. Nothing a client sends becomes a
label.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from vocalbaby.monitoring import shared_metrics
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.batch_metrics import BatchMetrics
from vocalbaby.monitoring.definitions import METRICS, Factory, MetricSpec
from vocalbaby.monitoring.drift_status import DriftMetrics
from vocalbaby.monitoring.exposition import CONTENT_TYPE, exposition
from vocalbaby.monitoring.log_metrics import LogMetrics
from vocalbaby.monitoring.model_metrics import ABSTAINED, UNKNOWN, ModelMetrics, ServedModel

__all__ = [
    "ABSTAINED",
    "CONTENT_TYPE",
    "METRICS",
    "UNKNOWN",
    "UNMATCHED",
    "MetricSpec",
    "MetricsMiddleware",
    "ServiceMetrics",
    "method_label",
    "route_template",
]

#: Value of ``route`` for every path that the application does not have.
UNMATCHED: Final = "unmatched"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Status counted when the client went away before it got an answer (nginx's number).
_CLIENT_GONE: Final = 499


class ServiceMetrics:
    """The metrics of :data:`METRICS`, in a registry of their own.

    Args:
        registry: Where to register; a new registry with the process's own metrics
            (CPU seconds, resident memory, open files) when None.
        classes: The labels that predictions may have.
        error_codes: The codes that problems may have. Like the following they are exported
            as 0 before they first happen, so that a rate sees the first one; any other
            code is counted as :data:`UNKNOWN`.
        warning_codes: The codes that warnings about clips may have.

    Attributes:
        registry: See above.
        models: Metrics of the models in memory.
        batches: Metrics of what waits for them.
        log: Metrics of the prediction log.
        drift: What the drift job found last.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        classes: Sequence[str],
        error_codes: Iterable[str] = (),
        warning_codes: Iterable[str] = (),
    ) -> None:
        if registry is None:
            registry = CollectorRegistry()
            ProcessCollector(registry=registry)
        self.registry = registry
        make = Factory(registry)
        error_codes = tuple(error_codes)
        self._requests = make.counter("requests")
        self._latency = make.histogram("latency")
        self.in_flight = make.gauge("in_flight")
        make.counter("worker_starts").inc()
        self._errors = _Codes(make.counter("errors"), error_codes)
        self.batches = BatchMetrics(make)
        self.models = ModelMetrics(make, classes, error_codes)
        self._clip_duration = make.histogram("clip_duration")
        self._clip_warnings = _Codes(make.counter("clip_warnings"), warning_codes)
        self.log = LogMetrics(make)
        self.drift = DriftMetrics()
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def set_model(self, *, version: str, name: str, feature_set: str) -> None:
        """Announce the one model that answers from now on."""
        self.models.set_models([ServedModel(version, name, feature_set, 1.0)])

    def count_prediction(
        self,
        *,
        label: str | None,
        model_version: str,
        duration_s: float | None = None,
        confidence: float | None = None,
        warnings: Iterable[str] = (),
    ) -> None:
        """Count one answered clip.

        Args:
            label: Its class, or None when the model abstained.
            model_version: Which model answered.
            duration_s: Length of the clip, if it is one.
            confidence: Probability of the most probable class.
            warnings: Codes of the warnings that the answer holds.
        """
        self.models.count_answer(model_version, label, confidence)
        if duration_s is not None:
            self._clip_duration.observe(duration_s)
        for code in warnings:
            self._clip_warnings.count(code)

    def count_error(self, code: str) -> None:
        """Count one problem."""
        self._errors.count(code)

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` must be a template, never a client's path."""
        labels = (method_label(method), route, status)
        found = self._answered.get(labels)
        if found is None:
            counter = self._requests.labels(*labels)
            found = self._answered[labels] = counter, self._latency.labels(route)
        found[0].inc()
        found[1].observe(seconds)

    def exposition(self) -> bytes:
        """All series in Prometheus' text format, of all workers where there are several."""
        counted = shared_metrics.shared_collector() or self.registry
        return exposition(counted, self.models.versions(), self.drift)


class _Codes:
    """A counter with a fixed set of codes as its only label."""

    def __init__(self, counter: Counter, codes: Iterable[str]) -> None:
        self._counter = counter
        self._children = {code: counter.labels(code) for code in codes}

    def count(self, code: str) -> None:
        """Count one."""
        (self._children.get(code) or self._counter.labels(UNKNOWN)).inc()


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
