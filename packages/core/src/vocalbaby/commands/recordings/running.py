"""Runs the tasks one after another, or several at once in processes."""

from collections.abc import Iterator, Sequence
from functools import partial

from vocalbaby.commands.recordings.tasks import Settings, Task
from vocalbaby.commands.recordings.working import Progress, Result, work
from vocalbaby.exception import VocalBabyError
from vocalbaby.utils.processes import Report, run_in_processes

__all__ = ["run"]


def run(
    tasks: Sequence[Task], settings: Settings, workers: int, report: Report
) -> Iterator[tuple[int, Result]]:
    """Yield the number and the result of each task, in the order in which they are done.

    Args:
        tasks: The recordings.
        settings: Settings of all.
        workers: Number of processes; 1 means this one.
        report: Called with progress.
    """
    if workers == 1 or len(tasks) < 2:
        for number, task in enumerate(tasks):
            yield number, work(task, settings, partial(report, number))
        return
    function = partial(_work, settings)
    yield from run_in_processes(function, tasks, workers, report, _ended)


def _work(settings: Settings, task: Task, progress: Progress) -> Result:
    return work(task, settings, progress)


def _ended(task: Task) -> Result:
    text = f"The process that worked on {task.source.path} was ended, twice."
    hint = "Memory may be short: run the command again, which goes on there, with fewer --workers."
    return Result(task, error=VocalBabyError(text, hint=hint))
