"""Sections of the report that have several tables or plots."""

from html import escape
from typing import Final

from vocalbaby.comparison.report import drawing, tables
from vocalbaby.comparison.report.results import Confusion, CurvePoint, Results
from vocalbaby.comparison.report.summary import Summary
from vocalbaby.comparison.report.wording import (
    METRIC_NAMES,
    breakable,
    number,
    title,
    with_interval,
)

__all__ = [
    "confusions",
    "difference_tables",
    "forest",
    "guessing_level",
    "learning",
    "metric_tables",
    "ranked",
    "reliability",
]

_SPLITS: Final = ("test", "devel")
_SERIES: Final = 5


def ranked(results: Results, metric: str = "uar") -> list[str]:
    """Return the experiments, the best on devel first.

    Examples:
        >>> ranked(Results(()))
        []
    """
    values = {row.experiment: -1.0 for row in results.figures}
    for row in results.figures:
        figure = row.metrics.get(metric)
        if row.split == "devel" and figure is not None and figure.value is not None:
            values[row.experiment] = figure.value
    return sorted(values, key=lambda name: (-values[name], name))


def guessing_level(results: Results) -> float | None:
    """Return the expected UAR of guessing; None if the classes are not known.

    Examples:
        >>> guessing_level(Results(())) is None
        True
    """
    known = {row.name for row in results.classes if row.split == "test" and row.support}
    known = known or {row.name for row in results.classes if row.support}
    return 1 / len(known) if known else None


def forest(results: Results, summary: Summary) -> str:
    """Return the plot of all experiments with their intervals.

    Examples:
        >>> "axis" in forest(Results(()), Summary(chosen="a/b/flat"))
        True
    """
    metric = summary.objective
    level = guessing_level(results) if metric == "uar" else None
    figures = {(row.experiment, row.split): row.metrics.get(metric) for row in results.figures}
    ends = [v for f in figures.values() for v in (f or ()) if v is not None]
    low = max(int(10 * min([*ends, level or 1.0], default=0.0)), 0) / 10
    high = min(-int(-10 * max(ends, default=1.0) - 0.999), 10) / 10
    high = max(high, low + 0.1)
    items = []
    for name in ranked(results, metric):
        rows = [(s, f) for s in _SPLITS if (f := figures.get((name, s))) is not None]
        label = "; ".join(f"{s}: {with_interval(f, summary.confidence)}" for s, f in rows)
        mark = drawing.interval(rows, low, high, level, label=f"{name}, {label}")
        texts = "<br>".join(
            f"{'<b>' if s == 'test' else ''}{number(f.value)}{'</b>' if s == 'test' else ''} {s}"
            for s, f in rows
        )
        kind = ' class="chosen"' if name == summary.chosen else ""
        more = " (chosen)" if name == summary.chosen else ""
        items.append(
            f'<li{kind}><span class="name">{breakable(title(name))}{more}</span>'
            f'<span class="mark">{mark}</span><span class="value">{texts}</span></li>'
        )
    axis = drawing.axis(low, high, level)
    marks = [("test", "test"), ("devel", "devel, which chose")]
    marks += [("level", f"chance level, {number(level)}")] if level is not None else []
    return (
        f"<p>{METRIC_NAMES[metric]} with {100 * summary.confidence:g} % intervals, the best on "
        f"devel first. Intervals that overlap do not show that two models are equal; the "
        f"differences below compare them on the same children.</p>{_legend(marks)}"
        f'<ul class="forest">{"".join(items)}<li class="axis"><span class="name"></span>'
        f'<span class="mark">{axis}</span><span class="value"></span></li></ul>'
    )


def metric_tables(results: Results, chosen: str) -> str:
    """Return the tables of all metrics on test and devel.

    Examples:
        >>> metric_tables(Results(()), "a/b/flat")
        ''
    """
    order = ranked(results)
    found = []
    for split in _SPLITS:
        own = [row for name in order if (row := results.on(name, split)) is not None]
        found += [tables.metrics(own, chosen, split)] if own else []
    return "".join(found)


