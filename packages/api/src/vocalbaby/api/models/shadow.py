"""Asking a shadow model, in a thread of its own, what was answered already."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from vocalbaby.api.models.routing import Classifier
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["ShadowRunner"]

#: Most sound that waits for the shadow, in seconds: 64 kB each.
_MAX_WAITING_S: Final = 60.0
#: Most clips in one call, so that a request that comes meanwhile finds the processor soon.
_CHUNK: Final = 4

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    shadow: Classifier
    clips: Sequence[Clip]
    answers: Sequence[Prediction]


class ShadowRunner:
    """Compares, while no request waits.

    Args:
        metrics: Where agreement and differences are counted.
        busy: Whether requests wait; what is to be compared then is dropped and counted.
    """

    def __init__(self, metrics: ModelMetrics, busy: Callable[[], bool]) -> None:
        self._metrics = metrics
        self._busy = busy
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting_s = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(
        self, shadow: Classifier, clips: Sequence[Clip], answers: Sequence[Prediction]
    ) -> None:
        """Compare these some time, or never; returns at once."""
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
            self._jobs.put(_Job(shadow, clips, answers))
        else:
            self._metrics.count_shadow(_version(shadow), len(clips), "dropped")

    def close(self) -> None:
        """Stop after the job that runs."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _run(self) -> None:
        while self._work(self._jobs.get()):
            pass

    def _work(self, job: _Job | None) -> bool:
        """One job; a method, so that no model lives on in the waiting thread's variables."""
        if job is None:
            return False
        for start in range(0, len(job.clips), _CHUNK):
            part = slice(start, start + _CHUNK)
            chunk = _Job(job.shadow, job.clips[part], job.answers[part])
            if self._thread is None or self._busy():
                self._metrics.count_shadow(_version(job.shadow), len(chunk.clips), "dropped")
            else:
                self._compare(chunk)
        with self._lock:
            self._waiting_s -= sum(clip.duration_s for clip in job.clips)
        return True

    def _compare(self, job: _Job) -> None:
        try:
            said = job.shadow.predict(job.clips)
            for answer, shadow in zip(job.answers, said, strict=True):
                self._metrics.compare_shadow(answer, shadow)
        except Exception:  # noqa: BLE001 - a shadow must not harm the service
            _log.exception("the shadow %s failed", _version(job.shadow))
            self._metrics.count_shadow(_version(job.shadow), len(job.clips), "failed")


def _version(model: Classifier) -> str:
    return model.bundle.manifest.version
