"""Tables of the results of the stages, for the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from vocalbaby.components.manifest_checks import ValidationReport
from vocalbaby.components.metrics import Evaluation
from vocalbaby.entity.labels import CLASSES
from vocalbaby.tuning.best import Best
from vocalbaby.utils.terminal import console

__all__ = ["show_evaluations", "show_report", "show_summary", "show_tuning"]


def show_summary(summary: Mapping[str, object], folder: Path) -> None:
    """Print the counts of accepted and rejected rows."""
    screen = console()
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in summary.items():
        text = str(value)
        if isinstance(value, dict):
            text = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        table.add_row(name.replace("_", " "), text)
    screen.print(table)
    for key, what, file in (
        ("rejected", "rejections", "rejections.csv"),
        ("notes_by_code", "notes", "notes.csv"),
    ):
        if summary.get(key):
            text = f"The {what} are listed in {folder / file}."
            screen.print(text, highlight=False, soft_wrap=True)


def show_report(report: ValidationReport) -> None:
    """Print the number of clips per split and class, and the findings."""
    screen = console()
    table = Table("Split", *CLASSES, "Children", "Minutes", box=None, pad_edge=False)
    for split, counts in report.clips.items():
        table.add_row(
            split,
            *(str(counts[label]) for label in CLASSES),
            str(report.children[split]),
            f"{report.duration_s[split] / 60:.1f}",
        )
    screen.print(table)
    for finding in report.findings:
        colour = "red" if finding.severity == "error" else "yellow"
        screen.print(f"[{colour}]{finding.severity}[/] {finding.code}: ", end="")
        screen.print(f"{finding.message} {'; '.join(finding.examples)}", markup=False)
    if not report.findings:
        screen.print("No findings.")


def show_evaluations(evaluations: Mapping[str, Evaluation]) -> None:
    """Print UAR and recalls, one line per set of clips."""
    table = Table("Test set", "Clips", "UAR", "Interval", box=None, pad_edge=False)
    for label in CLASSES:
        table.add_column(label, justify="right")
    for name, evaluation in evaluations.items():
        low, high = evaluation.uar_low, evaluation.uar_high
        figures = [evaluation.classes.get(label) for label in CLASSES]
        table.add_row(
            name,
            str(evaluation.n_clips),
            f"{evaluation.uar:.3f}",
            "" if low is None or high is None else f"{low:.3f} to {high:.3f}",
            *("-" if f is None or f.recall is None else f"{f.recall:.3f}" for f in figures),
        )
    screen = console()
    screen.print(table)
    screen.print("UAR is the mean of the recalls in the columns of the classes.")


def show_tuning(found: Sequence[Best]) -> None:
    """Print the best value of each search, one line per feature set and family."""
    names = ("Feature set", "Family", "Objective", "Default", "Best", "Devel", "Trials", "Pruned")
    table = Table(*names[:3], box=None, pad_edge=False)
    for name in names[3:]:
        table.add_column(name, justify="right")
    for best in found:
        table.add_row(
            best.feature_set,
            best.family,
            f"{best.objective} ({best.evaluation})",
            "-" if best.default is None else f"{best.default:.3f}",
            f"{best.value:.3f}",
            f"{best.devel:.3f}",
            str(best.trials),
            str(best.pruned),
        )
    console().print(table)
