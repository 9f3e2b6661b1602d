"""The day as SVG: a strip of five minutes a cell, and the classes over the hours."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.summary.config import BIN_S
from vocalbaby.summary.grid import Grid
from vocalbaby.summary.page.style import SLUGS

__all__ = ["heat_strip", "hours_chart", "legend"]

Floats = NDArray[np.floating[Any]]
_WIDTH, _LEFT, _RIGHT = 1000, 112, 8
_LANE, _GAP = 26, 4
_CELL = 5  # minutes
_K = len(CLASSES)


def heat_strip(grid: Grid) -> str:
    """Draw the share of time of each class in cells of five minutes.

    Cells are darker the larger the share is, by its square root, so that single vocalizations
    are seen; the darkest is the largest share of the class. Time without sound is grey.
    """
    cells = _cells(grid)
    n = len(cells)
    width = (_WIDTH - _LEFT - _RIGHT) / max(n, 1)
    height = _K * (_LANE + _GAP) + 24
    parts = [_open(height, f"Classes over the time of {grid.recording_id}, in cells of 5 minutes")]
    observed = np.array([grid.observed[own].sum() for own in cells])
    length = np.array([BIN_S * own.size for own in cells])
    for index, name in enumerate(CLASSES):
        y = index * (_LANE + _GAP)
        parts.append(
            f'<rect class="lane" x="{_LEFT}" y="{y}" width="{n * width:.2f}" height="{_LANE}"/>'
        )
        parts.append(f'<text x="0" y="{y + _LANE / 2 + 4}">{name}</text>')
        shares = np.array([grid.seconds[own, index].sum() for own in cells]) / np.maximum(length, 1)
        most = shares.max(initial=0.0)
        for cell in np.flatnonzero(shares > 0).tolist():
            opacity = 0.15 + 0.85 * np.sqrt(shares[cell] / most)
            about = f"{_time(grid, cells[cell][0])}: {name} {100 * shares[cell]:.1f} %"
            parts.append(
                f'<rect class="{SLUGS[name]}" x="{_LEFT + cell * width:.2f}" y="{y}" '
                f'width="{max(width - 0.5, 0.5):.2f}" height="{_LANE}" opacity="{opacity:.2f}">'
                f"<title>{about}</title></rect>"
            )
    for cell in np.flatnonzero(observed < 0.5 * length).tolist():
        x = _LEFT + cell * width
        parts.append(
            f'<rect class="unheard" x="{x:.2f}" y="0" width="{width:.2f}" '
            f'height="{_K * (_LANE + _GAP) - _GAP}"><title>no sound</title></rect>'
        )
    parts += _ticks(grid, width / _CELL, height - 8)
    return "".join([*parts, "</svg>"])


def hours_chart(grid: Grid) -> str:
    """Draw minutes of each class in each hour, as stacked bars."""
    hours = np.unique(grid.hours)
    seconds = np.array([grid.seconds[grid.hours == hour, :_K].sum(axis=0) for hour in hours])
    minutes = seconds.reshape(-1, _K)[:, : _K - 1] / 60
    top = _nice(float(minutes.sum(axis=1).max(initial=0.0)))
    height, base, plot = 220, 196, 184
    parts = [_open(height, f"Minutes of each class in each hour of {grid.recording_id}")]
    for value in (0.0, top / 2, top):
        y = base - plot * value / top
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text class="axis" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:g} min</text>'
        )
    width = min((_WIDTH - _LEFT - _RIGHT) / max(hours.size, 1), 90.0)
    for place, (hour, own) in enumerate(zip(hours.tolist(), minutes, strict=True)):
        x, y = _LEFT + place * width, float(base)
        for index, value in enumerate(own.tolist()):
            tall = plot * value / top
            y -= tall
            if value > 0:
                parts.append(
                    f'<rect class="{SLUGS[CLASSES[index]]}" x="{x + 0.1 * width:.2f}" y="{y:.2f}" '
                    f'width="{0.8 * width:.2f}" height="{tall:.2f}">'
                    f"<title>{_hour(grid, hour)}: {CLASSES[index]} {value:.1f} min</title></rect>"
                )
        parts.append(
            f'<text class="axis" x="{x + width / 2:.2f}" y="{height - 6}" text-anchor="middle">'
            f"{_hour(grid, hour)}</text>"
        )
    return "".join([*parts, "</svg>"])


def _open(height: float, title: str) -> str:
    name = escape(title, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}">'


def _cells(grid: Grid) -> list[NDArray[np.intp]]:
    """Bins of each cell; cells begin at full five minutes of the clock."""
    n = grid.observed.size
    if not n:
        return []
    minute = 0 if grid.start is None else grid.start.minute
    cell = (minute % _CELL + np.arange(n)) // _CELL
    return np.split(np.arange(n), np.flatnonzero(np.diff(cell)) + 1)


def _ticks(grid: Grid, minute_width: float, y: float) -> list[str]:
    """Label hours where they begin, or the begin of a recording that has no full hour."""
    begins = np.flatnonzero(np.diff(grid.hours, prepend=grid.hours[:1] - 1))
    into_hour = grid.start is not None and grid.start.minute > 0
    labels = {int(begin): _hour(grid, int(grid.hours[begin])) for begin in begins[into_hour:]}
    labels = labels or {0: _time(grid, 0)}
    # The first cell begins before the first bin by what the clock is past five minutes.
    first = 0 if grid.start is None else grid.start.minute % _CELL
    step = -(-len(labels) // 16)
    found = []
    for begin, label in list(labels.items())[::step]:
        x = _LEFT + (begin + first) * minute_width
        if x < _WIDTH - 30:
            found.append(
                f'<line class="tick" x1="{x:.2f}" x2="{x:.2f}" y1="{y - 18}" y2="{y}"/>'
                f'<text class="axis" x="{x + 4:.2f}" y="{y}">{label}</text>'
            )
    return found


def _hour(grid: Grid, hour: int) -> str:
    clock = grid.clock(hour)
    return f"{hour} h" if clock is None else f"{clock:%H}:00"


def _time(grid: Grid, bin_: int) -> str:
    seconds = int(grid.first + BIN_S * bin_)
    if grid.start is not None:
        seconds += (grid.start.hour * 60 + grid.start.minute) * 60 + grid.start.second
    minutes = max(seconds, 0) // 60
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _nice(value: float) -> float:
    """Return a round number that is not less."""
    if value <= 0:
        return 1.0
    power = float(10.0 ** np.floor(np.log10(value)))
    return next(power * step for step in (1, 2, 4, 6, 10) if power * step >= value)


def legend(names: Sequence[str] = CLASSES) -> str:
    """Explain the colours."""
    return " ".join(
        f'<span style="white-space:nowrap"><span class="swatch {SLUGS[name]}"></span>{name}</span>'
        for name in CLASSES
        if name in names
    )
