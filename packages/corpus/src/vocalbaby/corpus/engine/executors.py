"""Who calls the task: this process, several processes, or workers of Dask.

Every executor yields an outcome for each job, in the order in which they are done, and ends its
workers when it is closed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.task import Job, Outcome, ended, process
from vocalbaby.utils.processes import Progress, Report, run_in_processes

__all__ = ["Executor", "processes"]


class Executor(Protocol):
    """Runs jobs."""

    def __call__(
        self, jobs: Sequence[Job], settings: RunSettings, report: Report
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield the number and the outcome of each job.

        Args:
            jobs: The jobs.
            settings: Settings of the run.
            report: Called with the number of a job and its seconds that are done.
        """


def processes(workers: int) -> Executor:
    """Return an executor that runs jobs in processes of this machine.

    Args:
        workers: Number of processes; 1 means this one.
    """

    def run(
        jobs: Sequence[Job], settings: RunSettings, report: Report
    ) -> Iterator[tuple[int, Outcome]]:
        if workers == 1:
            for number, job in enumerate(jobs):
                yield number, process(job, settings, partial(report, number))
            return
        function: Callable[[Job, Progress], Outcome] = partial(_process, settings)
        yield from run_in_processes(function, jobs, workers, report, partial(ended, settings))

    return run


def _process(settings: RunSettings, job: Job, progress: Progress) -> Outcome:
    return process(job, settings, progress)
