"""Progress bars on stderr, drawn only if stderr is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.utils.terminal import console, has_bars

__all__ = ["progress_bars"]


@contextmanager
def progress_bars() -> Iterator[TaskProgressCallback | None]:
    """Yield a callback that draws one progress bar per task; None without a terminal."""
    if not has_bars(sys.stderr):
        yield None
        return
    from rich import progress as rich_progress  # noqa: PLC0415 - only for a terminal

    columns = (
        "{task.description}",
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=console(sys.stderr), transient=True) as bars:
        tasks: dict[str, rich_progress.TaskID] = {}

        def progress(task: str, done: int, total: int) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done, total=total)

        yield progress
