"""Metrics of several worker processes, combined as if they were one process.

Every worker keeps its values in memory that it shares with the others, and the worker that
Prometheus happens to scrape reads the memory of all. The memory is anonymous: there are no
files, so that a full disk stops no worker and nothing is left behind. A worker is known by
its number, not by its process id, so that a restarted worker goes on counting where the
previous one ended. ``docs/decisions/0015-metrics-of-several-workers.md`` compares this with
the multiprocess mode of Prometheus' client.
"""

import mmap
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from prometheus_client import ProcessCollector, values
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from vocalbaby.monitoring.definitions import METRICS
from vocalbaby.monitoring.shared_slot import SharedSlot
from vocalbaby.monitoring.shared_values import Series, SharedValue, ValueArea

__all__ = ["SharedMetrics", "is_multiprocess", "publish", "published", "shared_collector"]

_KINDS: Final = ("counter", "histogram", "gauge")
#: Holds more than 10,000 series of each kind.
_AREA_BYTES: Final = 4 * 2**20


class SharedMetrics(Collector):
    """The shared memory; the parent process creates it before it forks the workers.

    Args:
        workers: Number of workers.
        area_bytes: Memory for each kind of metric of each worker.

    Attributes:
        attached: The object that this process is attached to as a worker, or None.
        slot: Bytes that any worker publishes for all.

    Examples:
        >>> shared = SharedMetrics(workers=2)
        >>> list(shared.collect())  # no worker has begun
        []
    """

    attached: ClassVar["SharedMetrics | None"] = None

    def __init__(self, workers: int, *, area_bytes: int = _AREA_BYTES) -> None:
        self._areas = [{kind: ValueArea(area_bytes) for kind in _KINDS} for _ in range(workers)]
        self._processes = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")
        self.slot = SharedSlot(workers)

    def attach_worker(self, worker: int) -> None:
        """Make this process a worker; call it before the process creates its metrics.

        Args:
            worker: Number of the worker, from 0.
        """
        self._processes[worker] = os.getpid()
        self.slot.attach_worker(worker)
        SharedMetrics.attached = self
        values.ValueClass = partial(_shared_value, self._areas[worker])

    def remove_worker(self, worker: int) -> None:
        """Remove the gauges of a worker that has ended; its counters and histograms stay.

        Args:
            worker: Number of the worker, from 0.
        """
        self._processes[worker] = 0
        self._areas[worker]["gauge"].clear()

    def count_timeout(self, worker: int) -> None:
        """Count that a worker was killed because it did not respond.

        Args:
            worker: Number of the worker, from 0; its process has ended.
        """
        spec = METRICS["worker_timeouts"]
        family = spec.name.removesuffix("_total")
        series = Series("counter", family, spec.meaning, spec.name, {}, highest=False)
        self._areas[worker]["counter"].value(series.key()).inc(1)
        self._areas[worker]["counter"].reload()

    def collect(self) -> Iterator[Metric]:
        """Yield the combined metrics, and CPU, memory and open files of each living worker."""
        combined: dict[bytes, float] = {}
        for areas in self._areas:
            for area in areas.values():
                for key, number in area.items():
                    before = combined.get(key)
                    if before is None:
                        combined[key] = number
                    else:
                        highest = Series.from_key(key).highest
                        combined[key] = max(before, number) if highest else before + number
        yield from _families(combined)
        yield from _process_metrics(self._processes)


def _shared_value(  # noqa: PLR0913, PLR0917 - the client's signature
    areas: Mapping[str, ValueArea],
    kind: str,
    family: str,
    sample: str,
    label_names: Sequence[str],
    label_values: Sequence[str],
    meaning: str,
    multiprocess_mode: str = "",
    **_: object,
) -> SharedValue:
    """What Prometheus' client calls for each value of a metric."""
    labels = dict(zip(label_names, label_values, strict=True))
    series = Series(kind, family, meaning, sample, labels, multiprocess_mode == "livemax")
    return areas[kind].value(series.key())


def _families(numbers: Mapping[bytes, float]) -> Iterable[Metric]:
    families: dict[str, Metric] = {}
    for key, number in numbers.items():
        series = Series.from_key(key)
        family = families.get(series.family)
        if family is None:
            family = families[series.family] = Metric(series.family, series.meaning, series.kind)
        family.samples.append(Sample(series.sample, series.labels, number))
    for family in families.values():
        if family.type == "histogram":
            family.samples = list(_cumulative(family))
    return families.values()


def _cumulative(family: Metric) -> Iterator[Sample]:
    """Samples of a histogram whose buckets hold only their own observations."""
    counts: dict[tuple[str, ...], Sample] = {}
    for sample in family.samples:
        if "le" not in sample.labels:
            yield sample
            continue
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        before = counts.get(tuple(labels.values()))
        total = sample.value + (before.value if before else 0.0)
        counts[tuple(labels.values())] = Sample(f"{family.name}_count", labels, total)
        yield Sample(sample.name, sample.labels, total)
    yield from counts.values()


def _process_metrics(processes: Iterable[int]) -> Iterable[Metric]:
    """The client's metrics of each process, with the number of the worker as a label."""
    families: dict[str, Metric] = {}
    for worker, process in enumerate(processes):
        if process:
            for found in ProcessCollector(pid=partial(int, process), registry=None).collect():
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type)
                )
                label = {"worker": str(worker)}
                family.samples += [sample._replace(labels=label) for sample in found.samples]
    return families.values()


def is_multiprocess() -> bool:
    """Whether this process is one of several workers.

    Examples:
        >>> is_multiprocess()
        False
    """
    return SharedMetrics.attached is not None


def shared_collector() -> Collector | None:
    """Return the metrics of all workers, or None where this process is the only one.

    Examples:
        >>> shared_collector() is None
        True
    """
    return SharedMetrics.attached


def publish(data: bytes) -> None:
    """Publish bytes for every worker; does nothing where this process is the only one.

    Args:
        data: The bytes.

    Raises:
        ValueError: The bytes are too many.

    Examples:
        >>> publish(b"the last result")
        >>> published() is None  # this process is the only one
        True
    """
    if SharedMetrics.attached is not None:
        SharedMetrics.attached.slot.put(data)


def published() -> bytes | None:
    """Return the bytes that any worker published last, or None.

    Examples:
        >>> published() is None
        True
    """
    return None if SharedMetrics.attached is None else SharedMetrics.attached.slot.get()
