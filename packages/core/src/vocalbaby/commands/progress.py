"""Progress bars on stderr, for people only: nothing is drawn into a file or a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager

from vocalbaby.pipeline.layout import Tell

__all__ = ["progress_bars"]


@contextmanager
def progress_bars() -> Iterator[Tell | None]:
    """Give a function that moves one bar per kind of work, or None without a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield tell
