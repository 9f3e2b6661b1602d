"""Metrics of several worker processes, added up as if they were one.

Prometheus' multiprocess mode, with memory in the place of its files: a full disk stops no
worker, and nothing is left behind. Every worker writes its values into memory that it shares
with the others, and whichever is asked reads all of it. A worker is known by its place among
the others, not by its process id, so one that is started again goes on counting where the
dead one stopped.
"""

import logging
import mmap
import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import ClassVar, Final

from prometheus_client import ProcessCollector, multiprocess, values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.registry import Collector

from vocalbaby.monitoring.shared_slot import SharedSlot

__all__ = ["SharedMetrics", "are_several", "merged", "publish", "published"]

#: The client library wants to know a folder; it only names the values.
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
#: Kinds of values that the library keeps apart; of these two, what lives ends with its worker.
_COUNTS: Final = ("counter", "histogram")
_LIVE: Final = ("gauge_livesum", "gauge_livemax")
#: Room for some 10,000 series of a kind; what is not used takes no memory.
_BYTES: Final = 4 * 2**20
#: Bytes before the first entry of an area, and of a value with its time.
_HEAD: Final = 8
_CELL: Final = 16

_log = logging.getLogger(__name__)


class SharedMetrics(Collector):
    """The memory; made by the parent before it forks the workers.

    Args:
        workers: How many there are.

    Attributes:
        joined: The board that this process has joined.
        notice: What any of them has published.
    """

    joined: ClassVar["SharedMetrics | None"] = None

    def __init__(self, workers: int) -> None:
        self._areas = {
            f"{kind}_{worker}.db": mmap.mmap(-1, _BYTES)
            for worker, kind in product(range(workers), (*_COUNTS, *_LIVE))
        }
        self._processes = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")
        self.notice = SharedSlot(workers)

    def attach_worker(self, worker: int) -> None:
        """Make this process one of several; before it makes its metrics.

        Args:
            worker: Its place, from 0.
        """
        self._processes[worker] = os.getpid()
        self.notice.attach_worker(worker)
        SharedMetrics.joined = self
        os.environ[_FOLDER] = "memory"
        vars(values)["MmapedDict"] = self._open
        values.ValueClass = values.MultiProcessValue(lambda: worker)

    def remove_worker(self, worker: int) -> None:
        """Forget what only a living worker has, such as requests in flight; counts stay."""
        self._processes[worker] = 0
        for kind in _LIVE:
            self._areas[f"{kind}_{worker}.db"][:_HEAD] = bytes(_HEAD)

    def collect(self) -> Iterator[Metric]:
        """The sums, and the CPU seconds, memory and open files of each living worker."""
        vars(multiprocess)["MmapedDict"] = self
        yield from multiprocess.MultiProcessCollector.merge(self._areas)
        families: dict[str, Metric] = {}
        for worker, process in enumerate(self._processes):
            if not process:
                continue
            for found in ProcessCollector(pid=partial(int, process), registry=None).collect():
                family = families.setdefault(found.name, found)
                samples = [
                    sample._replace(labels={"worker": str(worker)}) for sample in found.samples
                ]
                family.samples = samples if family is found else family.samples + samples
        yield from families.values()

    def read_all_values_from_file(self, name: str) -> Iterable[tuple[str, float, float, int]]:
        """What the library reads from a file, from memory."""
        found = _Area(self._areas[name]).read_all_values()  # type: ignore[no-untyped-call]
        return ((key, value, at, 0) for key, value, at in found)

    def _open(self, path: str) -> "_Area":
        return _Area(self._areas[Path(path).name])


class _Area(MmapedDict):
    """The library's file of values, in memory; a series beyond its room is not counted."""

    def __init__(self, memory: mmap.mmap) -> None:
        # Nothing of the library's own beginning, which opens a file.
        self._f = None  # type: ignore[assignment]
        self._m = memory
        self._capacity = len(memory) - _CELL
        self._used = int.from_bytes(memory[:4], sys.byteorder) or _HEAD
        self._positions: dict[str, int] = {}
        for key, _, _, at in self._read_all_values():  # type: ignore[no-untyped-call]
            self._positions[key] = at

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + 2 * _CELL <= self._capacity:
            super()._init_value(key)  # type: ignore[no-untyped-call]
            return
        _log.error("there is no room for more series of metrics: %s is not counted", key)
        self._positions[key] = self._capacity  # where nobody reads


def are_several() -> bool:
    """Whether this process is one of several."""
    return SharedMetrics.joined is not None


def merged() -> Collector | None:
    """The metrics of all workers; None where there is only this process."""
    return SharedMetrics.joined


def publish(data: bytes) -> None:
    """Let every worker read this from now on; nothing where there is only this process.

    Raises:
        ValueError: There is no room for so much.
    """
    if SharedMetrics.joined is not None:
        SharedMetrics.joined.notice.put(data)


def published() -> bytes | None:
    """What some worker published last; None where none did, or where there is only this."""
    return None if SharedMetrics.joined is None else SharedMetrics.joined.notice.get()
