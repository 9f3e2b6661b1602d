"""The choice of a comparison, and the sentences that give its reasons and limits.

Devel chooses, test reports: no choice reads a figure of the test split.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from vocalbaby.comparison.report.cautions import cautions
from vocalbaby.comparison.report.provenance import date_of_source, versions
from vocalbaby.comparison.report.results import (
    Difference,
    Estimate,
    Results,
    read_results,
)
from vocalbaby.comparison.report.summary import Summary, write_atomically
from vocalbaby.comparison.report.wording import (
    METRIC_NAMES,
    complexity,
    number,
    title,
    with_interval,
)
from vocalbaby.exception import DataError
from vocalbaby.utils.wording import counted

__all__ = ["Summary", "explain"]

Objective = Literal["uar", "macro_f1"]


def explain(
    results: Path, *, objective: Objective | None = None, confidence: float | None = None
) -> Summary:
    r"""Choose an experiment on devel, explain the choice, and write ``summary.json``.

    The experiment with the highest objective on devel is chosen; of equal ones the simplest.

    Args:
        results: Folder of ``results.csv`` and the other tables.
        objective: The metric that chooses. None for that of ``settings.json``, or UAR.
        confidence: Coverage of the intervals in the tables. None for that of ``settings.json``,
            or 0.95.

    Returns:
        The summary, which is also written as a whole file.

    Raises:
        DataNotFoundError: The folder has no ``results.csv``.
        DataError: No experiment has the objective on devel, or a table is damaged.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> head = "feature_set,family,mode,split,n_clips,n_children,uar,uar_low,uar_high"
        >>> rows = ["a,svm,flat,devel,90,9,0.7,0.6,0.8", "a,mlp,flat,devel,90,9,0.6,0.5,0.7"]
        >>> _ = (folder / "results.csv").write_text("\n".join([head, *rows]))
        >>> summary = explain(folder)
        >>> summary.chosen, summary.runner_up
        ('a/svm/flat', 'a/mlp/flat')
    """
    tables = read_results(results)
    choice = tables.choice or {}
    named = choice.get("objective", tables.setting("objective"))
    objective = objective or ("macro_f1" if named == "macro_f1" else "uar")
    confidence = confidence or float(tables.setting("confidence") or 0.95)
    ranking = _ranking(tables, objective)
    chosen, runner_up = ranking[0], ranking[1] if len(ranking) > 1 else None
    reasons = [
        _choice(tables, ranking, objective, confidence),
        *_on_test(tables, chosen, confidence),
        *_against(tables, chosen, runner_up, objective, confidence),
        *_simplest(tables, ranking, objective),
        *_classes(tables, chosen, confidence),
        _protocol(len(ranking)),
    ]
    summary = Summary(
        chosen=chosen,
        runner_up=runner_up,
        objective=objective,
        confidence=confidence,
        reasons=tuple(reasons),
        warnings=tuple(cautions(tables, chosen, confidence)),
        figures=dict(_all_figures(tables, chosen, runner_up, objective)),
        versions=versions(),
        date=date_of_source(),
    )
    write_atomically(results / "summary.json", summary.model_dump_json(indent=2) + "\n")
    return summary


def _ranking(tables: Results, objective: Objective) -> list[str]:
    """Return the experiments, the best on devel first, as ``choice.json`` says if there is one."""
    values = {
        row.experiment: row.metrics[objective].value
        for row in tables.figures
        if row.split == "devel" and objective in row.metrics
    }
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        raise DataError(
            f"No experiment has a {METRIC_NAMES[objective]} on devel.",
            hint="The split devel chooses the model; it needs labelled clips.",
        )
    order = sorted(known, key=lambda name: (-round(known[name], 6), complexity(name)))
    named = [(tables.choice or {}).get(role) for role in ("best", "runner_up")]
    first = [name for name in named if name in known]
    return [*first, *(name for name in order if name not in first)]


def _choice(tables: Results, ranking: list[str], objective: Objective, confidence: float) -> str:
    row = tables.on(ranking[0], "devel")
    assert row is not None  # noqa: S101 - it is in the ranking
    name = METRIC_NAMES[objective]
    value = with_interval(row.metrics[objective], confidence)
    why = (
        "it is the only experiment, so nothing was compared"
        if len(ranking) == 1
        else f"of {len(ranking)} experiments, it has the highest {name} on devel"
    )
    sizes = f"{counted(row.n_clips, 'clip')} of {counted(row.n_children, 'child')}"
    return f"Take the {title(ranking[0])}: {why}, {value}, on {sizes}."


def _on_test(tables: Results, chosen: str, confidence: float) -> Iterator[str]:
    row = tables.on(chosen, "test")
    if row is None or row.metrics["uar"].value is None:
        yield "There are no figures on test, so nothing is known about children it has not heard."
        return
    uar = row.metrics["uar"]
    sizes = f"{counted(row.n_clips, 'clip')} of {counted(row.n_children, 'child')}"
    yield (
        f"On test, {sizes} that neither training nor any choice has used, its UAR is "
        f"{with_interval(uar, confidence)}: on average over the classes, "
        f"{100 * row.metrics['uar'].value:.0f} % of the clips of a class get its label."
    )
    present = sum(
        c.support > 0 for c in tables.classes if (c.experiment, c.split) == (chosen, "test")
    )
    if present:
        level = 1 / present
        if uar.low is not None and uar.low > level:
            compared = "the whole interval lies above it"
        elif uar.includes(level):
            compared = (
                "the interval includes it, so these data do not show that the model is better "
                "than guessing"
            )
        else:
            compared = f"the UAR is {'above' if (uar.value or 0) > level else 'not above'} it"
        yield (
            f"Guessing has an expected UAR of {number(level)} with {counted(present, 'class')} "
            f"(chance level); {compared}."
        )


def _against(
    tables: Results, chosen: str, runner_up: str | None, objective: Objective, confidence: float
) -> Iterator[str]:
    if runner_up is None:
        return
    name = METRIC_NAMES[objective]
    yield f"The second on devel is the {title(runner_up)}."
    for split in ("devel", "test"):
        row = tables.difference(chosen, runner_up, split, objective)
        if row is None or row.estimate.value is None:
            continue
        yield _difference(row, name, confidence)


def _simplest(tables: Results, ranking: list[str], objective: Objective) -> Iterator[str]:
    """Recommend the simplest of the experiments that devel does not distinguish from the best."""
    chosen, *others = ranking
    choice = tables.choice or {}
    equal = [
        name
        for name in others
        if (row := tables.difference(chosen, name, "devel", objective)) is not None
        and row.estimate.low is not None
        and row.estimate.low <= 0
    ]
    equal = [name for name in choice.get("indistinguishable", equal) if name in others]
    if not equal:
        return
    simple = choice.get("simplest") or min([chosen, *equal], key=complexity)
    number_of = counted(len(equal), "other experiment")
    more = (
        "which is the chosen one"
        if simple == chosen
        else "which is easier to explain and cheaper to run: consider taking it instead"
    )
    yield (
        f"Devel does not distinguish the chosen model from {number_of}. Of models that the data do "
        f"not distinguish, take the simplest unless a further reason speaks for another one; here "
        f"it is the {title(simple)}, {more}."
    )


def _difference(row: Difference, name: str, confidence: float) -> str:
    value, low, high = row.estimate
    value = value or 0.0
    size = Estimate(abs(value))
    if low is not None and high is not None:
        size = Estimate(abs(value), *((low, high) if value >= 0 else (-high, -low)))
    lower = "lower" if value < 0 else "higher"
    text = (
        f"On {row.split}, the {name} of the chosen model is {with_interval(size, confidence)} "
        f"{lower} on the same resampled children{_p_value(row.p_value, row.p_holm)}"
    )
    if row.estimate.includes(0) is None:
        return f"{text}."
    known = row.distinguished(confidence)
    if known is None:
        return (
            f"{text}; interval and p-value disagree, as happens with few children, so do not rely "
            "on the difference."
        )
    return text + (
        "; the interval excludes 0, so these data distinguish the two."
        if known
        else "; the interval includes 0, so these data do not distinguish the two."
    )


def _p_value(p_value: float | None, p_holm: float | None) -> str:
    if p_value is None:
        return ""
    text = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
    if p_holm is not None:
        text += f", {p_holm:.3f} with Holm's correction for all comparisons with this model"
    return f" ({text})"


def _classes(tables: Results, chosen: str, confidence: float) -> Iterator[str]:
    own = [
        row
        for row in tables.classes
        if (row.experiment, row.split) == (chosen, "test")
        and row.support
        and row.recall.value is not None
    ]
    if len(own) > 1:
        own.sort(key=lambda row: (row.recall.value or 0.0, row.name))
        worst, best = own[0], own[-1]
        yield (
            f"It finds {best.name} best, with a recall on test of "
            f"{with_interval(best.recall, confidence)}, and {worst.name} worst, with "
            f"{with_interval(worst.recall, confidence)}."
        )


def _protocol(n: int) -> str:
    more = (
        " The value on devel of the best of several is too high on average, because it is the "
        "best; the value on test does not have this bias."
        if n > 1
        else ""
    )
    return (
        "Settings and the choice come from devel only, and test is only reported; no child is in "
        "two splits. Intervals come from resampling children with replacement (bootstrap), not "
        f"clips.{more}"
    )


def _all_figures(
    tables: Results, chosen: str, runner_up: str | None, objective: Objective
) -> Iterator[tuple[str, float | None]]:
    for role, name in (("chosen", chosen), ("runner_up", runner_up)):
        for split in ("devel", "test"):
            row = tables.on(name, split) if name else None
            if row is not None:
                yield f"{role}.{split}.n_clips", row.n_clips
                yield f"{role}.{split}.n_children", row.n_children
                for metric, estimate in row.metrics.items():
                    yield from _named(f"{role}.{split}.{metric}", estimate)
    for split in ("devel", "test"):
        found = tables.difference(chosen, runner_up, split, objective) if runner_up else None
        if found is not None:
            yield from _named(f"difference.{split}.{objective}", found.estimate)
            yield f"difference.{split}.{objective}_p_value", found.p_value


def _named(name: str, estimate: Estimate) -> Iterator[tuple[str, float | None]]:
    for ending, value in zip(("", "_low", "_high"), estimate, strict=True):
        yield f"{name}{ending}", value