def difference_tables(results: Results, summary: Summary) -> str:
    """Return how differences are read, and the tables: those of the chosen experiment in full.

    Examples:
        >>> difference_tables(Results(()), Summary(chosen="a/b/flat"))
        ''
    """
    name, level = METRIC_NAMES[summary.objective], summary.confidence
    order = ranked(results, summary.objective)
    found, more = [], []
    for split in _SPLITS:
        pairs = (
            results.difference(summary.chosen, other, split, summary.objective)
            for other in order
            if other != summary.chosen
        )
        own = [row for row in pairs if row is not None]
        rest = [
            row
            for row in results.differences
            if (row.split, row.metric) == (split, summary.objective)
            and summary.chosen not in {row.first, row.second}
        ]
        caption = f"Chosen minus other experiment, {name} on {split}"
        found += [tables.differences(own, f"{caption}.", ["Other"], level)] if own else []
        caption = f"First minus second experiment, {name} on {split}"
        more += (
            [tables.differences(rest, f"{caption}.", ["Second", "First"], level)] if rest else []
        )
    if not found and not more:
        return ""
    hidden = f"<details><summary>All other pairs</summary>{''.join(more)}</details>" if more else ""
    return (
        "<p>Both models of a pair are measured on the same children, so the difference varies "
        "less than the figures themselves. Two models are distinguished if the interval of "
        "their difference excludes 0 and the p-value is small; with few children the two may "
        "disagree. The p-value is the probability of a difference at least "
        "this large if there were none between the models; it is not the probability that they "
        "are equal. Of many pairs, some differ by chance: a p-value with Holm's correction takes "
        "the number of models into account that the chosen one is compared with.</p>"
        f"{''.join(found)}{hidden}"
    )


def confusions(results: Results, chosen: str) -> str:
    """Return the matrix of the chosen experiment, and small ones of all.

    Examples:
        >>> confusions(Results(()), "a/b/flat")
        ''
    """
    own = [m for m in results.confusions if m.experiment == chosen and m.split in _SPLITS]
    own.sort(key=lambda m: _SPLITS.index(m.split))
    if not own:
        return ""
    split = own[0].split
    order = {name: place for place, name in enumerate(ranked(results))}
    rest = [m for m in results.confusions if m.split == split and m.experiment != chosen]
    rest.sort(key=lambda m: (order.get(m.experiment, len(order)), m.experiment))
    small = ""
    if rest:
        names = ", ".join(own[0].classes)
        items = "".join(_small(m) for m in [own[0], *rest])
        small = (
            f"<h3>All experiments on {escape(split)}</h3><p>Rows are true classes and columns "
            f"labels, in the order {escape(names)}; darker tiles are larger shares. A good model "
            f'has a dark diagonal.</p><ul class="small">{items}</ul>'
        )
    return tables.confusion(own[0]) + small


def _small(matrix: Confusion) -> str:
    return f"<li>{drawing.tiles(matrix)}{breakable(title(matrix.experiment))}</li>"


def reliability(results: Results, chosen: str) -> str:
    """Return the reliability plots of the chosen experiment.

    Examples:
        >>> reliability(Results(()), "a/b/flat")
        ''
    """
    plots = []
    for split in _SPLITS:
        bins = [b for b in results.bins if (b.experiment, b.split) == (chosen, split)]
        row = results.on(chosen, split)
        ece = row.metrics.get("ece") if row else None
        if bins:
            value = f", ECE {number(ece.value)}" if ece and ece.value is not None else ""
            plots.append(
                f'<figure class="square">{drawing.reliability(bins)}'
                f"<figcaption>{escape(split)}{value}</figcaption></figure>"
            )
    if not plots:
        return ""
    return (
        "<p>If probabilities can be trusted, of the clips with a probability of 0.8, 80 % have "
        "the right label: marks lie on the diagonal. Below it, the model is too sure of itself. "
        "Larger marks stand for more clips. ECE, the expected calibration error, is the mean "
        f'distance from the diagonal over the clips.</p><div class="pair">{"".join(plots)}</div>'
    )


def learning(results: Results, chosen: str) -> str:
    """Return the learning curves: that of the chosen experiment first.

    Examples:
        >>> learning(Results(()), "a/b/flat")
        ''
    """
    order = {name: place for place, name in enumerate([chosen, *ranked(results)][::-1])}
    curves: dict[str, list[CurvePoint]] = {}
    split = "test" if any(c.split == "test" for c in results.curves) else "devel"
    for point in results.curves:
        if point.split == split:
            curves.setdefault(point.experiment, []).append(point)
    if not curves:
        return ""
    names = sorted(curves, key=lambda name: (-order.get(name, -1), name))[:_SERIES]
    level = guessing_level(results) or 0.0
    plot = drawing.learning_curves([(name, curves[name]) for name in names], level)
    marks = [(f"s{place}", title(name)) for place, name in enumerate(names)]
    return (
        f"<p>UAR on {escape(split)} of models that were trained on some of the children. If the "
        "curve still rises at its right end, recordings of more children promise more than other "
        f'settings.</p><figure class="plot">{_legend([*marks, ("level", "chance level")])}{plot}'
        "</figure>"
    )


def _legend(marks: list[tuple[str, str]]) -> str:
    items = "".join(f"<li>{drawing.legend_mark(s)} {escape(name)}</li>" for s, name in marks)
    return f'<ul class="legend">{items}</ul>'
