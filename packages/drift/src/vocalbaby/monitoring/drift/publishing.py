"""Publishes results to a folder or S3, and to a Pushgateway."""

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
#: Value of the grouping key ``job`` in the Pushgateway.
JOB: Final = "vocalbaby-drift"

_SUCCESS: Final = "vocalbaby_drift_last_success_timestamp_seconds"
_FAULT: Final = "vocalbaby_drift_status_fault"
_TIMEOUT_S: Final = 10


def last_success(storage: Storage) -> float | None:
    """When a run with a comparison last ended, from ``latest.json``; None if there is none."""
    stored = storage.get(LATEST)
    if stored is None:
        return None
    try:
        before = parse(stored.data, time.time())
    except InvalidResultError:  # another format, or damaged: it is replaced
        return None
    return before.finished if before.outcome in COMPARED else before.last_success


def publish(storage: Storage, result: DriftResult, page: str) -> None:
    """Write the report and the result of a run, and then replace ``latest.json`` atomically.

    Raises:
        StorageError: The storage cannot be written.
    """
    data = to_json(result)
    storage.replace(f"{result.run}/report.html", page.encode())
    storage.replace(f"{result.run}/result.json", data)
    storage.replace(LATEST, data)


class _Pushed(Collector):
    """The metrics of the drift job that have a value."""

    def __init__(self, metrics: DriftMetrics, left_out: set[str]) -> None:
        self._metrics = metrics
        self._left_out = left_out

    def collect(self) -> Iterator[Metric]:
        for family in self._metrics.collect():
            if family.samples and family.name not in self._left_out:
                yield family


def push(url: str, result: DriftResult) -> None:
    """Push the metrics that the service would show for a result.

    A run with a comparison replaces everything that was pushed before. Any other run pushes its
    outcome and time, and leaves the values and the time of the last success.

    Args:
        url: URL of the Pushgateway.
        result: Result of the run.

    Raises:
        StorageError: The Pushgateway does not accept the metrics.
    """
    metrics = DriftMetrics()
    metrics.show(result)
    succeeded = result.outcome in COMPARED
    registry = CollectorRegistry()
    registry.register(_Pushed(metrics, {_FAULT} if succeeded else {_FAULT, _SUCCESS}))
    send = push_to_gateway if succeeded else pushadd_to_gateway
    try:
        send(url, job=JOB, registry=registry, timeout=_TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The Pushgateway {url} does not accept the result: {error}.",
            hint="Check its URL, such as http://localhost:9091.",
        ) from error
