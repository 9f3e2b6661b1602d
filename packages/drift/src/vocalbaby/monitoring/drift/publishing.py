"""Where results go: a folder or S3, and the Pushgateway."""

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import push_to_gateway, pushadd_to_gateway
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from vocalbaby.cloud.storage import Storage
from vocalbaby.exception import StorageError
from vocalbaby.monitoring.drift_result import (
    COMPARED,
    DriftResult,
    InvalidResultError,
    parse,
    to_json,
)
from vocalbaby.monitoring.drift_status import DriftMetrics

__all__ = ["JOB", "LATEST", "last_success", "publish", "push"]

LATEST: Final = "latest.json"
#: The grouping key of what is pushed.
JOB: Final = "vocalbaby-drift"

_SUCCESS: Final = "vocalbaby_drift_last_success_timestamp_seconds"
_FAULT: Final = "vocalbaby_drift_status_fault"
_TIMEOUT_S: Final = 10


def last_success(storage: Storage) -> float | None:
    """When a run that could compare last ended, by ``latest.json``; None if there is none."""
    stored = storage.get(LATEST)
    if stored is None:
        return None
    try:
        before = parse(stored.data, time.time())
    except InvalidResultError:  # of another format, or damaged: it is replaced
        return None
    return before.finished if before.outcome in COMPARED else before.last_success


def publish(storage: Storage, result: DriftResult, page: str) -> None:
    """Write report and result of a run; then, at once, make it the latest.

    Raises:
        StorageError: The storage refuses.
    """
    data = to_json(result)
    storage.replace(f"{result.run}/report.html", page.encode())
    storage.replace(f"{result.run}/result.json", data)
    storage.replace(LATEST, data)


class _Shown(Collector):
    """The job's own gauges, those that have a value."""

    def __init__(self, metrics: DriftMetrics, left_out: set[str]) -> None:
        self._metrics = metrics
        self._left_out = left_out

    def collect(self) -> Iterator[Metric]:
        for family in self._metrics.collect():
            if family.samples and family.name not in self._left_out:
                yield family


def push(url: str, result: DriftResult) -> None:
    """Push the gauges that the server would show of a result.

    A run that could compare replaces all that was pushed before. Any other leaves the
    values and the time of the last success, and pushes its outcome and time.

    Args:
        url: Of the Pushgateway.
        result: Of the run.

    Raises:
        StorageError: The gateway does not take it.
    """
    metrics = DriftMetrics()
    metrics.show(result)
    succeeded = result.outcome in COMPARED
    registry = CollectorRegistry()
    registry.register(_Shown(metrics, {_FAULT} if succeeded else {_FAULT, _SUCCESS}))
    send = push_to_gateway if succeeded else pushadd_to_gateway
    try:
        send(url, job=JOB, registry=registry, timeout=_TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The Pushgateway {url} does not take the result: {error}.",
            hint="Check its address, e.g. http://localhost:9091.",
        ) from error
