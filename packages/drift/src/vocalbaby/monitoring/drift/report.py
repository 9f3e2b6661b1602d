"""The HTML report: the summary, followed by the figures of Evidently."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Final

from vocalbaby.monitoring.drift.summary import group_name
from vocalbaby.monitoring.drift_result import COMPARED, ColumnResult, DriftResult
from vocalbaby.utils.wording import counted

__all__ = ["render_report"]

_TITLES: Final = {
    "no_drift": "No drift",
    "drift": "Drift",
    "failed": "The job failed",
}
_STYLE: Final = """
#vocalbaby{font:16px/1.5 system-ui,sans-serif;color:#1f2328;background:#fff;max-width:72rem;
 margin:0 auto;padding:1.5rem}
#vocalbaby h1{font-size:1.6rem;font-weight:600;margin:0 0 .3rem}
#vocalbaby h2{font-size:1.15rem;font-weight:600;margin:1.6rem 0 .4rem}
#vocalbaby .verdict{border-left:.5rem solid;padding-left:1rem}
#vocalbaby .no_drift{border-color:#1a7f37}#vocalbaby .drift{border-color:#bc4c00}
#vocalbaby .other{border-color:#cf222e}
#vocalbaby .facts{color:#57606a;margin:0}
#vocalbaby li{margin:.25rem 0}
#vocalbaby table{border-collapse:collapse;font-size:.9rem}
#vocalbaby th,#vocalbaby td{text-align:left;padding:.15rem .9rem .15rem 0;
 border-bottom:1px solid #d0d7de;font-variant-numeric:tabular-nums}
#vocalbaby td.n,#vocalbaby th.n{text-align:right}
#vocalbaby .bar{display:inline-block;height:.7rem;background:#bc4c00;vertical-align:middle}
#vocalbaby .plain{background:#57606a}
#vocalbaby .track{display:inline-block;width:10rem;background:#eaeef2;line-height:0}
#vocalbaby .moved{font-weight:600}
#vocalbaby summary{cursor:pointer;margin-top:1.2rem;font-weight:600}
"""


def render_report(result: DriftResult, evidently: str = "") -> str:
    """Render the report of a run.

    Args:
        result: Result of the run.
        evidently: HTML page of Evidently, at the top of which the summary is inserted. Without
            it the summary is a page of its own.
    """
    ours = f"<style>{_STYLE}</style>\n<section id='vocalbaby'>{''.join(_parts(result))}</section>\n"
    title = f"<title>Drift: {escape(result.run)}</title>"
    if not evidently:
        return (
            f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>{title}</head>"
            f"<body>{ours}</body></html>\n"
        )
    head, mark, body = evidently.partition("<body>")
    if not mark:
        raise ValueError("Evidently's page has no <body>")
    return f"{head.replace('</head>', f'{title}</head>', 1)}{mark}\n{ours}{body}"


def _parts(result: DriftResult) -> Iterable[str]:
    title = _TITLES.get(result.outcome, f"Not compared: {result.outcome.replace('_', ' ')}")
    look = result.outcome if result.outcome in COMPARED else "other"
    first, *rest = result.summary
    yield f"<div class='verdict {look}'><h1>{title}</h1><p>{escape(first)}</p></div>"
    yield f"<p class='facts'>{escape(_facts(result))}</p>"
    if rest:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in rest)}</ul>"
    if result.groups:
        yield "<h2>Groups of features</h2><table><tr><th>group</th><th>drifted columns</th></tr>"
        for group, share in sorted(result.groups.items(), key=lambda item: -item[1]):
            yield f"<tr><td>{escape(group_name(group))}</td><td>{_bar(share)}</td></tr>"
        yield "</table>"
    if result.predictions is not None:
        yield (
            "<h2>Predicted classes</h2><table><tr><th>class</th><th>reference</th>"
            "<th>window</th></tr>"
        )
        before, after = result.predictions.reference, result.predictions.current
        for name in sorted({*before, *after}):
            cells = "".join(
                f"<td>{_bar(side.get(name, 0.0), 'plain')}</td>" for side in (before, after)
            )
            yield f"<tr><td>{escape(name)}</td>{cells}</tr>"
        yield "</table>"
    if result.columns:
        yield from _table(result.columns)
        yield "<h2>Distributions of the features that drifted most, by Evidently</h2>"


def _facts(result: DriftResult) -> str:
    parts = [f"Run {result.run}"]
    if result.model_version:
        parts.append(f"model {result.model_version}")
    if result.feature_set:
        parts.append(f"features {result.feature_set} version {result.feature_set_version}")
    if result.window.since is not None and result.window.until is not None:
        parts.append(f"window {_time(result.window.since)} to {_time(result.window.until)}")
    if result.rows is not None:
        rows = counted(result.rows, "row")
        parts.append(f"{rows} against {result.reference_rows} of the reference")
    return ", ".join(parts) + "."


def _table(columns: Iterable[ColumnResult]) -> Iterable[str]:
    yield (
        "<details><summary>All features</summary><table><tr><th>feature</th><th>group</th>"
        "<th class='n'>distance</th><th class='n'>limit</th>"
        "<th class='n'>shift of the mean, SD</th>"
        "<th class='n'>missing, reference</th><th class='n'>missing, window</th></tr>"
    )
    for c in sorted(columns, key=lambda c: -c.distance / c.threshold):
        look = " class='moved'" if c.drifted or c.missing_drifted else ""
        yield (
            f"<tr{look}><td>{escape(c.name)}</td><td>{escape(c.group)}</td>"
            f"<td class='n'>{c.distance:.2f}</td><td class='n'>{c.threshold:.2f}</td>"
            f"<td class='n'>{c.shift:+.2f}</td><td class='n'>{c.missing_reference:.1%}</td>"
            f"<td class='n'>{c.missing_current:.1%}</td></tr>"
        )
    yield "</table></details>"


def _bar(share: float, look: str = "") -> str:
    filled = f"<span class='bar {look}' style='width:{10 * share:.2f}rem'></span>"
    return f"<span class='track'>{filled}</span> {share:.0%}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
