"""Progress of a run on the terminal: one bar for all recordings, one for each that is heard."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from vocalbaby.commands.recordings.tasks import Task
from vocalbaby.utils.terminal import console, has_bars

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["RunBars", "run_bars"]

#: Parts of the bar of all recordings.
_PARTS: Final = 1000


class RunBars:
    """Draws the progress of a run; without a terminal it draws nothing.

    The bar of all recordings advances by the sizes of their files, so that its estimate of the
    remaining time is right for recordings of different lengths.
    """

    def __init__(self, tasks: Sequence[Task], bars: "Progress | None") -> None:
        self._tasks = tasks
        self._bars = bars
        self._sizes = [_size(task) for task in tasks]
        self._shares = [0.0] * len(tasks)
        self._shown: dict[int, TaskID] = {}
        several = bars is not None and len(tasks) > 1
        self._all = bars.add_task("all recordings", total=_PARTS) if bars and several else None

    def report(self, number: int, done_s: float, total_s: float | None) -> None:
        """Show how much of a recording is done."""
        if self._bars is None:
            return
        if number not in self._shown:
            name = self._tasks[number].name
            self._shown[number] = self._bars.add_task(name, total=total_s)
        self._bars.update(self._shown[number], completed=done_s, total=total_s)
        self._shares[number] = min(1.0, done_s / total_s) if total_s else 0.0
        self._update()

    def finish(self, number: int, line: str, *, is_message: bool = False) -> None:
        """Print a line about a recording, and take its bar away.

        Args:
            number: Number of the recording.
            line: The line.
            is_message: Whether the line is for standard error, because standard output is JSON.
        """
        if self._bars is None:
            typer.echo(line.encode(errors="backslashreplace").decode(), err=is_message)
            return
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        if number in self._shown:
            self._bars.remove_task(self._shown.pop(number))
        self._shares[number] = 1.0
        self._update()

    def _update(self) -> None:
        if self._bars is not None and self._all is not None:
            done = sum(s * n for s, n in zip(self._shares, self._sizes, strict=True))
            self._bars.update(self._all, completed=_PARTS * done / max(sum(self._sizes), 1))


def _size(task: Task) -> int:
    try:
        return Path(task.source.path).stat().st_size
    except (OSError, ValueError):
        return 0


@contextmanager
def run_bars(tasks: Sequence[Task]) -> Iterator[RunBars]:
    """Draw bars on standard error if it is a terminal."""
    if not has_bars(sys.stderr):
        yield RunBars(tasks, None)
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
        yield RunBars(tasks, bars)
