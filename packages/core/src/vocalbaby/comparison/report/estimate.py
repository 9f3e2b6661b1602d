"""A figure with its interval."""

from typing import NamedTuple

__all__ = ["Estimate"]


class Estimate(NamedTuple):
    """A figure and the ends of its interval; None where it is undefined.

    Examples:
        >>> Estimate(0.7, 0.6, 0.8).includes(0.2)
        False
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def includes(self, number: float) -> bool | None:
        """Whether the interval includes a number; None without an interval."""
        if self.low is None or self.high is None:
            return None
        return self.low <= number <= self.high
