"""Tables of the report in HTML. Everything that comes from files is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from vocalbaby.comparison.report.results import (
    ClassFigures,
    Confusion,
    CorpusFigures,
    Difference,
    Estimate,
    Figures,
    Results,
    UnseenFigures,
)
from vocalbaby.comparison.report.wording import METRIC_NAMES, breakable, number, signed

__all__ = [
    "classes",
    "confusion",
    "corpora",
    "differences",
    "metrics",
    "modes",
    "settings",
    "table",
    "unseen",
]


def table(caption: str, head: Sequence[str], rows: Iterable[str], kind: str = "plain") -> str:
    """Return a table with a caption, in a box that scrolls on narrow screens.

    Args:
        caption: What it shows, as text.
        head: Titles of the columns, as text.
        rows: Rows in HTML.
        kind: Class of the style sheet.

    Returns:
        HTML.

    Examples:
        >>> "<caption>a &lt; b</caption>" in table("a < b", ["x"], [])
        True
    """
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    label = escape(caption.split(".", maxsplit=1)[0], quote=True)
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0">'
        f'<table class="{kind}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def metrics(rows: Sequence[Figures], chosen: str, split: str) -> str:
    """Return all metrics of all experiments on a split.

    Examples:
        >>> row = Figures("a/svm/flat", "test", 9, 3, {"uar": Estimate(0.7, 0.6, 0.8)})
        >>> "<small>0.600 to 0.800</small>" in metrics([row], "a/svm/flat", "test")
        True
    """
    names = [name for name in METRIC_NAMES if any(name in row.metrics for row in rows)]
    body = [
        _row(
            row.experiment,
            [_cell(row.metrics.get(name, Estimate(None))) for name in names],
            chosen=row.experiment == chosen,
        )
        for row in rows
    ]
    caption = f"Metrics on {split}. Below each figure is its interval."
    return table(caption, ["Experiment", *(METRIC_NAMES[name] for name in names)], body)


def differences(
    rows: Sequence[Difference], caption: str, head: Sequence[str], confidence: float
) -> str:
    """Return paired differences, first minus second, with a row for each.

    Args:
        rows: The differences.
        caption: What they are.
        head: Titles of the columns of the second and of the first experiment; that of the first
            is left out if there is one title, for tables with the same first one in each row.
        confidence: Coverage of the intervals.

    Returns:
        HTML.

    Examples:
        >>> row = Difference("a/b/c", "a/d/c", "test", "uar", Estimate(0.1, 0.0, 0.2), 0.04, None)
        >>> "+0.100" in differences([row], "On test.", ["Other"], 0.95)
        True
    """
    holm = any(row.p_holm is not None for row in rows)
    body = []
    for row in rows:
        known = row.distinguished(confidence)
        cells = [f'<td class="text">{breakable(row.first)}</td>'] if len(head) > 1 else []
        cells += [_cell(row.estimate, signs=True), f"<td>{_p(row.p_value)}</td>"]
        cells += [f"<td>{_p(row.p_holm)}</td>"] if holm else []
        cells.append(f"<td>{'unclear' if known is None else 'yes' if known else 'no'}</td>")
        body.append(_row(row.second, cells))
    more = ["p (Holm)"] if holm else []
    return table(caption, [*head, "Difference", "p", *more, "Distinguished"], body)


def classes(rows: Sequence[ClassFigures], split: str) -> str:
    """Return figures of each class.

    Examples:
        >>> none = Estimate(None)
        >>> "n/a" in classes([ClassFigures("a/b/c", "test", "Junk", 0, none, none, none)], "test")
        True
    """
    body = [
        _row(
            row.name, [f"<td>{row.support}</td>", *map(_cell, (row.recall, row.precision, row.f1))]
        )
        for row in rows
    ]
    head = ["Class", "Clips", "Recall", "Precision", "F1"]
    return table(f"Classes on {split}, with intervals.", head, body)


def confusion(matrix: Confusion) -> str:
    """Return a confusion matrix: shares of each true class, and counts.

    Examples:
        >>> matrix = Confusion("a/b/c", "test", ("x", "y"), ((3, 1), (0, 2)))
        >>> "75 %" in confusion(matrix)
        True
    """
    body = []
    for name, counts in zip(matrix.classes, matrix.counts, strict=True):
        total = sum(counts)
        cells = [
            f'<td style="--share:{count / total if total else 0:.2f}">'
            f"{f'{100 * count / total:.0f} %' if total else 'n/a'}<small>{count}</small></td>"
            for count in counts
        ]
        body.append(_row(name, cells))
    caption = (
        f"Rows: true class. Columns: label. Shares of the true class, and clips, on {matrix.split}."
    )
    return table(caption, ["", *matrix.classes], body, "confusion")


def corpora(rows: Sequence[CorpusFigures]) -> str:
    """Return the UAR on each corpus.

    Examples:
        >>> row = CorpusFigures("a/b/c", "<b>", "test", 9, 3, Estimate(0.7, 0.6, 0.8))
        >>> "&lt;b&gt;" in corpora([row])
        True
    """
    body = [
        _row(
            row.corpus,
            [
                f"<td>{escape(row.split)}</td>",
                f"<td>{row.n_clips}</td><td>{row.n_children}</td>",
                _cell(row.uar),
            ],
        )
        for row in rows
    ]
    head = ["Corpus", "Split", "Clips", "Children", "UAR"]
    return table("The chosen experiment on each corpus.", head, body)


def unseen(rows: Sequence[UnseenFigures]) -> str:
    """Return the recalls on corpora that were left out of the training.

    Examples:
        >>> row = UnseenFigures("<b>", "Junk", 9, 3, Estimate(0.7, 0.6, 0.8))
        >>> "&lt;b&gt;" in unseen([row])
        True
    """
    body = [
        _row(
            row.corpus,
            [
                f"<td>{escape(row.label)}</td>",
                f"<td>{row.n_clips}</td><td>{row.n_children}</td>",
                _cell(row.recall),
            ],
        )
        for row in rows
    ]
    caption = "All clips of a corpus, by a model with the same settings, trained without it."
    return table(caption, ["Corpus", "Class", "Clips", "Children", "Recall"], body)


def modes(tables: Results, split: str) -> str:
    """Return flat and hierarchical models of the same set and family; "" without any.

    Examples:
        >>> modes(Results(()), "devel")
        ''
    """
    body = []
    names = sorted({row.experiment for row in tables.figures if row.split == split})
    for tree in (name for name in names if name.endswith("/hierarchical")):
        flat = tree.removesuffix("hierarchical") + "flat"
        pair = [tables.on(name, split) for name in (flat, tree)]
        if pair[0] is None or pair[1] is None:
            continue
        found = tables.difference(tree, flat, split, "uar")
        cells = [_cell(row.metrics.get("uar", Estimate(None))) for row in pair if row]
        cells.append(_cell(found.estimate if found else Estimate(None), signs=True))
        body.append(_row(flat.removesuffix("/flat"), cells))
    head = ["Set and family", "Flat", "Hierarchical", "Hierarchical minus flat"]
    return table(f"UAR on {split} of flat and hierarchical models.", head, body) if body else ""


def settings(content: Sequence[tuple[str, object]]) -> str:
    """Return names and values.

    Examples:
        >>> '<td>7</td>' in settings([("seed", 7)])
        True
    """
    body = [_row(name, [f"<td>{escape(str(value))}</td>"]) for name, value in content]
    return table("Settings and versions.", ["Name", "Value"], body, "settings")


def _row(name: str, cells: Iterable[str], *, chosen: bool = False) -> str:
    mark = ' class="chosen"' if chosen else ""
    return f'<tr{mark}><th scope="row">{breakable(name)}</th>{"".join(cells)}</tr>'


def _cell(figure: Estimate, *, signs: bool = False) -> str:
    write = signed if signs else number
    if figure.low is None or figure.high is None:
        return f"<td>{write(figure.value)}</td>"
    return (
        f"<td>{write(figure.value)}<small>{write(figure.low)} to {write(figure.high)}</small></td>"
    )


def _p(value: float | None) -> str:
    return "n/a" if value is None else "&lt; 0.001" if value < 0.001 else f"{value:.3f}"
