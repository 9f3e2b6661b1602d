"""Metrics of the prediction log."""

from typing import Literal

from vocalbaby.monitoring.definitions import Factory

__all__ = ["LogMetrics"]


class LogMetrics:
    """Metrics of the rows and files of the prediction log.

    Args:
        make: Creates the metrics.

    Examples:
        >>> from prometheus_client import CollectorRegistry
        >>> registry = CollectorRegistry()
        >>> LogMetrics(Factory(registry)).count_rows("written", 5)
        >>> registry.get_sample_value("vocalbaby_prediction_log_rows_total", {"outcome": "written"})
        5.0
    """

    def __init__(self, make: Factory) -> None:
        rows = make.counter("prediction_log_rows")
        files = make.counter("prediction_log_files")
        self._rows = {key: rows.labels(key) for key in ("written", "dropped", "failed")}
        self._files = {key: files.labels(key) for key in ("shipped", "failed")}
        self._waiting = make.gauge("prediction_log_waiting")

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Count rows.

        Args:
            outcome: Whether they were written, dropped by a full queue, or failed on the disk.
            rows: Number of rows.
        """
        self._rows[outcome].inc(rows)

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """Count a finished file.

        Args:
            outcome: Whether it was shipped to the store, or an attempt failed.
        """
        self._files[outcome].inc()

    def set_waiting(self, rows: int) -> None:
        """Set how many rows are waiting to be written.

        Args:
            rows: Number of rows.
        """
        self._waiting.set(rows)
