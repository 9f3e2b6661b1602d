"""What ``vocalbaby corpus run`` prints before and after a run."""

from typing import Any

import typer

from vocalbaby.corpus.engine.planning import STATES, Plan
from vocalbaby.utils.wording import counted, printable

__all__ = ["conclude", "describe", "list_jobs"]


def describe(plan: Plan, entries: int) -> None:
    """Print how many entries of the archive are in which state, to standard error."""
    counts = ", ".join(
        f"{plan.count(state)} {state.replace('_', ' ')}" for state in STATES if plan.count(state)
    )
    others = entries - len(plan.states)
    shards = f"; {others} in other shards" if others else ""
    typer.echo(f"{counted(len(plan.states), 'file')}: {counts or 'none'}{shards}", err=True)
    if plan.unlisted:
        text = counted(len(plan.unlisted), "recording")
        typer.echo(f"note: the dataset has {text} that the archive does not list", err=True)


def list_jobs(plan: Plan) -> None:
    """Print the recordings that a run would process, and the hours of sound."""
    for state, recording in plan.states:
        if state in {"new", "changed", "retried", "lost"}:
            typer.echo(printable(f"{state}: {recording.recording_id}"))
    known = sum(
        r.duration_hint_s or 0.0 for s, r in plan.states if s in {"new", "changed", "retried"}
    )
    if known:
        typer.echo(f"{known / 3600:.1f} hours of sound, by the metadata")


def conclude(summary: dict[str, Any], out: str) -> None:
    """Print what a run did."""
    parts = [
        f"{summary[name]} {text}"
        for name, text in (
            ("heard", "segmented"),
            ("segments_rewritten", "with new metadata"),
            ("figures_recomputed", "with new figures"),
            ("unchanged", "unchanged"),
            ("failed", "failed"),
        )
        if summary[name]
    ]
    hours = f", {summary['hours']:.1f} hours of sound" if summary["hours"] else ""
    typer.echo(f"{', '.join(parts) or 'Nothing to do'}{hours}: {out}")
