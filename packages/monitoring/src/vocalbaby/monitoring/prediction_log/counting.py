"""Interface of the metrics that count the rows and files of the log."""

from typing import Literal, Protocol

__all__ = ["Metrics", "NoMetrics"]


class Metrics(Protocol):
    """Counts rows and files; called from several threads.

    `vocalbaby.monitoring.log_metrics.LogMetrics` implements it.
    """

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Count rows that were written, dropped by a full queue, or failed on the disk."""

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """Count a finished file that was shipped, or a failed attempt."""

    def set_waiting(self, rows: int) -> None:
        """Set how many rows are waiting to be written."""


class NoMetrics:
    """Ignores all counts."""

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Do nothing."""

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """Do nothing."""

    def set_waiting(self, rows: int) -> None:
        """Do nothing."""
