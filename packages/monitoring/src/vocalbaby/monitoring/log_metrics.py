"""Metrics of the prediction log."""

from typing import Literal

from vocalbaby.monitoring.definitions import Factory

__all__ = ["LogMetrics"]


class LogMetrics:
    """Metrics of the rows and files of the prediction log.

    Args:
        make: Creates the metrics.
    """

    def __init__(self, make: Factory) -> None:
        rows = make.counter("prediction_log_rows")
        files = make.counter("prediction_log_files")
        self._rows = {key: rows.labels(key) for key in ("written", "dropped", "failed")}
        self._files = {key: files.labels(key) for key in ("shipped", "failed")}
        self._waiting = make.gauge("prediction_log_waiting")

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Count rows that were written, dropped by a full queue, or failed on the disk."""
        self._rows[outcome].inc(rows)

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """Count a finished file that was shipped to the store, or a failed attempt."""
        self._files[outcome].inc()

    def set_waiting(self, rows: int) -> None:
        """Set how many rows are waiting to be written."""
        self._waiting.set(rows)
