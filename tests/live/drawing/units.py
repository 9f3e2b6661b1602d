"""Formatting of values in the Grafana units that the dashboards use."""

import math
from typing import Final

__all__ = ["format_value"]

#: For each unit that is scaled, its prefixes and their sizes, in ascending order.
_SCALES: Final = {
    "s": {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0},
    "bytes": {"B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30},
    "short": {"": 1.0, "K": 1e3, "Mil": 1e6},
}
_SUFFIXES: Final = {"reqps": "req/s", "ops": "/s", "cpm": "/min"}


def format_value(value: float, unit: str) -> str:
    """Format a value as Grafana does, e.g. ``12.5 ms`` or ``3.1%``.

    Raises:
        KeyError: No dashboard uses this unit.
    """
    if math.isnan(value):
        return "NaN"
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    if unit.startswith("suffix:"):
        return f"{value:.3g} {unit.removeprefix('suffix:').strip()}"
    if unit in _SUFFIXES:
        return f"{value:.3g} {_SUFFIXES[unit]}"
    if value == 0:
        return "0"
    steps = _SCALES[unit].items()
    name, size = next(
        (step for step in reversed(steps) if abs(value) >= step[1]), next(iter(steps))
    )
    number = value / size
    return f"{number:.0f} {name}".strip() if abs(number) >= 100 else f"{number:.3g} {name}".strip()
