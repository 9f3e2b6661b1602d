"""Metrics of the queue in front of a model and of the batches the model receives."""

from vocalbaby.monitoring.definitions import Factory

__all__ = ["BatchMetrics"]


class BatchMetrics:
    """Metrics of the queue and the batches.

    Args:
        make: Creates the metrics.

    Examples:
        >>> from prometheus_client import CollectorRegistry
        >>> registry = CollectorRegistry()
        >>> BatchMetrics(Factory(registry)).set_waiting(3)
        >>> registry.get_sample_value("vocalbaby_queue_clips")
        3.0
    """

    def __init__(self, make: Factory) -> None:
        self._queue = make.gauge("queue_clips")
        self._batch = make.histogram("batch_clips")

    def set_waiting(self, clips: int) -> None:
        """Set how many clips are waiting.

        Args:
            clips: Number of clips.
        """
        self._queue.set(clips)

    def count_batch(self, clips: int) -> None:
        """Count one call of a model.

        Args:
            clips: Number of clips that the model received.
        """
        self._batch.observe(clips)
