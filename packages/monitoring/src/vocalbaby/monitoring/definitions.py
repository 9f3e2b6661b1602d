"""Names, labels, buckets and help texts of all metrics."""

from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["METRICS", "Factory", "MetricSpec"]

#: Finest from 2 to 20 ms, the range from a single clip to a busy server.
_LATENCY_S: Final = (
    *(0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
_DURATION_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_JOB_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_CLIPS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_CONFIDENCE: Final = (0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_DIFFERENCE: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4)


class MetricSpec(NamedTuple):
    """Definition of a metric.

    Attributes:
        name: Name in Prometheus.
        kind: Type of the metric.
        labels: Names of the labels.
        meaning: Help text.
        buckets: Upper bounds of a histogram's buckets.
        workers: How a gauge combines the values of several worker processes.

    Examples:
        >>> METRICS["requests"].name, METRICS["requests"].labels
        ('vocalbaby_requests_total', ('method', 'route', 'status'))
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


def _read(name: str, meaning: str, *labels: str) -> MetricSpec:
    """A gauge whose value is read from the drift job's result, see ``drift_status``."""
    return MetricSpec(f"vocalbaby_{name}", "gauge", labels, meaning, workers="same")


def _histogram(name: str, buckets: tuple[float, ...], meaning: str, *labels: str) -> MetricSpec:
    return MetricSpec(f"vocalbaby_{name}", "histogram", labels, meaning, buckets)


#: Every metric by a short name.
METRICS: Final[dict[str, MetricSpec]] = {
    "requests": _counter("requests", "HTTP requests answered.", "method", "route", "status"),
    "latency": _histogram(
        "request_duration_seconds",
        _LATENCY_S,
        "Seconds from the headers of a request to the end of its response.",
        "route",
    ),
    "in_flight": _sum("requests_in_flight", "HTTP requests in progress."),
    "worker_starts": _counter(
        "worker_starts", "Starts of worker processes; more starts than workers means restarts."
    ),
    "worker_timeouts": _counter(
        "worker_timeouts", "Workers that were killed and replaced because they did not respond."
    ),
    "errors": _counter(
        "errors", "Errors reported to clients, for a request or for one of its clips.", "code"
    ),
    "queue_clips": _sum("queue_clips", "Clips waiting for the model."),
    "batch_clips": _histogram(
        "batch_clips", _CLIPS, "Clips per call of a model that answers requests."
    ),
    "predictions": _counter(
        "predictions",
        "Clips classified, by label; abstained if the model gave no label.",
        "class",
        "model_version",
    ),
    "confidence": _histogram(
        "confidence",
        _CONFIDENCE,
        "Probability of the most probable class of each classified clip.",
        "model_version",
    ),
    "clip_duration": _histogram(
        "clip_duration_seconds", _DURATION_S, "Duration of the classified clips in seconds."
    ),
    "clip_warnings": _counter(
        "clip_warnings",
        "Warnings about clips; unlike_training, not_confident, below_threshold explain abstention.",
        "code",
    ),
    "model_info": _gauge(
        "model_info",
        "1 for a model that answers requests or is a shadow, 0 for a previous one.",
        *("version", "name", "feature_set"),
    ),
    "model_share": _gauge(
        "model_share",
        "Share of requests that a model answers; 0 for a shadow and for a previous model.",
        "version",
    ),
    "model_switches": _counter(
        "model_switches",
        "Changes of the answering models or their shares; each worker counts its own.",
    ),
    "model_fault": _gauge(
        "model_fault",
        "1 while the model store cannot be followed for this reason, 0 afterwards.",
        "code",
    ),
    "model_refusals": _counter(
        "model_refusals",
        "Failed attempts to read the model store or to load a model from it, by reason.",
        "code",
    ),
    "shadow_clips": _counter(
        "shadow_clips",
        "Clips of a shadow model: the label agreed or differed, or they failed or were dropped.",
        *("model_version", "outcome"),
    ),
    "shadow_difference": _histogram(
        "shadow_difference",
        _DIFFERENCE,
        "Mean absolute difference between the shadow's and the response's probabilities.",
        "model_version",
    ),
    "keys_fault": _gauge(
        "keys_fault", "1 while the file of API keys cannot be read or is malformed, otherwise 0."
    ),
    "keys_age": _gauge(
        "keys_age_seconds",
        "Seconds since the API keys in use were last those of their file; 0 without a file.",
    ),
    "prediction_log_rows": _counter(
        "prediction_log_rows",
        "Rows of the prediction log: written, dropped by a full queue, or failed on the disk.",
        "outcome",
    ),
    "prediction_log_files": _counter(
        "prediction_log_files",
        "Finished files of the prediction log: shipped to the store, or failed attempts.",
        "outcome",
    ),
    "prediction_log_waiting": _sum(
        "prediction_log_waiting_rows", "Rows of the prediction log that are waiting to be written."
    ),
    "jobs": _gauge("jobs", "Jobs in the folder of jobs, by state.", "state"),
    "jobs_ended": _counter(
        "jobs_ended", "Jobs that ended: done, failed, or removed before they ended.", "outcome"
    ),
    "job_duration": _histogram(
        "job_duration_seconds", _JOB_S, "Seconds from the start of a job to its end, if it is done."
    ),
    "job_sound": _counter("job_sound_seconds", "Seconds of sound that jobs segmented."),
    "job_folder_bytes": _gauge("job_folder_bytes", "Bytes in the folder of jobs."),
    "drift_score": _read(
        "drift_score",
        "AUC of a classifier that separates production from the reference; 0.5 is no drift.",
        "feature_set",
    ),
    "drift_threshold": _read(
        "drift_threshold",
        "Least drift score that counts as drift of the features.",
        "feature_set",
    ),
    "drift_group_score": _read(
        "drift_group_score",
        "Share of drifted columns in a group of features; the 32 highest groups.",
        *("feature_set", "group"),
    ),
    "drift_missing_share": _read(
        "drift_missing_share",
        "Share of missing values in the window of the drift job.",
        "feature_set",
    ),
    "drift_prediction_score": _read(
        "drift_prediction_score",
        "Jensen-Shannon distance between predicted classes in the window and the reference.",
        "feature_set",
    ),
    "drift_prediction_threshold": _read(
        "drift_prediction_threshold",
        "Least distance that counts as drift of the predicted classes.",
        "feature_set",
    ),
    "drift_rows": _read("drift_rows", "Rows in the window of the drift job.", "feature_set"),
    "drift_outcome": _read(
        "drift_outcome",
        "1 for the outcome of the last run of the drift job, 0 for all others.",
        "outcome",
    ),
    "drift_last_run": _read(
        "drift_last_run_timestamp_seconds",
        "Unix time at which the drift job last ended, with any outcome.",
    ),
    "drift_last_success": _read(
        "drift_last_success_timestamp_seconds",
        "Unix time at which a run that compared the window with the reference last ended.",
    ),
    "estimated_uar": _read(
        "estimated_uar",
        "Unweighted average recall in the window, estimated without labels.",
        "model_version",
    ),
    "estimated_uar_reference": _read(
        "estimated_uar_reference",
        "Unweighted average recall on the reference, estimated without labels.",
        "model_version",
    ),
    "drift_status_fault": _read(
        "drift_status_fault",
        "1 while latest.json of the drift job cannot be read for this reason, otherwise 0.",
        "code",
    ),
}


class Factory:
    """Creates metrics by their short names in `METRICS`.

    Args:
        registry: Registry of the metrics.

    Examples:
        >>> registry = CollectorRegistry()
        >>> Factory(registry).counter("model_switches").inc()
        >>> registry.get_sample_value("vocalbaby_model_switches_total")
        1.0
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, key: str) -> Counter:
        """Return a new counter.

        Args:
            key: Short name.
        """
        spec = METRICS[key]
        return Counter(spec.name, spec.meaning, spec.labels, registry=self._registry)

    def gauge(self, key: str) -> Gauge:
        """Return a new gauge.

        Args:
            key: Short name.
        """
        spec = METRICS[key]
        return Gauge(
            spec.name,
            spec.meaning,
            spec.labels,
            registry=self._registry,
            multiprocess_mode="livesum" if spec.workers == "sum" else "livemax",
        )

    def histogram(self, key: str) -> Histogram:
        """Return a new histogram.

        Args:
            key: Short name.
        """
        spec = METRICS[key]
        return Histogram(
            spec.name, spec.meaning, spec.labels, registry=self._registry, buckets=spec.buckets
        )
