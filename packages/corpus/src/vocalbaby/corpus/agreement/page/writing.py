"""The page of a comparison."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from vocalbaby.corpus.agreement.methods import methods_paragraph
from vocalbaby.corpus.agreement.page.drawings import Row, difference_plot, dot_rows, legend
from vocalbaby.corpus.agreement.page.style import CSS
from vocalbaby.corpus.agreement.page.tables import figure_table, heat_map
from vocalbaby.corpus.agreement.results import Agreement
from vocalbaby.corpus.agreement.wording import MEASURES, described, number, with_interval
from vocalbaby.corpus.agreement.writing import comparisons

__all__ = ["PAGE_MARK", "to_html"]

#: What every page has, so that it is known as one of this program.
PAGE_MARK: Final = '<meta name="generator" content="vocalbaby agree">'

_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
#: Level and measure of the figures at the top of the page and in the table of the ceiling.
_MAIN: Final = (
    ("units", "kappa"),
    ("units", "agreement"),
    ("units", "uar"),
    ("segments", "detection_f1"),
    ("seconds", "detection_error_rate"),
    ("seconds", "identification_error_rate"),
)
_SERIES: Final = ("precision", "recall", "f1")
#: Kind of groups to its heading, and what its plot has: level and measure.
_GROUPS: Final = {
    "age": ("By age", "units", "kappa"),
    "hour": ("By hour of the day", "units", "kappa"),
    "snr": ("By signal-to-noise ratio", "units", "detection_recall"),
    "child": ("By child", "units", "kappa"),
    "recording": ("By recording", "units", "kappa"),
}
#: Groups that are drawn; all are in the table.
_DRAWN: Final = 60


def to_html(agreement: Agreement, title: str = "Agreement of annotations") -> str:
    """Write a page with heat maps, plots by class and group, and the methods paragraph.

    Args:
        agreement: The comparison.
        title: Heading of the page.

    Returns:
        HTML without scripts and without links to other files.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=60.0)
        >>> page = to_html(compare([day], [day]))
        >>> page.startswith("<!doctype html>"), "<script" in page
        (True, False)
    """
    sections = "".join(
        f"<section><h2>{heading}</h2>{body}</section>" for heading, body in _sections(agreement)
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            PAGE_MARK,
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            _POLICY,
            f"<title>{escape(title)}</title><style>{CSS}</style></head><body>",
            f"<header><h1>{escape(title)}</h1>",
            f'<p class="soft">{escape(described(agreement))}.</p></header><main>',
            _main(agreement),
            _notes(agreement.notes),
            sections,
            "</main></body></html>",
            "",
        ]
    )


def _main(agreement: Agreement) -> str:
    items = []
    for level, measure in _MAIN:
        figure = agreement.find(measure, level)
        if figure is None:
            continue
        text = with_interval(figure)
        ends = f"<small>{text.partition(' ')[2].strip('()')}</small>" if "(" in text else ""
        items.append(
            f"<div><dt>{_title(level, measure)}</dt><dd>{number(figure.value)}{ends}</dd></div>"
        )
    return f'<dl class="numbers">{"".join(items)}</dl>'


def _title(level: str, measure: str) -> str:
    of = {"units": ", time units", "segments": ", segments", "seconds": ""}[level]
    return MEASURES[measure] + of


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in notes)
    return f'<section class="notes" aria-label="Notes"><ul>{items}</ul></section>'


def _sections(agreement: Agreement) -> Iterator[tuple[str, str]]:
    yield (
        "For a methods section",
        f"<blockquote><p>{escape(methods_paragraph(agreement))}</p></blockquote>",
    )
    if agreement.second is not None:
        yield "Two human coders as the ceiling", _ceiling(agreement)
    texts = {
        "units": ("Confusion of time units", "Shares of each row; below are numbers of units."),
        "segments": (
            "Confusion of segments",
            "Last column: only the reference has the segment; last row: only the other side.",
        ),
    }
    for matrix in agreement.confusions:
        heading, caption = texts[matrix.level]
        yield heading, heat_map(matrix, caption)
    if agreement.classes:
        yield "By class", _classes(agreement)
    for by, (heading, level, measure) in _GROUPS.items():
        if body := _group(agreement, by, level, measure):
            yield heading, body
    if agreement.pairs:
        yield "Figures of both sides", _differences(agreement)


def _ceiling(agreement: Agreement) -> str:
    rows = list(comparisons(agreement))
    cells = [
        (_title(level, measure), [with_interval(own.find(measure, level)) for _, own in rows])
        for level, measure in _MAIN
    ]
    return figure_table(
        "Against the reference, with intervals. The second column is on the same stretches as the "
        "third, which is the ceiling.",
        ["Figure", *(name.capitalize() for name, _ in rows)],
        cells,
    )


def _classes(agreement: Agreement) -> str:
    found = agreement.find
    names = [*agreement.classes, agreement.none]
    rows = [Row(n, tuple(found(m, "units", n) for m in _SERIES)) for n in names]
    spoken = "; ".join(
        f"{row.name}: " + ", ".join(f"{m} {number(f.value if f else None)}"
                                    for m, f in zip(_SERIES, row.figures, strict=True))
        for row in rows
    )  # fmt: skip
    drawing = dot_rows(rows, f"Precision, recall and F1 of time units by class. {spoken}")
    heads = ["Class", *(MEASURES[m] for m in (*_SERIES, "kappa")), "Recall, segments",
             "Precision, segments"]  # fmt: skip
    cells = [
        (
            name,
            [
                *(with_interval(found(m, "units", name)) for m in (*_SERIES, "kappa")),
                *(with_interval(found(m, "segments", name)) for m in ("recall", "precision")),
            ],
        )
        for name in names
    ]
    return (
        legend([MEASURES[m] for m in _SERIES])
        + f"<figure>{drawing}<figcaption>Time units by class, with intervals.</figcaption></figure>"
        + figure_table("Figures by class, with intervals", heads, cells)
    )


def _group(agreement: Agreement, by: str, level: str, measure: str) -> str:
    names = list(dict.fromkeys(f.group for f in agreement.figures if f.by == by))
    if not names or (by in {"recording", "child"} and len(names) == 1):
        return ""
    own = {(f.group, f.level, f.measure): f for f in agreement.figures
           if f.by == by and not f.class_}  # fmt: skip
    rows = [Row(name, (own.get((name, level, measure)),)) for name in names[:_DRAWN]]
    title = MEASURES[measure]
    spoken = "; ".join(
        f"{row.name}: {number(row.figures[0].value if row.figures[0] else None)}" for row in rows
    )
    shown = [
        (lv, m)
        for lv, m in (*_MAIN, ("units", "detection_recall"), ("segments", "detection_recall"))
        if any((name, lv, m) in own for name in names)
    ]
    cells = [(name, [with_interval(own.get((name, lv, m))) for lv, m in shown]) for name in names]
    table = figure_table(f"Figures by {by}, with intervals",
                         ["Group", *(_title(lv, m) for lv, m in shown)], cells)  # fmt: skip
    return (
        f"<figure>{dot_rows(rows, f'{title} by {by}. {spoken}')}"
        f"<figcaption>{title} of time units.</figcaption></figure>"
        f"<details><summary>Table</summary>{table}</details>"
    )


def _differences(agreement: Agreement) -> str:
    parts, rows = [], []
    for name in dict.fromkeys(pair.figure for pair in agreement.pairs):
        pairs = [pair for pair in agreement.pairs if pair.figure == name]
        own = {f.measure: f for f in agreement.figures if f.level == "figures" and f.class_ == name}
        label = (
            f"{name}: differences of {len(pairs)} pairs over their means; "
            + ", ".join(f"{MEASURES[m].lower()} {number(own[m].value)}" for m in
                        ("bias", "limit_low", "limit_high"))
        )  # fmt: skip
        drawing = difference_plot(pairs, list(own.values()), label)
        caption = f"{name[:1].upper()}{name[1:]}: other minus reference, over the mean of both."
        figure = f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"
        is_first = name in {"canonical proportion", agreement.pairs[0].figure}
        parts.append(
            figure if is_first else f"<details><summary>{escape(name)}</summary>{figure}</details>"
        )
        measures = ("pearson", "icc_2_1", "bias", "limit_low", "limit_high")
        rows.append((name, [str(len(pairs)), *(with_interval(own[m]) for m in measures)]))
    heads = ["Figure", "Pairs", "Pearson's r", "ICC(2,1)", "Bias", "Lower limit", "Upper limit"]
    table = figure_table("Agreement of figures, with intervals", heads, rows)
    return table + "".join(parts)
