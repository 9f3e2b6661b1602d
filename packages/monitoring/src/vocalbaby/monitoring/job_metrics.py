"""Metrics of the jobs that segment recordings."""

from collections.abc import Mapping
from typing import Final, Literal

from vocalbaby.monitoring.definitions import Factory

__all__ = ["JobMetrics"]

_STATES: Final = ("queued", "running", "done", "failed")


class JobMetrics:
    """Metrics of jobs and of their folder, which all workers share.

    Args:
        make: Creates the metrics.

    Examples:
        >>> from prometheus_client import CollectorRegistry
        >>> registry = CollectorRegistry()
        >>> JobMetrics(Factory(registry)).set_folder({"queued": 2}, size=10**9)
        >>> registry.get_sample_value("vocalbaby_jobs", {"state": "queued"})
        2.0
    """

    def __init__(self, make: Factory) -> None:
        jobs, ended = make.gauge("jobs"), make.counter("jobs_ended")
        self._jobs = {state: jobs.labels(state) for state in _STATES}
        self._ended = {key: ended.labels(key) for key in ("done", "failed", "removed")}
        self._duration = make.histogram("job_duration")
        self._sound = make.counter("job_sound")
        self._bytes = make.gauge("job_folder_bytes")

    def set_folder(self, states: Mapping[str, int], size: int) -> None:
        """Set what is in the folder of jobs.

        Args:
            states: State to number of jobs; missing states have none.
            size: Bytes in the folder.
        """
        for state, gauge in self._jobs.items():
            gauge.set(states.get(state, 0))
        self._bytes.set(size)

    def count_end(self, outcome: Literal["done", "failed", "removed"]) -> None:
        """Count a job that ended.

        Args:
            outcome: How it ended.
        """
        self._ended[outcome].inc()

    def count_done(self, sound_s: float, duration_s: float) -> None:
        """Count a job that is done.

        Args:
            sound_s: Length of its recording in seconds.
            duration_s: Seconds from its start to its end.
        """
        self.count_end("done")
        self._sound.inc(sound_s)
        self._duration.observe(duration_s)
