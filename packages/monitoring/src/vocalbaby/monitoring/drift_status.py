"""The drift job's last result as metrics of a service.

A thread reads ``latest.json`` every few seconds; a scrape shows what it found last, and
never waits for the store. Where a service has several processes they share what any of
them has found, so that all show the same.
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

#: Most groups that are shown; those where most has drifted.
MAX_GROUPS: Final = 32
#: A look that lasts longer is a fault: a mount that hangs lets nobody go on.
MAX_POLL_S: Final = 60.0

_KEYS: Final = tuple(key for key, spec in METRICS.items() if spec.workers == "same")
_FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

_log = logging.getLogger(__name__)


class _Value(NamedTuple):
    """A value of the metric ``key`` in the table of metrics."""

    key: str
    labels: tuple[str, ...]
    value: float


class _State(NamedTuple):
    """What was seen last, and when, in Unix seconds; 0 where no look has ended yet.

    ``began`` is when the look that is not over began.
    """

    at: float = 0.0
    values: tuple[_Value, ...] = ()
    fault: Fault | None = None
    began: float | None = None


class DriftMetrics(Collector):
    """What the drift job found last; nothing until something was looked for."""

    def __init__(self) -> None:
        self._own: _State | None = None

    def begin(self) -> None:
        """Somebody looks from now on, until ``show`` or ``fail``."""
        self._set((self._state() or _State())._replace(began=time.time()))

    def show(self, result: DriftResult) -> None:
        """Show this from now on, and no fault."""
        self._set(_State(time.time(), tuple(_values(result))))

    def fail(self, fault: Fault) -> None:
        """Show this fault from now on, beside what was shown before."""
        before = self._state()
        self._set(_State(time.time(), before.values if before else (), fault))

    def age_s(self) -> float:
        """Seconds since a look ended; infinite if nobody did, or the clock was set back."""
        state = self._state()
        age_s = time.time() - state.at if state else -1.0
        return age_s if age_s >= 0 else float("inf")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics as they are now."""
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
    """Looks for the drift job's result in a thread of its own.

    Args:
        read: Gives the bytes of ``latest.json``, or None when there is none; may fail, with
            ``InvalidResultError`` to say why, or take its time.
        metrics: Where the result is shown.
        every_s: Seconds between two looks; a process of several leaves out a look when
            another has just looked.
    """

    def __init__(
        self, read: Callable[[], bytes | None], metrics: DriftMetrics, *, every_s: float
    ) -> None:
        self._read = read
        self._metrics = metrics
        self._every_s = every_s
        self._stop = threading.Event()
        self._told: Fault | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        stop = self._stop = threading.Event()
        threading.Thread(target=self._run, args=(stop,), name="drift-status", daemon=True).start()

    def close(self) -> None:
        """End; does not wait for a store that does not answer."""
        self._stop.set()

    def poll(self) -> None:
        """Look once, and show what is there or why it cannot be read."""
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
        if self._told is not None:
            _log.info("the drift job's result can be read again")
        self._told = None

    def _fail(self, fault: Fault, why: object) -> None:
        self._metrics.fail(fault)
        if fault != self._told:
            _log.warning("the drift job's result cannot be read (%s): %s", fault, why)
        self._told = fault

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
