"""What the commands of a comparison print: the choice, its figures, and what to do next."""

from collections.abc import Iterator

from vocalbaby.comparison.experiments import Experiment
from vocalbaby.pipeline.aggregation import Aggregation
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.wording import counted

__all__ = ["choice_answer", "choice_lines"]

_METRICS = {"uar": "UAR", "macro_f1": "macro F1", "ece": "calibration error"}


def choice_lines(found: Aggregation, workspace: Workspace) -> Iterator[str]:
    """Yield the choice, its figures with intervals, warnings and paths.

    Args:
        found: Results of a comparison.
        workspace: Folders of settings and results.

    Yields:
        Lines of text.

    Examples:
        >>> list(choice_lines.__annotations__)
        ['found', 'workspace', 'return']
    """
    choice = found.choice
    yield f"Best on devel: {choice.best.name}"
    for split in ("devel", "test"):
        yield f"  {split}: {', '.join(_figures(found, choice.best, split))}"
    if choice.runner_up is not None:
        figures = _figures(found, choice.runner_up, "devel")
        yield f"Second on devel: {choice.runner_up.name} ({figures[0]})"
    if choice.indistinguishable:
        n = counted(len(choice.indistinguishable), "experiment")
        yield f"Devel does not distinguish it from {n}; the simplest is {choice.simplest.name}."
    for warning in found.summary.warnings:
        yield f"Warning: {warning}"
    report = workspace.results / "report.html"
    yield f"Tables: {workspace.results}"
    if report.is_file():
        yield f"Report: {report}"
    yield f"To serve the model: vocalbaby-serve --model {workspace.results / 'bundle'}"


def choice_answer(found: Aggregation, workspace: Workspace) -> dict[str, object]:
    """Return the same for ``--json``.

    Args:
        found: Results of a comparison.
        workspace: Folders of settings and results.

    Examples:
        >>> list(choice_answer.__annotations__)
        ['found', 'workspace', 'return']
    """
    choice = found.choice
    best = found.results[
        (found.results.feature_set == choice.best.feature_set)
        & (found.results.family == choice.best.family)
        & (found.results["mode"] == choice.best.mode)
    ]
    return {
        "best": choice.best.name,
        "runner_up": choice.runner_up.name if choice.runner_up else None,
        "simplest": choice.simplest.name,
        "figures": {
            str(row["split"]): {
                name: row[name] for name in row if str(name).startswith(tuple(_METRICS))
            }
            for row in best.to_dict("records")
        },
        "warnings": found.summary.warnings,
        "results": workspace.results,
        "report": workspace.results / "report.html",
        "bundle": workspace.results / "bundle",
    }


def _figures(found: Aggregation, experiment: Experiment, split: str) -> list[str]:
    table = found.results
    (row,) = table[
        (table.feature_set == experiment.feature_set)
        & (table.family == experiment.family)
        & (table["mode"] == experiment.mode)
        & (table.split == split)
    ].to_dict("records")
    return [
        f"{text} {row[name]:.3f} ({row[f'{name}_low']:.3f} to {row[f'{name}_high']:.3f})"
        for name, text in _METRICS.items()
    ]
