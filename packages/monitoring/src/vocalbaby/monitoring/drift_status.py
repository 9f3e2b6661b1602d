"""The last result of the drift job as metrics of a service.

A thread reads ``latest.json`` every few seconds. A scrape shows the last result that was read and
never waits for the store. The worker processes of a service share the last result, so that all of
them show the same.
"""

import heapq
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, get_args

from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from vocalbaby.monitoring import shared_metrics
from vocalbaby.monitoring.definitions import METRICS
from vocalbaby.monitoring.drift_result import (
    COMPARED,
    OUTCOMES,
    DriftResult,
    Fault,
    InvalidResultError,
    parse,
)

__all__ = ["MAX_GROUPS", "MAX_POLL_S", "DriftMetrics", "DriftWatcher"]

#: Number of groups that are shown: those with the highest share of drifted columns.
MAX_GROUPS: Final = 32
#: A poll that takes longer is a fault, such as a network mount that hangs.
MAX_POLL_S: Final = 60.0

_KEYS: Final = tuple(key for key, spec in METRICS.items() if spec.workers == "same")
_FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

_log = logging.getLogger(__name__)


class _Value(NamedTuple):
    """A sample of the metric with this key in ``METRICS``."""

    key: str
    labels: tuple[str, ...]
    value: float


class _State(NamedTuple):
    """The last result that was read.

    Attributes:
        at: When the last poll ended, in Unix seconds; 0 before the first.
        values: Samples of the last result.
        fault: Why the last poll failed; None if it succeeded.
        began: When the current poll began, in Unix seconds; None between polls.
    """

    at: float = 0.0
    values: tuple[_Value, ...] = ()
    fault: Fault | None = None
    began: float | None = None


