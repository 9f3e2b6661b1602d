"""Executors on Dask: workers on this machine, those of a scheduler, or jobs of SLURM.

Dask gives a job that a worker has lost to another worker. What a lost worker had written is
complete or absent, so that the job is done again or found done.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import dask
import distributed
from distributed import Client, as_completed
from distributed.comm.core import CommClosedError

from vocalbaby.corpus.engine.executors import Executor
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.task import Job, Outcome, ended, process
from vocalbaby.exception import ConfigError, VocalBabyError
from vocalbaby.utils.processes import Report

__all__ = ["local", "scheduler", "slurm"]

#: Jobs that are with the scheduler at once, for each worker: it has no need of all of an archive.
_AHEAD: Final = 8

#: Workers that a job may lose before it counts as the reason.
_LOSSES: Final = 3

#: Libraries that would start threads of their own in each worker.
_THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def local(workers: int, notice: Callable[[str], None]) -> Executor:
    """Return an executor with workers on this machine, which one process of it schedules.

    Args:
        workers: Number of processes.
        notice: Called with the address of the dashboard.
    """

    def start(stack: ExitStack) -> Any:  # noqa: ANN401 - of distributed
        os.environ.update(_THREADS)  # which the workers inherit
        return stack.enter_context(
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", silence_logs=50
            )
        )

    return _executor(start, notice)


def scheduler(address: str, notice: Callable[[str], None]) -> Executor:
    """Return an executor with the workers of a scheduler that runs already.

    Args:
        address: Its address, such as ``tcp://10.0.0.7:8786``.
        notice: Called with the address of the dashboard.
    """
    return _executor(lambda _: address, notice)


def slurm(jobs: int, options: Mapping[str, Any], notice: Callable[[str], None]) -> Executor:
    """Return an executor with workers that are jobs of a SLURM cluster.

    Args:
        jobs: Number of jobs.
        options: Arguments of ``dask_jobqueue.SLURMCluster``, such as ``queue``; what they lack is
            in Dask's configuration.
        notice: Called with the address of the dashboard.
    """

    def start(stack: ExitStack) -> Any:  # noqa: ANN401 - of distributed
        import dask_jobqueue  # noqa: PLC0415 - of another extra

        arguments: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB", **options}
        cluster: Any = stack.enter_context(dask_jobqueue.SLURMCluster(**arguments))  # type: ignore[attr-defined] # its package exports nothing
        cluster.scale(jobs=jobs)
        return cluster

    return _executor(start, notice)


def _executor(start: Callable[[ExitStack], Any], notice: Callable[[str], None]) -> Executor:
    def run(
        jobs: Sequence[Job], settings: RunSettings, report: Report
    ) -> Iterator[tuple[int, Outcome]]:
        del report  # Dask's dashboard has the progress of workers
        limits = {"distributed.scheduler.allowed-failures": _LOSSES}
        with dask.config.set(limits), ExitStack() as stack:
            cluster = start(stack)
            client = stack.enter_context(_connect(cluster))
            notice(client.dashboard_link)
            try:
                yield from _completed(client, jobs, settings)
            except CommClosedError as error:
                raise _lost_scheduler() from error

    return run


def _connect(cluster: Any) -> Any:  # noqa: ANN401 - of distributed
    try:
        return Client(cluster)
    except OSError as error:
        raise ConfigError(
            f"The scheduler does not answer: {error}.",
            hint="Start it, or correct the address of --scheduler.",
        ) from error


def _lost_scheduler() -> VocalBabyError:
    return VocalBabyError(
        "The connection to the scheduler was lost.",
        hint="Start it again; the same command goes on from here.",
    )


def _require_lost_workers(future: Any) -> None:  # noqa: ANN401 - of distributed
    """Require that a job failed since its workers were lost, which the recording may cause.

    Raises:
        VocalBabyError: The scheduler was lost, or workers cannot run the task.
    """
    if future.status != "error":
        raise _lost_scheduler()
    error = future.exception()
    if not isinstance(error, distributed.KilledWorker):
        raise VocalBabyError(
            f"A worker cannot run the task: {error!r}.",
            hint="Workers need the same packages and versions as this command.",
        ) from error


def _completed(
    client: Any,  # noqa: ANN401 - of distributed
    jobs: Sequence[Job],
    settings: RunSettings,
) -> Iterator[tuple[int, Outcome]]:
    function = partial(process, settings=settings)
    waiting = iter(enumerate(jobs))
    numbers: dict[Any, int] = {}

    def submit() -> Any:  # noqa: ANN401 - of distributed
        for number, job in waiting:
            future = client.submit(
                function, job, key=f"{job.recording.recording_id}-{number}", pure=False
            )
            numbers[future] = number
            return future
        return None

    first = [submit() for _ in range(_AHEAD * max(1, len(client.nthreads())))]
    completed = as_completed([future for future in first if future is not None])
    for future in completed:
        number = numbers.pop(future)
        if future.status == "finished":
            yield number, future.result()
        else:
            _require_lost_workers(future)
            yield number, ended(settings, jobs[number])
        future.release()
        following = submit()
        if following is not None:
            completed.add(following)
