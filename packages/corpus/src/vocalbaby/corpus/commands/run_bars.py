"""Progress of a run on the terminal: recordings, and hours that are left."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from vocalbaby.corpus.engine.task import Job, Outcome
from vocalbaby.utils.terminal import console, has_bars
from vocalbaby.utils.wording import counted, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["RunBars", "run_bars"]

#: Parts of the bar, which advances by the sizes of recordings.
_PARTS: Final = 1000


class RunBars:
    """Draws the progress of a run; without a terminal it prints a line for each recording."""

    def __init__(self, jobs: Sequence[Job], bars: "Progress | None", *, is_message: bool) -> None:
        self._jobs = jobs
        self._bars = bars
        self._is_message = is_message
        self._sizes = [max(1, job.recording.size_bytes or 1) for job in jobs]
        self._shares = [0.0] * len(jobs)
        self._left = len(jobs)
        self._bar: TaskID | None = bars.add_task(self._text(), total=_PARTS) if bars else None

    def _text(self) -> str:
        return f"{len(self._jobs) - self._left} of {counted(len(self._jobs), 'recording')}"

    def report(self, number: int, done_s: float, total_s: float | None) -> None:
        """Show how much of a recording is done."""
        self._shares[number] = min(1.0, done_s / total_s) if total_s else 0.0
        self._update()

    def finish(self, number: int, outcome: Outcome) -> None:
        """Print a line about a recording, and advance the bar."""
        self._shares[number] = 1.0
        self._left -= 1
        text = printable(_line(outcome))
        if self._bars is None:
            typer.echo(text, err=self._is_message)
        else:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
        self._update()

    def _update(self) -> None:
        if self._bars is not None and self._bar is not None:
            done = sum(s * n for s, n in zip(self._shares, self._sizes, strict=True))
            share = _PARTS * done / max(1, sum(self._sizes))
            self._bars.update(self._bar, completed=share, description=self._text())


def _line(outcome: Outcome) -> str:
    record = outcome.record
    if record.error:
        return f"{record.recording_id}: {record.error['message']} {record.error['hint']}".rstrip()
    segments = counted(sum(record.counts.values()), "segment")
    before = "" if outcome.work == "heard" else " (sound not heard again)"
    return f"{record.recording_id}: {segments} in {(record.duration_s or 0) / 3600:.2f} h{before}"


@contextmanager
def run_bars(jobs: Sequence[Job], *, is_message: bool) -> Iterator[RunBars]:
    """Draw a bar on standard error if it is a terminal.

    Args:
        jobs: The recordings.
        is_message: Whether lines are for standard error, because standard output is JSON.
    """
    if not has_bars(sys.stderr):
        yield RunBars(jobs, None, is_message=is_message)
        return
    from rich import progress

    columns = (
        "{task.description}",
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
        "ETA",
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr), transient=True) as bars:
        yield RunBars(jobs, bars, is_message=is_message)
