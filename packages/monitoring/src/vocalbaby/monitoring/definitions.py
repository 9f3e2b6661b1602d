"""What every metric is called, what its labels are and what it means."""

from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["METRICS", "Factory", "MetricSpec"]

#: Finest from 2 to 20 ms, where a lone clip and a busy server's answers are.
_LATENCY_S: Final = (
    *(0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
_DURATION_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_CLIPS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_CONFIDENCE: Final = (0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_DIFFERENCE: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4)


class MetricSpec(NamedTuple):
    """One row of the table of metrics.

    Attributes:
        name: As Prometheus knows it.
        kind: Its type.
        labels: Names of its labels.
        meaning: What it says.
        buckets: Upper bounds, of a histogram.
        workers: How the values of several processes become one, of a gauge.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()
    workers: Literal["sum", "highest", "same"] = "highest"


def _counter(name: str, meaning: str, *labels: str) -> MetricSpec:
    return MetricSpec(f"vocalbaby_{name}_total", "counter", labels, meaning)


def _sum(name: str, meaning: str) -> MetricSpec:
    return MetricSpec(f"vocalbaby_{name}", "gauge", (), meaning, workers="sum")


def _gauge(name: str, meaning: str, *labels: str) -> MetricSpec:
    return MetricSpec(f"vocalbaby_{name}", "gauge", labels, meaning)


def _found(name: str, meaning: str, *labels: str) -> MetricSpec:
    """What is read, and not counted: see ``drift_status``."""
    return MetricSpec(f"vocalbaby_{name}", "gauge", labels, meaning, workers="same")


def _histogram(name: str, buckets: tuple[float, ...], meaning: str, *labels: str) -> MetricSpec:
    return MetricSpec(f"vocalbaby_{name}", "histogram", labels, meaning, buckets)


#: Every metric, by a short name.
METRICS: Final[dict[str, MetricSpec]] = {
    "requests": _counter("requests", "HTTP requests answered.", "method", "route", "status"),
    "latency": _histogram(
        "request_duration_seconds",
        _LATENCY_S,
        "Seconds from the request's head to the end of its answer.",
        "route",
    ),
    "in_flight": _sum("requests_in_flight", "HTTP requests being answered now."),
    "worker_starts": _counter(
        "worker_starts", "Starts of the processes that serve; more than there are means restarts."
    ),
    "errors": _counter(
        "errors", "Problems reported to clients, for a request or for one of its clips.", "code"
    ),
    "queue_clips": _sum("queue_clips", "Clips waiting for the model."),
    "batch_clips": _histogram(
        "batch_clips", _CLIPS, "Clips handed to a model in one call, to answer requests."
    ),
    "predictions": _counter(
        "predictions",
        "Clips answered, by label; abstained when no label was given.",
        "class",
        "model_version",
    ),
    "confidence": _histogram(
        "confidence",
        _CONFIDENCE,
        "Probability of the most probable class, of the clips answered.",
        "model_version",
    ),
    "clip_duration": _histogram(
        "clip_duration_seconds", _DURATION_S, "Length of the clips answered, in seconds."
    ),
    "clip_warnings": _counter(
        "clip_warnings",
        "Warnings given with answers; unlike_training and not_confident come without a label.",
        "code",
    ),
    "model_info": _gauge(
        "model_info",
        "1 for a model that answers or is a shadow, 0 for one that was before.",
        *("version", "name", "feature_set"),
    ),
    "model_share": _gauge(
        "model_share",
        "Share of the requests that a model gets; 0 for a shadow and for one that answered before.",
        "version",
    ),
    "model_switches": _counter(
        "model_switches",
        "Times the models that answer, or their shares, changed; each process counts its own.",
    ),
    "model_fault": _gauge(
        "model_fault",
        "1 while the model store cannot be followed for this cause, then 0.",
        "code",
    ),
    "model_refusals": _counter(
        "model_refusals",
        "Failed attempts to follow the model store or to take a model from it, by cause.",
        "code",
    ),
    "shadow_clips": _counter(
        "shadow_clips",
        "Clips of a shadow model: label agreed or differed, or the model failed, or dropped.",
        *("model_version", "outcome"),
    ),
    "shadow_difference": _histogram(
        "shadow_difference",
        _DIFFERENCE,
        "Mean absolute difference of a clip's probabilities, shadow against answer.",
        "model_version",
    ),
    "prediction_log_rows": _counter(
        "prediction_log_rows",
        "Rows of the prediction log: written, or dropped by a full queue, or failed on the disk.",
        "outcome",
    ),
    "prediction_log_files": _counter(
        "prediction_log_files",
        "Finished files of the prediction log: shipped to their destination, or failed.",
        "outcome",
    ),
    "prediction_log_waiting": _sum(
        "prediction_log_waiting_rows", "Rows of the prediction log that are not yet written."
    ),
    "drift_score": _found(
        "drift_score",
        "How well production can be told from training: AUC, 0.5 (no drift) to 1.",
        "feature_set",
    ),
    "drift_threshold": _found(
        "drift_threshold",
        "The score from which the features drifted, and the drift job says drift.",
        "feature_set",
    ),
    "drift_group_score": _found(
        "drift_group_score",
        "Share of a group's columns that drifted, 0 to 1; at most 32 groups, the highest.",
        *("feature_set", "group"),
    ),
    "drift_missing_share": _found(
        "drift_missing_share", "Share of missing values in the drift job's window.", "feature_set"
    ),
    "drift_prediction_score": _found(
        "drift_prediction_score",
        "Jensen-Shannon distance of the predicted classes to those of training, 0 to 1.",
        "feature_set",
    ),
    "drift_prediction_threshold": _found(
        "drift_prediction_threshold",
        "The distance from which the predicted classes drifted, and the drift job says drift.",
        "feature_set",
    ),
    "drift_rows": _found("drift_rows", "Rows of the drift job's window.", "feature_set"),
    "drift_outcome": _found(
        "drift_outcome", "1 for the outcome of the drift job's last run, 0 for others.", "outcome"
    ),
    "drift_last_run": _found(
        "drift_last_run_timestamp_seconds",
        "When the drift job last ended, whatever its outcome, in Unix seconds.",
    ),
    "drift_last_success": _found(
        "drift_last_success_timestamp_seconds",
        "When a run of the drift job that could compare last ended, in Unix seconds.",
    ),
    "estimated_uar": _found(
        "estimated_uar",
        "Unweighted average recall in the drift job's window, estimated without labels.",
        "model_version",
    ),
    "estimated_uar_reference": _found(
        "estimated_uar_reference", "The same estimate on the reference.", "model_version"
    ),
    "drift_status_fault": _found(
        "drift_status_fault",
        "1 while the drift job's latest.json cannot be read for this cause, otherwise 0.",
        "code",
    ),
}


class Factory:
    """Makes metrics by their short names in :data:`METRICS`.

    Args:
        registry: Where they are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, key: str) -> Counter:
        """A counter."""
        spec = METRICS[key]
        return Counter(spec.name, spec.meaning, spec.labels, registry=self._registry)

    def gauge(self, key: str) -> Gauge:
        """A gauge."""
        spec = METRICS[key]
        return Gauge(
            spec.name,
            spec.meaning,
            spec.labels,
            registry=self._registry,
            multiprocess_mode="livesum" if spec.workers == "sum" else "livemax",
        )

    def histogram(self, key: str) -> Histogram:
        """A histogram."""
        spec = METRICS[key]
        return Histogram(
            spec.name, spec.meaning, spec.labels, registry=self._registry, buckets=spec.buckets
        )
