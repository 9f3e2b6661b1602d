"""Running a shadow model, in a thread of its own, on clips that were already answered."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from vocalbaby.api.models.routing import ClipPredictor
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["ShadowRunner"]

#: Most sound that waits for the shadow, in seconds; one second takes 64 kB.
_MAX_WAITING_S: Final = 60.0
#: Most clips in one call, so that a request that arrives meanwhile soon finds the processor free.
_CHUNK: Final = 4
#: Longest wait for the thread when the service stops.
_CLOSE_S: Final = 2.0

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    shadow: ClipPredictor
    clips: Sequence[Clip]
    predictions: Sequence[Prediction]


class ShadowRunner:
    """Compares a shadow's predictions with those sent to clients, while no request waits.

    Args:
        metrics: Counts agreement and differences.
        busy: Returns whether requests wait; comparisons due then are dropped and counted.
    """

    def __init__(self, metrics: ModelMetrics, busy: Callable[[], bool]) -> None:
        self._metrics = metrics
        self._busy = busy
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting_s = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(
        self, shadow: ClipPredictor, clips: Sequence[Clip], predictions: Sequence[Prediction]
    ) -> None:
        """Queue a comparison, or drop it when too much sound waits; returns at once."""
        seconds = sum(clip.duration_s for clip in clips)
        with self._lock:
            fits = self._waiting_s + seconds <= _MAX_WAITING_S
            if fits:
                self._waiting_s += seconds
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="vocalbaby-shadow", daemon=True
                    )
                    self._thread.start()
        if fits:
            self._jobs.put(_Job(shadow, clips, predictions))
        else:
            self._metrics.count_shadow(_version(shadow), len(clips), "dropped")

    def close(self) -> None:
        """Stop after the job that is running."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join(_CLOSE_S)

    def _run(self) -> None:
        while self._run_job(self._jobs.get()):
            pass

    def _run_job(self, job: _Job | None) -> bool:
        """Run one job; a method, so that no local variable of the waiting thread keeps a model."""
        if job is None:
            return False
        for start in range(0, len(job.clips), _CHUNK):
            part = slice(start, start + _CHUNK)
            chunk = _Job(job.shadow, job.clips[part], job.predictions[part])
            if self._thread is None or self._busy():
                self._metrics.count_shadow(_version(job.shadow), len(chunk.clips), "dropped")
            else:
                self._compare(chunk)
        with self._lock:
            self._waiting_s -= sum(clip.duration_s for clip in job.clips)
        return True

    def _compare(self, job: _Job) -> None:
        try:
            shadowed = job.shadow.predict(job.clips)
            for sent, shadow in zip(job.predictions, shadowed, strict=True):
                self._metrics.compare_shadow(sent, shadow)
        except Exception:  # noqa: BLE001 - a shadow must not harm the service
            _log.exception("the shadow %s failed", _version(job.shadow))
            self._metrics.count_shadow(_version(job.shadow), len(job.clips), "failed")


def _version(model: ClipPredictor) -> str:
    return model.bundle.manifest.version
