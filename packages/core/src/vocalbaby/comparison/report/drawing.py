"""Plots as SVG by hand: positions across are percentages, so that text keeps its size."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from vocalbaby.comparison.report.results import Bin, Confusion, CurvePoint, Estimate
from vocalbaby.comparison.report.wording import number

__all__ = ["axis", "interval", "learning_curves", "legend_mark", "reliability", "tiles"]

_HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 9.0, 98.0, 26, 262
_SERIES: Final = 5


def _open(height: float, label: str, *, box: str = "") -> str:
    sizes = f'viewBox="{box}"' if box else f'height="{height:g}"'
    return f'<svg {sizes} role="img" aria-label="{escape(label, quote=True)}">'


def axis(low: float, high: float, level: float | None) -> str:
    """Draw the numbers of the axis of a forest plot.

    Args:
        low: Value at the left end.
        high: Value at the right end.
        level: Value of the dashed line; None for none.

    Returns:
        An SVG element.

    Examples:
        >>> "0.4" in axis(0.0, 1.0, 0.2)
        True
    """
    texts = [f'<text x="{_across(v, low, high)}" y="14" text-anchor="middle">{v:.1f}</text>'
             for v in _ticks(low, high)]  # fmt: skip
    about = "" if level is None else f", chance level at {number(level)}"
    return f"{_open(18, f'Axis from {low:.1f} to {high:.1f}{about}')}{''.join(texts)}</svg>"


def interval(
    rows: Sequence[tuple[str, Estimate]], low: float, high: float, line: float | None, *, label: str
) -> str:
    """Draw figures with their intervals, one row of a forest plot.

    Args:
        rows: Style (``test`` or ``devel``) and figure.
        low: Value at the left end.
        high: Value at the right end.
        line: Value of the dashed line; None for none.
        label: What it shows, for readers who do not see it.

    Returns:
        An SVG element.

    Examples:
        >>> interval([("test", Estimate(0.5, 0.4, 0.6))], 0, 1, None, label="a").count("<circle")
        1
    """
    height = 14 * len(rows) + 12
    parts = [_open(height, label)]
    parts += [_vertical("grid", v, low, high, height) for v in _ticks(low, high)]
    if line is not None and low <= line <= high:
        parts.append(_vertical("level", line, low, high, height))
    for place, (style, figure) in enumerate(rows):
        y = 13 + 14 * place
        if figure.low is not None and figure.high is not None:
            ends = (_across(max(min(v, high), low), low, high) for v in figure[1:] if v is not None)
            x1, x2 = ends
            parts.append(f'<line class="{style}" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>')
        if figure.value is not None:
            x = _across(max(min(figure.value, high), low), low, high)
            parts.append(f'<circle class="{style}" cx="{x}" cy="{y}" r="4.5"/>')
    return "".join([*parts, "</svg>"])


def legend_mark(style: str) -> str:
    """Draw a mark for a legend.

    Examples:
        >>> legend_mark("test").startswith("<svg")
        True
    """
    if style == "level":
        line = '<line class="level" x1="50%" x2="50%" y1="0" y2="14"/>'
        return f'<svg aria-hidden="true">{line}</svg>'
    return (
        f'<svg aria-hidden="true"><line class="{style} curve" x1="0" x2="100%" y1="7" y2="7"/>'
        f'<circle class="{style}" cx="50%" cy="7" r="3.5"/></svg>'
    )


def learning_curves(curves: Sequence[tuple[str, Sequence[CurvePoint]]], level: float) -> str:
    """Draw UAR over the number of children in training.

    Args:
        curves: Name and points of each experiment; the first five are drawn.
        level: The chance level.

    Returns:
        An SVG element.

    Examples:
        >>> point = CurvePoint("a/svm/flat", "devel", 5, Estimate(0.5, 0.4, 0.6))
        >>> learning_curves([("a/svm/flat", [point])], 0.2).count("<circle")
        1
    """
    curves = [(name, sorted(p, key=lambda c: c.children)) for name, p in curves[:_SERIES]]
    points = [point for _, own in curves for point in own]
    most = max((point.children for point in points), default=1)
    known = [v for point in points for v in point.uar if v is not None]
    low, high = _range([*known, level])
    label = "; ".join(
        f"{name}: " + ", ".join(f"{number(p.uar.value)} with {p.children} children" for p in own)
        for name, own in curves
    )
    parts = [_open(_HEIGHT, f"Learning curves. {label}"), *_frame(low, high, "UAR")]
    y = _up(level, low, high)
    parts.append(f'<line class="level" x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts += [
        f'<text x="{_along(children / most)}" y="{_BOTTOM + 18}" text-anchor="middle">'
        f"{children}</text>"
        for children in sorted({point.children for point in points})
    ]
    parts.append(
        f'<text x="50%" y="{_HEIGHT - 2}" text-anchor="middle">children in training</text>'
    )
    for place, (_, own) in enumerate(curves):
        parts += _curve(own, most, (low, high), place)
    return "".join([*parts, "</svg>"])


def _curve(
    own: Sequence[CurvePoint], most: int, ends: tuple[float, float], place: int
) -> Iterable[str]:
    before: tuple[str, float] | None = None
    for point in own:
        if point.uar.value is None:
            continue
        x, y = _along(point.children / most), _up(point.uar.value, *ends)
        if before is not None:
            yield (
                f'<line class="curve s{place}" x1="{before[0]}" y1="{before[1]:.1f}" x2="{x}" '
                f'y2="{y:.1f}"/>'
            )
        if point.uar.low is not None and point.uar.high is not None:
            y1, y2 = _up(point.uar.low, *ends), _up(point.uar.high, *ends)
            yield f'<line class="bar s{place}" x1="{x}" x2="{x}" y1="{y1:.1f}" y2="{y2:.1f}"/>'
        yield f'<circle class="s{place}" cx="{x}" cy="{y:.1f}" r="3.5"/>'
        before = (x, y)


def reliability(bins: Sequence[Bin]) -> str:
    """Draw the share of right labels over the mean highest probability of each bin.

    Args:
        bins: Bins of one experiment and split. Areas of the marks are as the numbers of clips.

    Returns:
        An SVG element.

    Examples:
        >>> reliability([Bin("a/svm/flat", "test", 9, 0.8, 0.7)]).count("<circle")
        1
    """
    own = [b for b in bins if b.n and b.confidence is not None and b.accuracy is not None]
    most = max((b.n for b in own), default=1)
    said = ", ".join(f"{number(b.confidence)}: {number(b.accuracy)} (n {b.n})" for b in own)
    parts = [_open(_HEIGHT, f"Reliability: probability and share of right labels. {said}")]
    parts += _frame(0.0, 1.0, "share of right labels")
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(
            f'<text x="{_along(value)}" y="{_BOTTOM + 18}" text-anchor="middle">{value:.1f}</text>'
        )
    parts.append(
        f'<line class="ideal" x1="{_along(0)}" y1="{_BOTTOM}" x2="{_along(1)}" y2="{_TOP}"/>'
        f'<text x="50%" y="{_HEIGHT - 2}" text-anchor="middle">highest probability</text>'
    )
    for each in own:
        x, y = _along(each.confidence or 0.0), _up(each.accuracy or 0.0, 0.0, 1.0)
        radius = 3 + 9 * (each.n / most) ** 0.5
        parts.append(
            f'<circle class="s0" fill-opacity=".35" cx="{x}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{each.n} clips</title></circle>"
        )
    return "".join([*parts, "</svg>"])


def tiles(matrix: Confusion) -> str:
    """Draw a small confusion matrix: darker tiles are larger shares of a true class.

    Args:
        matrix: The matrix.

    Returns:
        An SVG element.

    Examples:
        >>> tiles(Confusion("a/svm/flat", "test", ("x", "y"), ((3, 1), (0, 2)))).count("tile")
        3
    """
    k = len(matrix.classes)
    recalls = ", ".join(
        f"{name} {row[i] / sum(row):.0%}" if sum(row) else f"{name} without clips"
        for i, (name, row) in enumerate(zip(matrix.classes, matrix.counts, strict=True))
    )
    parts = [_open(0, f"Confusion matrix of {matrix.experiment}: found {recalls}",
                   box=f"0 0 {20 * k} {20 * k}")]  # fmt: skip
    for y, row in enumerate(matrix.counts):
        for x, count in enumerate(row):
            if count:
                share = count / sum(row)
                parts.append(
                    f'<rect class="tile" x="{20 * x}" y="{20 * y}" width="20" height="20" '
                    f'opacity="{share:.2f}"/>'
                )
    frame = f'<rect class="frame" x=".5" y=".5" width="{20 * k - 1}" height="{20 * k - 1}"/>'
    return "".join([*parts, frame, "</svg>"])


def _frame(low: float, high: float, name: str) -> list[str]:
    parts = [f'<text x="0" y="10">{name}</text>']
    for value in _ticks(low, high):
        y = _up(value, low, high)
        parts.append(
            f'<line class="grid" x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 1.5}%" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>'
        )
    return parts


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return full tenths around all values."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    first, last = int(10 * low + 1e-9), -int(-10 * high - 1 + 1e-9)
    return max(first, 0) / 10, max(min(last, 10), first + 1) / 10


def _ticks(low: float, high: float) -> list[float]:
    first, last = round(10 * low), round(10 * high)
    step = 1 if last - first <= 5 else 2
    return [tenth / 10 for tenth in range(first, last + 1, step)]


def _across(value: float, low: float, high: float) -> str:
    return f"{2 + 96 * (value - low) / (high - low):.2f}%"


def _along(share: float) -> str:
    return f"{_LEFT + (_RIGHT - _LEFT - 3) * share + 1.5:.2f}%"


def _up(value: float, low: float, high: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low)


def _vertical(style: str, value: float, low: float, high: float, height: int) -> str:
    x = _across(value, low, high)
    return f'<line class="{style}" x1="{x}" x2="{x}" y1="0" y2="{height}"/>'
