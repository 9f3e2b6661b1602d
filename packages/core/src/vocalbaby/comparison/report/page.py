"""The page of a report: one file of HTML without scripts, which requests nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from vocalbaby.comparison.report import methods, sections, tables
from vocalbaby.comparison.report.results import CorpusFigures, Estimate, Results
from vocalbaby.comparison.report.style import CSS
from vocalbaby.comparison.report.summary import Summary
from vocalbaby.comparison.report.wording import METRIC_NAMES, breakable, number, sentence, title

__all__ = ["to_html"]

_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
_SPLITS: Final = ("test", "devel")


def to_html(results: Results, summary: Summary) -> str:
    """Write the page.

    Args:
        results: The tables.
        summary: The choice.

    Returns:
        HTML; the same results give the same text.

    Examples:
        >>> from vocalbaby.comparison.report.results import Figures
        >>> row = Figures("a/svm/flat", "test", 90, 9, {"uar": Estimate(0.7, 0.6, 0.8)})
        >>> page = to_html(Results((row,)), Summary(chosen="a/svm/flat"))
        >>> page.startswith("<!doctype html>"), "<script" in page
        (True, False)
    """
    parts = [(name, head, body) for name, head, body in _sections(results, summary) if body]
    links = "".join(f'<li><a href="#{name}">{head}</a></li>' for name, head, _ in parts)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            _POLICY,
            f"<title>Comparison: {escape(summary.chosen)}</title><style>{CSS}</style></head><body>",
            "<header><h1>VocalBaby: comparison of models</h1></header><main>",
            _answer(results, summary),
            f'<nav aria-label="Contents"><ul>{links}</ul></nav>',
            _warnings(summary),
            *(
                f'<section id="{name}"><h2>{head}</h2>{body}</section>'
                for name, head, body in parts
            ),
            "</main></body></html>",
            "",
        ]
    )


def _answer(results: Results, summary: Summary) -> str:
    numbers = []
    for split in _SPLITS:
        row = results.on(summary.chosen, split)
        for metric in ("uar", "macro_f1", "ece") if split == "test" else ("uar",):
            figure = row.metrics.get(metric) if row else None
            if figure is not None and figure.value is not None:
                numbers.append(
                    f"<div><dt>{METRIC_NAMES[metric]} on {split}</dt><dd>{number(figure.value)}"
                    f"<small>{_ends(figure)}</small></dd></div>"
                )
    reasons = "".join(f"<p>{sentence(text)}</p>" for text in summary.reasons[:1])
    level = (
        f"Below each figure is its {100 * summary.confidence:g} % interval, resampling children."
    )
    return (
        f'<section class="answer" aria-label="Result"><p class="soft">The model to take</p>'
        f'<p class="model">{breakable(title(summary.chosen))}</p>{reasons}'
        f'<dl class="numbers">{"".join(numbers)}</dl><p class="soft">{level}</p></section>'
    )


def _warnings(summary: Summary) -> str:
    if not summary.warnings:
        return ""
    items = "".join(f"<li>{sentence(text)}</li>" for text in summary.warnings)
    return f'<section class="notes"><h2>Be careful</h2><ul>{items}</ul></section>'


def _sections(results: Results, summary: Summary) -> Iterator[tuple[str, str, str]]:
    chosen = summary.chosen
    reasons = "".join(f"<li>{sentence(text)}</li>" for text in summary.reasons)
    yield "why", "Why this model, and how far to trust it", f"<ul>{reasons}</ul>"
    yield "experiments", "All experiments", sections.forest(results, summary)
    yield "results", "Results", sections.metric_tables(results, chosen)
    yield "differences", "Differences", sections.difference_tables(results, summary)
    yield "classes", "Classes", _classes(results, chosen)
    yield "confusions", "Confusions", sections.confusions(results, chosen)
    yield "probabilities", "Probabilities", sections.reliability(results, chosen)
    yield "learning", "More children", sections.learning(results, chosen)
    yield "hierarchy", "Flat or hierarchical", _modes(results)
    own = [row for row in results.corpora if row.experiment == chosen]
    yield "corpora", "Corpora", _corpora(results, own)
    yield "use", "Use the model", methods.use()
    yield "paper", "For a paper", methods.method(results, summary)
    yield "settings", "Settings and versions", tables.settings(_settings(results, summary))


def _corpora(results: Results, own: Sequence[CorpusFigures]) -> str:
    found = tables.corpora(own) if own else ""
    return found + (tables.unseen(results.unseen) if results.unseen else "")


def _classes(results: Results, chosen: str) -> str:
    found = []
    for split in _SPLITS:
        own = [r for r in results.classes if (r.experiment, r.split) == (chosen, split)]
        if own:
            found.append(tables.classes(own, split))
    if not found:
        return ""
    return (
        "<p>An interval without a width, such as from 1.000 to 1.000, does not mean that the "
        "figure is certain: resampling cannot show errors that no child in the split has.</p>"
    ) + "".join(found)


def _modes(results: Results) -> str:
    found = [table for split in _SPLITS if (table := tables.modes(results, split))]
    if not found:
        return ""
    return (
        "<p>A hierarchical model first decides between groups of classes. It is worth its "
        "complexity if the interval of the difference lies above 0 on devel.</p>" + "".join(found)
    )


def _settings(results: Results, summary: Summary) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        ("chosen by", f"{METRIC_NAMES[summary.objective]} on devel"),
        ("intervals", f"{100 * summary.confidence:g} %, bootstrap by child"),
    ]
    if summary.date is not None:
        found.append(("date", summary.date))
    found += [(f"version of {name}", version) for name, version in summary.versions.items()]
    return found + list(_flat(results.settings or {}))


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list) else value


def _ends(figure: Estimate) -> str:
    if figure.low is None or figure.high is None:
        return "no interval"
    return f"{number(figure.low)} to {number(figure.high)}"
