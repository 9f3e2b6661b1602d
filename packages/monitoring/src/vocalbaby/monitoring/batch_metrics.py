"""Metrics of what waits for a model, and of how it is handed over."""

from vocalbaby.monitoring.definitions import Factory

__all__ = ["BatchMetrics"]


class BatchMetrics:
    """The queue and the batches.

    Args:
        make: Makes the metrics.
    """

    def __init__(self, make: Factory) -> None:
        self._queue = make.gauge("queue_clips")
        self._batch = make.histogram("batch_clips")

    def set_waiting(self, clips: int) -> None:
        """Show how many clips wait."""
        self._queue.set(clips)

    def count_batch(self, clips: int) -> None:
        """Count one call of a model."""
        self._batch.observe(clips)
