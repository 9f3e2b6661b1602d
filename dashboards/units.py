"""Values as Grafana shows them, for the units that the dashboards use."""

import math
from typing import Final

__all__ = ["shown"]

#: Names and sizes of the steps of a unit, the largest last.
_SCALES: Final = {
    "s": {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0},
    "bytes": {"B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30},
    "short": {"": 1.0, "K": 1e3, "Mil": 1e6},
}
_SUFFIXES: Final = {"reqps": "req/s", "ops": "/s", "cpm": "/min"}


def shown(value: float, unit: str) -> str:
    """A value with its unit, e.g. ``12.5 ms``, ``3.1%``.

    Raises:
        KeyError: The unit is not one that the dashboards use.
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
