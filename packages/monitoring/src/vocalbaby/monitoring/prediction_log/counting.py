"""What becomes of rows and files, for whoever counts it."""

from typing import Literal, Protocol

__all__ = ["Metrics", "NoMetrics"]


class Metrics(Protocol):
    """:class:`vocalbaby.monitoring.log_metrics.LogMetrics` is one; called from several threads."""

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Rows that were written, dropped by a full queue, or refused by the disk."""

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """A finished file that was shipped, or a failed attempt."""

    def set_waiting(self, rows: int) -> None:
        """How many rows are not yet written."""


class NoMetrics:
    """Counts nothing."""

    def count_rows(self, outcome: Literal["written", "dropped", "failed"], rows: int = 1) -> None:
        """Nothing."""

    def count_file(self, outcome: Literal["shipped", "failed"]) -> None:
        """Nothing."""

    def set_waiting(self, rows: int) -> None:
        """Nothing."""
