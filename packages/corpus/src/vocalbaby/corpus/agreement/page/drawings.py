"""Plots as SVG by hand: rows of marks with intervals, and differences over means."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from vocalbaby.corpus.agreement.results import Figure, Pair
from vocalbaby.corpus.agreement.wording import number

__all__ = ["Row", "difference_plot", "dot_rows", "legend"]

_WIDTH, _LEFT, _RIGHT = 736, 176, 20
_STEP: Final = 15


class Row(NamedTuple):
    """A row of a plot.

    Attributes:
        name: What it is of.
        figures: One figure for each series; None where there is none.

    Examples:
        >>> Row("Crying", (None,)).name
        'Crying'
    """

    name: str
    figures: tuple[Figure | None, ...]


def legend(names: Sequence[str]) -> str:
    """Explain the colours and shapes of the series.

    Args:
        names: Names of the series.

    Returns:
        HTML.

    Examples:
        >>> legend(["Precision", "Recall"]).count("<li>")
        2
    """
    items = "".join(
        f'<li><svg viewBox="0 0 18 12" aria-hidden="true">{_mark(i, 9, 6)}</svg> '
        f"{escape(name)}</li>"
        for i, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def dot_rows(rows: Sequence[Row], label: str) -> str:
    """Draw figures between 0 and 1, or down to their least, with their intervals.

    Args:
        rows: The rows; figures that are not defined have no mark.
        label: What the plot shows, for readers who do not see it.

    Returns:
        An SVG element.

    Examples:
        >>> figure = Figure("all", "all", "units", "A", "recall", 0.5, 0.4, 0.6)
        >>> dot_rows([Row("A", (figure,))], "Recall").count("<circle")
        1
    """
    known = [f for row in rows for f in row.figures if f is not None and f.value is not None]
    least = min((v for f in known for v in (f.value, f.low) if v is not None), default=0.0)
    low = min(math.floor(5 * least) / 5, 0.0)
    series = max((len(row.figures) for row in rows), default=1)
    tall = _STEP * series + 10
    height = tall * len(rows) + 24
    parts = [_open(height, label)]
    ticks = [tick / 5 for tick in range(round(5 * low), 6)]
    for tick in ticks:
        x = _across(tick, low)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{height - 20}"/>')
        parts.append(
            f'<text class="axis" x="{x}" y="{height - 4}" text-anchor="middle">{tick:.1f}</text>'
        )
    for place, row in enumerate(rows):
        top = place * tall
        middle = top + tall / 2 + 4
        parts.append(f'<text x="0" y="{middle}">{escape(_short(row.name))}</text>')
        for i, figure in enumerate(row.figures):
            if figure is None or figure.value is None:
                continue
            y = top + 5 + _STEP * (i + 0.5)
            text = f"{row.name}: {figure.measure.replace('_', ' ')} {number(figure.value)}"
            parts.append(f"<g><title>{escape(text)}</title>")
            if figure.low is not None and figure.high is not None:
                a, b = _across(max(figure.low, low), low), _across(figure.high, low)
                parts.append(f'<line class="s{i}" x1="{a}" x2="{b}" y1="{y}" y2="{y}"/>')
            parts.append(_mark(i, _across(figure.value, low), y) + "</g>")
    return "".join([*parts, "</svg>"])


def difference_plot(pairs: Sequence[Pair], figures: Sequence[Figure], label: str) -> str:
    """Draw differences of both sides over their means, with bias and limits of agreement.

    Args:
        pairs: Figures of both sides.
        figures: Figures ``bias``, ``limit_low`` and ``limit_high`` of the pairs.
        label: What the plot shows, for readers who do not see it.

    Returns:
        An SVG element.

    Examples:
        >>> pairs = [Pair("rate", "day1", 1.0, 2.0), Pair("rate", "day2", 2.0, 2.0)]
        >>> difference_plot(pairs, [], "Rates").count("<circle")
        2
    """
    lines = {f.measure: f.value for f in figures if f.value is not None}
    means = [(p.reference + p.other) / 2 for p in pairs]
    differences = [p.other - p.reference for p in pairs]
    x_low, x_high = _wider(means)
    y_low, y_high = _wider([*differences, *lines.values(), 0.0])
    height, base, top, left = 280, 244, 10, 64
    right = _WIDTH - 110

    def across(value: float) -> float:
        return round(left + (right - left) * (value - x_low) / (x_high - x_low), 2)

    def up(value: float) -> float:
        return round(base - (base - top) * (value - y_low) / (y_high - y_low), 2)

    parts = [_open(height, label)]
    parts += [
        f'<line class="grid" x1="{left}" x2="{right}" y1="{up(y)}" y2="{up(y)}"/>'
        f'<text class="axis" x="{left - 6}" y="{up(y) + 4}" text-anchor="end">{y:g}</text>'
        for y in _ticks(y_low, y_high)
    ]
    parts += [
        f'<text class="axis" x="{across(x)}" y="{base + 16}" text-anchor="middle">{x:g}</text>'
        for x in _ticks(x_low, x_high)
    ]
    parts.append(f'<text class="axis" x="{(left + right) / 2}" y="{height - 2}" '
                 f'text-anchor="middle">mean of both sides</text>')  # fmt: skip
    for measure, name in (("limit_low", "limit"), ("bias", "bias"), ("limit_high", "limit")):
        if measure in lines:
            y, style = up(lines[measure]), "mean" if measure == "bias" else "ideal"
            parts.append(
                f'<line class="{style}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
                f'<text x="{right + 6}" y="{y + 4}">{name} {number(lines[measure])}</text>'
            )
    for pair, mean, difference in zip(pairs, means, differences, strict=True):
        text = f"{pair.unit}: {number(pair.reference)} and {number(pair.other)}"
        parts.append(
            f'<circle class="s0" fill-opacity=".5" cx="{across(mean)}" cy="{up(difference)}" '
            f'r="4"><title>{escape(text)}</title></circle>'
        )
    return "".join([*parts, "</svg>"])


def _open(height: int, label: str) -> str:
    name = escape(label, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}">'


def _mark(series: int, x: float, y: float) -> str:
    """A circle, a square and a triangle, so that series differ by more than colour."""
    if series == 0:
        return f'<circle class="s0" cx="{x}" cy="{y}" r="4"/>'
    if series == 1:
        return f'<rect class="s1" x="{x - 3.5}" y="{y - 3.5}" width="7" height="7"/>'
    return f'<path class="s2" d="M{x} {y - 4.5}l4.5 8h-9z"/>'


def _across(value: float, low: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / (1.0 - low), 2)


def _wider(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.08 * (high - low) or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two values, at least two and at most eight."""
    power = 10.0 ** math.floor(math.log10((high - low) / 2))
    step = next(power * k for k in (1, 2, 5, 10) if (high - low) / (power * k) <= 8)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:12]}…{name[-12:]}"
