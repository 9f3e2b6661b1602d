"""Metrics of the queue in front of a model and of the batches the model receives."""

from vocalbaby.monitoring.definitions import Factory

__all__ = ["BatchMetrics"]


class BatchMetrics:
    """Metrics of the queue and the batches.

    Args:
        make: Creates the metrics.
    """

    def __init__(self, make: Factory) -> None:
        self._queue = make.gauge("queue_clips")
        self._batch = make.histogram("batch_clips")

    def set_waiting(self, clips: int) -> None:
        """Set how many clips are waiting."""
        self._queue.set(clips)

    def count_batch(self, clips: int) -> None:
        """Count one call of a model with this many clips."""
        self._batch.observe(clips)
