"""What the stages found, for people."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vocalbaby.components.validation import ValidationReport
from vocalbaby.entity.labels import CLASSES

__all__ = ["show_report", "show_summary"]


def show_summary(summary: Mapping[str, object], folder: Path) -> None:
    """Print what ingestion accepted and refused."""
    console = Console()
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in summary.items():
        text = str(value)
        if isinstance(value, dict):
            text = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        table.add_row(name.replace("_", " "), text)
    console.print(table)
    if summary["rejected"]:
        console.print(f"Each refusal stands in {folder / 'rejections.csv'}.", highlight=False)


def show_report(report: ValidationReport) -> None:
    """Print clips per split and class, and the findings."""
    console = Console()
    table = Table("Split", *CLASSES, "Children", "Minutes", box=None, pad_edge=False)
    for split, counts in report.clips.items():
        table.add_row(
            split,
            *(str(counts[label]) for label in CLASSES),
            str(report.children[split]),
            f"{report.duration_s[split] / 60:.1f}",
        )
    console.print(table)
    for finding in report.findings:
        colour = "red" if finding.severity == "error" else "yellow"
        console.print(f"[{colour}]{finding.severity}[/] {finding.code}: ", end="")
        console.print(f"{finding.message} {'; '.join(finding.examples)}", markup=False)
    if not report.findings:
        console.print("No findings.")
