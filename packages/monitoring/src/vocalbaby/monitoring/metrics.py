"""Prometheus metrics of a service, and ASGI middleware that measures its requests.

Both work in any ASGI application::

    metrics = ServiceMetrics(classes=["cat", "dog"])
    app.add_middleware(MetricsMiddleware, metrics=metrics)

Every label value comes from a fixed set: route templates, HTTP methods, statuses, codes,
classes and the versions of the models in memory. Nothing that a client sends becomes a label.
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
from vocalbaby.monitoring.job_metrics import JobMetrics
from vocalbaby.monitoring.key_metrics import KeyMetrics
from vocalbaby.monitoring.log_metrics import LogMetrics
from vocalbaby.monitoring.model_metrics import ABSTAINED, UNKNOWN, ModelMetrics, ServedModel
from vocalbaby.monitoring.scrapes import Scrapes

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

#: Value of ``route`` for a path that matches no route.
UNMATCHED: Final = "unmatched"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Status that is counted if the client disconnects before the response, as in nginx.
_CLIENT_GONE: Final = 499


class ServiceMetrics:
    """The metrics of `METRICS`.

    Args:
        registry: Registry of the metrics. None creates one that also has the metrics of the
            process (CPU seconds, resident memory, open files).
        classes: Labels that a prediction can have.
        error_codes: Codes that an error can have. They are exported as 0 before they first
            occur, so that a rate includes the first error. Other codes are counted as
            `UNKNOWN`.
        warning_codes: Codes that a warning about a clip can have, exported likewise.

    Attributes:
        registry: Registry of the metrics.
        models: Metrics of the models in memory.
        batches: Metrics of the queue and the batches.
        log: Metrics of the prediction log.
        jobs: Metrics of the jobs that segment recordings.
        keys: Metrics of the file of API keys.
        drift: Metrics of the last result of the drift job.
        scrapes: Expositions for clients, which may be many.

    Examples:
        >>> metrics = ServiceMetrics(classes=["cat", "dog"])
        >>> metrics.set_model(version="pets-1", name="pets", feature_set="mfcc")
        >>> metrics.count_prediction(label="cat", model_version="pets-1", duration_s=0.5)
        >>> line = b'vocalbaby_predictions_total{class="cat",model_version="pets-1"} 1.0'
        >>> line in metrics.exposition()
        True
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
        make.counter("worker_timeouts")  # the parent of the workers counts them
        self._errors = _Codes(make.counter("errors"), error_codes)
        self.batches = BatchMetrics(make)
        self.models = ModelMetrics(make, classes, error_codes)
        self._clip_duration = make.histogram("clip_duration")
        self._clip_warnings = _Codes(make.counter("clip_warnings"), warning_codes)
        self.log = LogMetrics(make)
        self.jobs = JobMetrics(make)
        self.keys = KeyMetrics(make)
        self.drift = DriftMetrics()
        self.scrapes = Scrapes(self.exposition)
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def set_model(self, *, version: str, name: str, feature_set: str) -> None:
        """Set the only model that answers requests.

        Args:
            version: Version of the model.
            name: Name of the model.
            feature_set: Name of its feature set.
        """
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
        """Count one classified clip.

        Args:
            label: Class of the clip, or None if the model abstained.
            model_version: Model that classified the clip.
            duration_s: Duration of the clip in seconds; None if the input is not audio.
            confidence: Probability of the most probable class.
            warnings: Codes of the warnings about the clip.
        """
        self.models.count_answer(model_version, label, confidence)
        if duration_s is not None:
            self._clip_duration.observe(duration_s)
        for code in warnings:
            self._clip_warnings.count(code)

    def count_error(self, code: str) -> None:
        """Count one error.

        Args:
            code: Its code; one that was not registered counts as `UNKNOWN`.
        """
        self._errors.count(code)

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request.

        Args:
            method: The HTTP method.
            route: Template of the route, not the path of the request.
            status: Status of the response.
            seconds: Seconds from the headers of the request to the end of the response.
        """
        labels = (method_label(method), route, status)
        found = self._answered.get(labels)
        if found is None:
            counter = self._requests.labels(*labels)
            found = self._answered[labels] = counter, self._latency.labels(route)
        found[0].inc()
        found[1].observe(seconds)

    def exposition(self) -> bytes:
        """Return all time series in Prometheus' text format, combined over all workers."""
        counted = shared_metrics.shared_collector() or self.registry
        return exposition(counted, self.models.versions(), self.drift)


class _Codes:
    """A counter with a fixed set of codes as its only label."""

    def __init__(self, counter: Counter, codes: Iterable[str]) -> None:
        self._counter = counter
        self._children = {code: counter.labels(code) for code in codes}

    def count(self, code: str) -> None:
        """Count one occurrence."""
        (self._children.get(code) or self._counter.labels(UNKNOWN)).inc()


def method_label(method: str) -> str:
    """Return the value of the label ``method``.

    Args:
        method: The HTTP method of a request.

    Returns:
        The method, or ``OTHER`` for one that is not standard.

    Examples:
        >>> method_label("GET"), method_label("BREW")
        ('GET', 'OTHER')
    """
    return method if method in _METHODS else "OTHER"


def route_template(scope: Scope) -> str:
    """Return the value of the label ``route``.

    Args:
        scope: The ASGI scope of a request that was routed.

    Returns:
        Template of the matched route, such as ``/items/{id}``, or `UNMATCHED`.

    Examples:
        >>> route_template({"type": "http", "path": "/nothing"})
        'unmatched'
    """
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNMATCHED


class MetricsMiddleware:
    """ASGI middleware that counts and times every HTTP request.

    Args:
        app: The application.
        metrics: Metrics that count the requests.

    Examples:
        >>> async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ...     await send({"type": "http.response.start", "status": 204, "headers": []})
        >>> measured = MetricsMiddleware(app, metrics=ServiceMetrics(classes=["cat", "dog"]))
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

        async def send_and_record(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_and_record)
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
