"""The type of a test case for alerts, and series that many cases share."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["AT", "INSTANCE", "UP", "Case", "Firing"]

#: Labels of the scraped instance, as matchers and as a mapping.
AT = 'job="vocalbaby", instance="a:8000"'
INSTANCE = {"job": "vocalbaby", "instance": "a:8000"}
#: Series of an instance that is up.
UP = {f"up{{{AT}}}": "1x2000"}

#: Labels and description of an alert that fires.
Firing = tuple[Mapping[str, str], str]


class Case(NamedTuple):
    """A test case for one alert.

    Attributes:
        alert: Name of the alert.
        why: What the case shows.
        series: Values by series, one every ``interval``, in the notation of promtool.
        at: Evaluation time in minutes. What fires then must not fire one ``interval`` before.
        expected: The alerts that fire; empty where none may fire.
        interval: Minutes between two values, and between two evaluations.
        begins: False where the alert has been firing for longer than one ``interval``.
    """

    alert: str
    why: str
    series: Mapping[str, str]
    at: int
    expected: list[Firing]
    interval: int = 1
    begins: bool = True
