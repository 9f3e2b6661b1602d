"""Estimates as one HTML page: intervals of groups, and a table."""

import html
import math
from typing import Final

from vocalbaby.corpus.estimation.estimating import Estimates, Row
from vocalbaby.corpus.estimation.writing import methods_paragraph

__all__ = ["PAGE_MARK", "to_html"]

#: What a page has near its begin, by which it is known as one of this command.
PAGE_MARK: Final = '<meta name="generator" content="vocalbaby corpus estimate">'

#: Figures that are drawn, with their titles.
_DRAWN: Final = {
    "cp_n": "Canonical proportion",
    "vocalizations_ph": "Vocalizations per hour",
    "cry_share": "Share of time with crying",
}
_STYLE: Final = """
:root { color-scheme: light dark; --ink: light-dark(#222, #eee); --grid: light-dark(#ddd, #444);
  --given: light-dark(#b3541e, #f0a070); --found: light-dark(#1f5fa8, #7fb4f0); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; background: light-dark(#fff, #1b1b1b); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block;
  overflow-x: auto; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--grid); text-align: right; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
svg text { fill: var(--ink); font-size: 12px; } svg .grid { stroke: var(--grid); }
svg .found { stroke: var(--found); fill: var(--found); stroke-width: 2; }
svg .given { stroke: var(--given); fill: none; stroke-width: 2; }
.few { opacity: .55; } li { margin: .2rem 0; }
"""
_WIDTH: Final = 760
_LEFT: Final = 170
_ROW: Final = 24
_MARGIN: Final = 40


def to_html(estimates: Estimates, title: str = "Corrected figures") -> str:
    """Write one page without any other file.

    Args:
        estimates: The estimates.
        title: Title of the page.

    Examples:
        >>> from vocalbaby.corpus.estimation import estimate
        >>> to_html(estimate([], [], []))[:15]
        '<!doctype html>'
    """
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(methods_paragraph(estimates))}</p>",
    ]
    if estimates.warnings:
        items = "".join(f"<li>{html.escape(text)}</li>" for text in estimates.warnings)
        parts.append(f"<h2>Remarks</h2><ul>{items}</ul>")
    for figure, name in _DRAWN.items():
        rows = [row for row in estimates.rows if row.figure == figure]
        if any(row.is_estimable and math.isfinite(row.assisted.low) for row in rows):
            parts += [f"<h2>{name}</h2>", _drawing(rows, name)]
    parts += ["<h2>All figures</h2>", _table(estimates)]
    head = f'<meta charset="utf-8">{PAGE_MARK}<title>{html.escape(title)}</title>'
    head += f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    body = "".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _label(row: Row) -> str:
    return f"{row.by} {row.group}".strip()


def _drawing(rows: list[Row], name: str) -> str:
    """Draw the interval of each group, and the uncorrected figure as a ring."""
    ends = [v for r in rows if r.is_estimable for v in (r.assisted.high, r.uncorrected)]
    most = max((v for v in ends if math.isfinite(v)), default=1.0) or 1.0
    scale = (_WIDTH - _LEFT - _MARGIN) / most
    height = _ROW * len(rows) + _MARGIN
    marks = []
    for tick in _ticks(most):
        x = _LEFT + scale * tick
        marks.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 25}"/>'
            f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{tick:g}</text>'
        )
    for number, row in enumerate(rows):
        y = _ROW * (number + 0.5)
        marks.append(
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{html.escape(_label(row))}</text>'
        )
        found = row.assisted
        if row.is_estimable and math.isfinite(found.low):
            few = "" if found.is_reliable else " few"
            low, value, high = (_LEFT + scale * v for v in (found.low, found.value, found.high))
            marks.append(
                f'<g class="found{few}"><line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
                f'<circle cx="{value:.1f}" cy="{y}" r="4"/></g>'
            )
        if math.isfinite(row.uncorrected):
            x = _LEFT + scale * row.uncorrected
            marks.append(f'<circle class="given" cx="{x:.1f}" cy="{y}" r="5"/>')
    text = f"{name}: corrected with intervals (filled), and uncorrected (rings)"
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{text}">'
        f"{''.join(marks)}</svg><figcaption>{text}. Faint intervals rest on few stretches."
        "</figcaption></figure>"
    )


def _ticks(most: float) -> list[float]:
    """Round values from 0 to the highest, four to ten of them.

    Examples:
        >>> _ticks(0.63), _ticks(346.0)
        ([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0])
    """
    power = 10.0 ** math.floor(math.log10(most))
    step = next(s * power for s in (0.1, 0.2, 0.5, 1.0) if most / (s * power) < 10)
    return [round(step * k, 10) for k in range(int(most / step + 1e-9) + 1)]


def _table(estimates: Estimates) -> str:
    head = ("group", "figure", "unit", "uncorrected", "corrected", "interval", "stretches")
    rows = "".join(
        f"<tr{'' if row.is_estimable and row.assisted.is_reliable else ' class=few'}>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row))
        + "</tr>"
        for row in estimates.rows
    )
    titles = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Row) -> tuple[str, ...]:
    found = row.assisted
    known = row.is_estimable and math.isfinite(found.low)
    return (
        _label(row),
        row.figure,
        row.unit,
        _number(row.uncorrected),
        _number(found.value) if row.is_estimable else "not estimable",
        f"{_number(found.low)} to {_number(found.high)}" if known else "",
        str(found.n),
    )


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else ""
