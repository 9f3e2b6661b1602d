"""The page."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from vocalbaby.entity.labels import CLASSES
from vocalbaby.summary.grid import Grid
from vocalbaby.summary.page.drawings import heat_strip, hours_chart, legend
from vocalbaby.summary.page.style import CSS
from vocalbaby.summary.sampling import MIN_CLUSTERS
from vocalbaby.summary.summarizing import Estimate, Figures, Summary

__all__ = ["to_html"]

_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
#: Rows of the table of a unit: title, figure, factor, digits, unit.
_ROWS: Final = (
    ("Vocalizations", "voc_chi", 1.0, 0, ""),
    ("Vocalizations per hour", "voc_chi_ph", 1.0, 1, ""),
    ("Vocalizing", "voc_dur_chi", 1 / 60_000, 1, "min"),
    ("Canonical", "can_voc_chi", 1.0, 0, ""),
    ("Non-canonical", "non_can_voc_chi", 1.0, 0, ""),
    ("Canonical proportion, C / (C + N)", "cp_n", 1.0, 2, ""),
    ("Cries", "cry_voc_chi", 1.0, 0, ""),
    ("Crying", "cry_voc_dur_chi", 1 / 60_000, 1, "min"),
    ("Crying, share of time", "cry_voc_share_chi", 100.0, 1, "%"),
    ("Cry bouts", "cry_bout", 1.0, 0, ""),
    ("Laughs", "laugh_voc_chi", 1.0, 0, ""),
    ("Linguistic proportion, (C + N) / (C + N + cries)", "lp_n", 1.0, 2, ""),
)
#: Columns of the tables of several units.
_COLUMNS: Final = ("voc_chi_ph", "can_voc_chi", "non_can_voc_chi", "cp_n", "cry_voc_dur_chi")
_TITLES: Final = {"child": "Children", "age": "Ages"}


def to_html(summary: Summary, title: str = "Vocalizations") -> str:
    """Write a page that shows each recording's day and its figures.

    Args:
        summary: The figures. Drawings are those of its recordings.
        title: Heading of the page.

    Returns:
        HTML without scripts and without links to other files.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=3600.0)
        >>> "<svg" in summary.to_html(summary.summarize(day))
        True
    """
    by_recording = {
        (row.unit.corpus, row.unit.recording_id): row
        for row in summary.figures
        if row.unit.by == "recording"
    }
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        _POLICY,
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{_subtitle(summary)}</p>',
        _notes(summary.warnings),
        *(_several(summary, kind) for kind in _TITLES),
    ]
    for grid in summary.grids:
        key = (grid.child.corpus if grid.child else "", grid.recording_id)
        parts.append(_recording(grid, by_recording.get(key), summary))
    parts.append("</main></body></html>")
    return "\n".join(part for part in parts if part) + "\n"


def _subtitle(summary: Summary) -> str:
    config = summary.config
    number = len(summary.grids)
    text = f"{number} recording{'s' * (number != 1)}. Intervals: {100 * config.level:g} %, "
    if config.sampling:
        text += f"bootstrap over blocks of {config.block_s / 60:g} minutes, "
        text += f"or over whole days and children where there are {MIN_CLUSTERS} or more"
    else:
        text += "of what happened in the recordings, without sampling"
    if any(row.corrected for row in summary.figures):
        text += f"; corrected for the errors of {escape(summary.model_version)}"
    return text + "."


def _notes(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in warnings)
    return f'<section class="notes" aria-label="Notes"><ul>{items}</ul></section>'


def _recording(grid: Grid, row: Figures | None, summary: Summary) -> str:
    parts = [
        f"<section><h2>{escape(grid.recording_id)}</h2>",
        f'<p class="soft">{_about(grid)}</p>',
    ]
    if grid.observed.size:
        strip = (
            "Share of time of each class in 5 minutes; the strongest colour is the largest share."
        )
        minutes = f"Minutes in each hour, as given: {legend(CLASSES[:4])}"
        parts += [_figure(heat_strip(grid), strip), _figure(hours_chart(grid), minutes)]
    if row is not None:
        parts.append(_table(row, f"Figures of {grid.recording_id}"))
    if hours := [
        own
        for own in summary.figures
        if own.unit.by == "hour"
        and own.unit.recording_id == grid.recording_id
        and own.unit.corpus == (grid.child.corpus if grid.child else "")
    ]:
        labels = [_hour(own) for own in hours]
        parts.append(_rows("Hours", "Hour", labels, hours, caption="Figures of each hour"))
    return "".join([*parts, "</section>"])


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def _about(grid: Grid) -> str:
    hours = grid.observed.sum() / 3600
    parts = [f"{hours:.1f} hours of sound"]
    if grid.start is not None:
        parts.append(f"from {grid.start:%Y-%m-%d %H:%M}")
    if grid.child is not None:
        age = grid.child.age_months
        parts.append(
            f"child {escape(grid.child.child_id)}"
            + (f", {int(age)} months" if age is not None else "")
        )
    if grid.model_version:
        parts.append(f"segments of {escape(grid.model_version)}")
    return " · ".join(parts)


def _table(row: Figures, caption: str) -> str:
    corrected = row.corrected
    head = "<th scope=col>As given</th>" + ("<th scope=col>Corrected</th>" if corrected else "")
    lines = []
    for title, name, factor, digits, unit in _ROWS:
        label = f"{title} ({unit})" if unit else title
        cells = _cell(row.given[name], factor, digits)
        if corrected:
            cells += _cell(corrected[name], factor, digits)
        lines.append(f"<tr><th scope=row>{label}</th>{cells}</tr>")
    return (
        f"<div class=scroll><table><caption>{escape(caption)}, with intervals</caption>"
        f"<thead><tr><th scope=col>Figure</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
        "</table></div>"
    )


def _several(summary: Summary, kind: str) -> str:
    rows = [row for row in summary.figures if row.unit.by == kind]
    if not rows:
        return ""
    if kind == "child":
        labels = [f"{r.unit.corpus} {r.unit.child_id}".strip() for r in rows]
        return _rows("Children", "Child", labels, rows, caption="Figures of each child")
    labels = [f"{row.unit.age_months} months" for row in rows]
    return _rows("Ages", "Age", labels, rows, caption="Figures of each age")


def _rows(
    title: str, head: str, labels: Sequence[str], rows: Sequence[Figures], *, caption: str
) -> str:
    titles: Mapping[str, tuple[str, float, int, str]] = {n: (t, f, d, u) for t, n, f, d, u in _ROWS}
    corrected = all(row.corrected for row in rows)
    heads = []
    for name in _COLUMNS:
        text, _, _, unit = titles[name]
        heads.append(f"<th scope=col>{text.split(',')[0]}{f' ({unit})' if unit else ''}</th>")
    lines = []
    for label, row in zip(labels, rows, strict=True):
        figures = row.corrected if corrected and row.corrected else row.given
        cells = "".join(_cell(figures[name], *titles[name][1:3]) for name in _COLUMNS)
        hours = f"<td>{row.observed_s / 3600:.1f}</td>"
        lines.append(f"<tr><th scope=row>{escape(label)}</th>{hours}{cells}</tr>")
    how = "corrected" if corrected else "as given"
    return (
        f"<h3>{title}</h3><div class=scroll><table><caption>{caption}, {how}, with intervals"
        f"</caption><thead><tr><th scope=col>{head}</th><th scope=col>Hours of sound</th>"
        f"{''.join(heads)}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _hour(row: Figures) -> str:
    start = row.unit.hour_start
    return f"{row.unit.hour}" if start is None else f"{start:%Y-%m-%d %H:%M}"


def _cell(estimate: Estimate, factor: float, digits: int) -> str:
    if estimate.value is None:
        return "<td>&ndash;</td>"
    text = f"{factor * estimate.value:,.{digits}f}"
    if estimate.low is not None and estimate.high is not None:
        ends = f"{factor * estimate.low:,.{digits}f} to {factor * estimate.high:,.{digits}f}"
        text += f' <span class="ends">({ends})</span>'
    return f"<td>{text}</td>"