class DriftMetrics(Collector):
    """Metrics of the last result of the drift job; there are none before the first poll.

    Examples:
        >>> metrics = DriftMetrics()
        >>> metrics.fail("missing")
        >>> faults = [s for family in metrics.collect() for s in family.samples if s.value == 1]
        >>> [(sample.name, sample.labels) for sample in faults]
        [('vocalbaby_drift_status_fault', {'code': 'missing'})]
    """

    def __init__(self) -> None:
        self._own: _State | None = None

    def begin(self) -> None:
        """Record that a poll begins; it ends with `show` or `fail`."""
        self._set((self._state() or _State())._replace(began=time.time()))

    def show(self, result: DriftResult) -> None:
        """Show this result and no fault.

        Args:
            result: The result that was read.
        """
        self._set(_State(time.time(), tuple(_values(result))))

    def fail(self, fault: Fault) -> None:
        """Show a fault together with the last result.

        Args:
            fault: Why there is no result.
        """
        before = self._state()
        self._set(_State(time.time(), before.values if before else (), fault))

    def age_s(self) -> float:
        """Return the seconds since a poll ended.

        They are infinite before the first poll, and if the clock was set back.
        """
        state = self._state()
        age_s = time.time() - state.at if state else -1.0
        return age_s if age_s >= 0 else float("inf")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the current metrics."""
        state = self._state()
        families = {key: _family(key) for key in _KEYS}
        if state is not None:
            for value in state.values:
                families[value.key].add_metric(value.labels, value.value)
            stuck = state.began is not None and time.time() - state.began > MAX_POLL_S
            now = "unreadable" if stuck else state.fault
            for fault in _FAULTS if stuck or state.at else ():
                families["drift_status_fault"].add_metric([fault], float(fault == now))
        yield from families.values()

    def _state(self) -> _State | None:
        data = shared_metrics.published()
        if data is None:
            return self._own
        at, values, fault, began = json.loads(data)
        shown = tuple(_Value(key, tuple(labels), x) for key, labels, x in values)
        return _State(at, shown, fault, began)

    def _set(self, state: _State) -> None:
        self._own = state
        shared_metrics.publish(json.dumps(state).encode())


class DriftWatcher:
    """Polls the result of the drift job in a thread.

    Args:
        read: Returns the bytes of ``latest.json``, or None if there is no such file. It may
            block, and it may raise; `InvalidResultError` names the fault.
        metrics: Metrics that show the result.
        every_s: Seconds between two polls. A worker skips a poll if another worker has polled
            within this time.

    Examples:
        >>> metrics = DriftMetrics()
        >>> watcher = DriftWatcher(lambda: None, metrics, every_s=60.0)
        >>> watcher.poll()
        >>> metrics.age_s() < 60
        True
    """

    def __init__(
        self, read: Callable[[], bytes | None], metrics: DriftMetrics, *, every_s: float
    ) -> None:
        self._read = read
        self._metrics = metrics
        self._every_s = every_s
        self._stop = threading.Event()
        self._reported: Fault | None = None

    def start(self) -> None:
        """Start the thread."""
        stop = self._stop = threading.Event()
        threading.Thread(target=self._run, args=(stop,), name="drift-status", daemon=True).start()

    def close(self) -> None:
        """Stop the thread, without waiting for a store that does not answer."""
        self._stop.set()

    def poll(self) -> None:
        """Poll once, and show the result or the fault."""
        self._metrics.begin()
        try:
            data = self._read()
        except InvalidResultError as error:
            self._fail(error.fault, error)
            return
        except Exception as error:  # noqa: BLE001 - the thread must live on
            self._fail("unreadable", error)
            return
        if data is None:
            self._fail("missing", "There is no latest.json.")
            return
        try:
            result = parse(data, time.time())
        except InvalidResultError as error:
            self._fail(error.fault, error)
            return
        self._metrics.show(result)
        if self._reported is not None:
            _log.info("the result of the drift job can be read again")
        self._reported = None

    def _fail(self, fault: Fault, why: object) -> None:
        self._metrics.fail(fault)
        if fault != self._reported:
            _log.warning("the result of the drift job cannot be read (%s): %s", fault, why)
        self._reported = fault

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            age_s = self._metrics.age_s()
            if age_s >= self._every_s:
                self.poll()
                age_s = 0.0
            stop.wait(self._every_s - age_s)


def _values(result: DriftResult) -> Iterator[_Value]:
    for outcome in OUTCOMES:
        yield _Value("drift_outcome", (outcome,), float(outcome == result.outcome))
    compared = result.outcome in COMPARED
    yield from _given("drift_last_run", (), result.finished)
    success = result.finished if compared else result.last_success
    yield from _given("drift_last_success", (), success)
    if result.feature_set is not None:
        labels = (result.feature_set,)
        yield from _given("drift_rows", labels, result.rows)
        yield from _given("drift_missing_share", labels, result.missing_share)
    if compared:
        yield from _compared(result, result.feature_set or "", result.model_version or "")


def _compared(result: DriftResult, feature_set: str, model_version: str) -> Iterator[_Value]:
    """The values that only a comparison has."""
    yield from _given("drift_score", (feature_set,), result.score)
    yield from _given("drift_threshold", (feature_set,), result.threshold)
    groups = heapq.nlargest(MAX_GROUPS, result.groups.items(), key=lambda item: item[1])
    for name, score in groups:
        yield _Value("drift_group_score", (feature_set, name), score)
    if result.predictions is not None:
        yield _Value("drift_prediction_score", (feature_set,), result.predictions.distance)
        yield _Value("drift_prediction_threshold", (feature_set,), result.predictions.threshold)
    if result.estimate is not None:
        yield _Value("estimated_uar", (model_version,), result.estimate.uar)
        yield _Value("estimated_uar_reference", (model_version,), result.estimate.reference)


def _given(key: str, labels: tuple[str, ...], value: float | None) -> Iterator[_Value]:
    if value is not None:
        yield _Value(key, labels, value)


def _family(key: str) -> GaugeMetricFamily:
    spec = METRICS[key]
    return GaugeMetricFamily(spec.name, spec.meaning, labels=spec.labels)
