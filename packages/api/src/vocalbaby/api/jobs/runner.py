"""Starts the processes of jobs and watches them, in a thread of each worker."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from vocalbaby.api.http.problems import clip_problem, internal_error
from vocalbaby.api.jobs.files import lock, remove_files, replace_file
from vocalbaby.api.jobs.job import JobState
from vocalbaby.api.jobs.spool import Spool
from vocalbaby.api.settings import Settings
from vocalbaby.exception import DeadlineError, JobNotFoundError, NotReadyError, VocalBabyError
from vocalbaby.monitoring.job_metrics import JobMetrics

__all__ = ["COMMAND", "JobRunner"]

#: Starts the process of a job; the folder of the job is appended. With -P, modules in the
#: working folder are not imported.
COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "vocalbaby.api.jobs.work")
_POLL_S: Final = 0.2
_SWEEP_S: Final = 10.0
#: Longest wait for the thread when the service stops: the disk of the folder may hang.
_CLOSE_S: Final = 2.0
#: A job whose process, or the worker of it, was killed so often, by whatever cause, has failed.
_MAX_CRASHES: Final = 3

_log = logging.getLogger(__name__)


@dataclass
class _Running:
    """A job of this worker; its locks are released when they are closed."""

    id: str
    folder: Path
    process: subprocess.Popen[bytes]
    locks: Sequence[IO[bytes]]
    until: float = field(default=0.0)


class JobRunner:
    """Runs jobs while fewer than ``max_running_jobs`` run in all workers together.

    A job is taken with a lock on its folder and a lock on one of the places to run, which the
    system releases when the worker ends: another one then goes on with the job.

    Args:
        spool: The folder of jobs.
        settings: The limits.
        metrics: Metrics of the jobs.
        version: Returns the version of the model that answers requests.
    """

    def __init__(
        self,
        spool: Spool,
        settings: Settings,
        metrics: JobMetrics,
        version: Callable[[], str],
    ) -> None:
        self._spool = spool
        self._settings = settings
        self._metrics = metrics
        self._version = version
        self._running: list[_Running] = []
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Kill the processes and end the thread; their jobs can be resumed."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)
            for job in list(self._running):
                job.process.kill()

    def wake(self) -> None:
        """Look for new jobs now."""
        self._wake.set()

    def _run(self) -> None:
        swept, failure = -_SWEEP_S, ""
        while not self._stop.is_set():
            try:
                if time.monotonic() - swept >= _SWEEP_S:
                    self._spool.sweep()
                    swept = time.monotonic()
                    self._metrics.set_folder(self._spool.counts(), self._spool.size())
                for job in list(self._running):
                    if self._has_ended(job):
                        self._running.remove(job)
                self._start_jobs()
                failure = ""
            except Exception as error:  # noqa: BLE001 - the next pass may succeed
                if failure != repr(error):  # a full disk fails every pass
                    _log.exception("the jobs could not be looked after")
                failure = repr(error)
            self._wake.wait(_POLL_S if self._running else 1.0)
            self._wake.clear()
        while self._running:
            self._interrupt(self._running.pop())

    def _start_jobs(self) -> None:
        """Start the jobs that wait, the oldest first, once it is known which model they use."""
        waiting = []
        for id_ in self._spool.ids():
            with suppress(JobNotFoundError):
                if self._spool.state(id_).ended is None:
                    waiting.append((self._spool.job(id_).created, id_))
        version = None
        if waiting and self._settings.store is not None:
            try:
                version = self._version()
            except NotReadyError:
                return
        own = {job.id for job in self._running}
        for _, id_ in sorted(waiting):
            if id_ in own or not (place := self._place()):
                continue
            with ExitStack() as locks, suppress(JobNotFoundError, FileNotFoundError):
                locks.enter_context(place)
                folder = self._spool.path(id_)
                lock_ = lock(folder / "lock")
                if lock_ is None:
                    continue
                locks.enter_context(lock_)
                if self._may_run(id_, folder):
                    self._running.append(self._start(id_, folder, [lock_, place], version))
                    locks.pop_all()

    def _may_run(self, id_: str, folder: Path) -> bool:
        """Whether a job has to run, and its runs have not killed too many workers."""
        state = self._spool.state(id_)
        if state.state == "running":  # its worker was killed, perhaps for the memory of this job
            state.crashes, state.state = state.crashes + 1, "queued"
            replace_file(folder / "state.json", state.model_dump_json())
        if state.crashes >= _MAX_CRASHES:
            self._fail(id_, folder, internal_error())
            return False
        return state.ended is None

    def _place(self) -> IO[bytes] | None:
        """One of the places to run, of which there are as many as jobs may run."""
        folder = self._spool.make()
        for number in range(self._settings.max_running_jobs):
            if place := lock(folder / f".place-{number}"):
                return place
        return None

    def _start(
        self, id_: str, folder: Path, locks: Sequence[IO[bytes]], version: str | None
    ) -> _Running:
        from vocalbaby.api.jobs import work  # noqa: PLC0415 - it imports what a job needs

        settings = self._settings
        state = self._spool.state(id_)
        state.state, state.started, state.begun_s = "running", time.time(), None
        free = settings.max_job_folder_bytes - self._spool.size()
        task = work.Task(
            model=settings.model,
            store=settings.store,
            fallback=settings.store_fallback,
            version=version,
            max_hours=settings.max_job_hours,
            max_bytes=max(0, min(settings.max_job_bytes, free)),
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        # A process group of its own is also ended when it was stopped and the worker has died.
        process = subprocess.Popen(  # noqa: S603 - a command of ours
            [*COMMAND, str(folder)], stdin=subprocess.PIPE, env=environment, process_group=0
        )
        job = _Running(id_, folder, process, locks, time.monotonic() + settings.job_seconds)
        try:  # the process waits for its task, and a job without a process is not running
            replace_file(folder / "state.json", state.model_dump_json())
        except OSError:
            self._kill(job)
            raise
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.write(task.model_dump_json().encode() + b"\n")
                process.stdin.flush()
        return job

    def _has_ended(self, job: _Running) -> bool:
        """Look after a job: whether it has ended, was removed, or took too long."""
        if not job.folder.is_dir():
            self._kill(job)  # it was removed
            return True
        if time.monotonic() > job.until:
            self._kill(job)
            seconds = f"{self._settings.job_seconds:g} s"
            self._fail(job.id, job.folder, DeadlineError(f"The job took longer than {seconds}."))
            return True
        if job.process.poll() is None:
            return False
        with suppress(JobNotFoundError):
            state = self._spool.state(job.id)
            if state.ended is None:
                self._count_crash(job, state)
            elif state.state == "done":
                took = state.ended - (state.started or state.ended)
                self._metrics.count_done(state.total_s or 0.0, took)
            else:
                self._metrics.count_end("failed")
        self._release(job)
        return True

    def _count_crash(self, job: _Running, state: JobState) -> None:
        _log.error("the process of a job exited with code %d", job.process.returncode)
        state.crashes, state.state = state.crashes + 1, "queued"
        replace_file(job.folder / "state.json", state.model_dump_json())

    def _fail(self, id_: str, folder: Path, error: VocalBabyError) -> None:
        with suppress(JobNotFoundError, FileNotFoundError):
            state = self._spool.state(id_)
            state.state, state.ended, state.error = "failed", time.time(), clip_problem(error)
            remove_files(folder)
            replace_file(folder / "state.json", state.model_dump_json())
            self._metrics.count_end("failed")

    def _interrupt(self, job: _Running) -> None:
        """Stop a job, which the next start of the service resumes."""
        job.process.kill()
        job.process.wait()
        with suppress(JobNotFoundError, OSError):
            state = self._spool.state(job.id)
            if state.ended is None:
                state.state = "queued"
                replace_file(job.folder / "state.json", state.model_dump_json())
        self._release(job)

    def _kill(self, job: _Running) -> None:
        job.process.kill()
        job.process.wait()
        self._release(job)

    def _release(self, job: _Running) -> None:
        if job.process.stdin is not None:
            job.process.stdin.close()
        for lock_ in job.locks:
            lock_.close()
