"""The folder of jobs, which all workers share.

======================  ====================================================================
``<id>/job.json``       what the client sent: name, API key, time; never changed
``<id>/state.json``     state, progress, error; replaced as a whole
``<id>/lock``           locked by the worker that runs the job, or receives its recording
``<id>/recording``      the recording as sent, until the job has ended, or as ``sound.flac``
``<id>/evidence``       what was heard so far, from which a run resumes, until the job has ended
``<id>/sound.flac``     its sound, if pieces of it cannot be read: 16 kHz, one channel, 16 bits
``<id>/levels``         the level of each 10 ms, one byte each
``<id>/result.<name>``  the segments in each format
======================  ====================================================================

``new.<id>`` is a recording that arrives, and ``old.<id>`` one that is being removed.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from vocalbaby.api.http.schemas import ClipProblem
from vocalbaby.api.jobs.files import locked, no_space, replace_file
from vocalbaby.api.settings import Settings
from vocalbaby.exception import JobNotFoundError, JobSpaceError

__all__ = ["Arriving", "Job", "JobState", "Spool"]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
#: Time after which a folder without a lock has been abandoned, not just been made.
_ABANDONED_S: Final = 60.0


class Job(BaseModel):
    """What a client sent.

    Attributes:
        id: Unguessable.
        name: Name of the recording as sent; never used as a path.
        key: Name of the API key; None if the service has no keys.
        created: Unix time.
        source: Address of the recording, if it was not sent itself.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    key: str | None = None
    created: float
    source: str | None = None


class JobState(BaseModel):
    """How far a job is.

    Attributes:
        state: ``running`` also while a job that was interrupted waits for a worker.
        started: Unix time of the last start.
        ended: Unix time.
        done_s: Seconds of sound segmented so far.
        total_s: Length of the recording in seconds, as far as it is known.
        begun_s: ``done_s`` when the job was last started; the rest was done before.
        segments: Number of segments.
        formats: Formats of the result, with notes on what each does not hold.
        crashes: How often the process ended without a result.
        error: Why the job failed.
    """

    state: Literal["queued", "running", "done", "failed"] = "queued"
    started: float | None = None
    ended: float | None = None
    done_s: float = 0.0
    total_s: float | None = None
    begun_s: float | None = None
    segments: int | None = None
    formats: dict[str, list[str]] = {}
    crashes: int = 0
    error: ClipProblem | None = None


class Arriving(NamedTuple):
    """A recording that arrives.

    Attributes:
        id: The id of its job.
        folder: Where its files are written.
        key: Name of the API key.
        source: Address of the recording, if it is not sent itself.
    """

    id: str
    folder: Path
    key: str | None
    source: str | None

    def finish(self, name: str) -> str:
        """Make a job of it, which others see from now on; returns its id."""
        job = Job(id=self.id, name=name, key=self.key, created=time.time(), source=self.source)
        replace_file(self.folder / "job.json", job.model_dump_json())
        self.folder.rename(self.folder.with_name(self.id))
        return self.id


class Spool:
    """The folder of jobs.

    Args:
        settings: Name the folder and its limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = None if settings.job_folder is None else Path(settings.job_folder)
        self._settings = settings

    def make(self) -> Path:
        """Make the folder if there is none, readable for this user alone.

        Raises:
            JobSpaceError: There can be no such folder.
        """
        try:
            if self._folder is None:
                raise FileNotFoundError("no folder of jobs is set")
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise JobSpaceError(
                f"The service cannot keep recordings: {error.strerror or error}.",
                hint="Set --job-folder to a folder that the service can write.",
            ) from error
        return self._folder

    def ids(self) -> list[str]:
        """The ids of all jobs whose recording has arrived."""
        return [name for name in self._names() if _ID.fullmatch(name)]

    def path(self, id_: str) -> Path:
        """The folder of a job.

        Raises:
            JobNotFoundError: There is none.
        """
        path = (self._folder or Path()) / id_
        if self._folder is None or not _ID.fullmatch(id_) or not path.is_dir():
            raise _not_found()
        return path

    def job(self, id_: str) -> Job:
        """What the client sent.

        Raises:
            JobNotFoundError: There is no such job.
        """
        return Job.model_validate(_read(self.path(id_) / "job.json"))

    def state(self, id_: str) -> JobState:
        """How far a job is.

        Raises:
            JobNotFoundError: There is no such job.
        """
        with suppress(JobNotFoundError):
            return JobState.model_validate(_read(self.path(id_) / "state.json"))
        self.job(id_)
        return JobState()

    def own(self, id_: str, key: str | None) -> tuple[Path, Job, JobState]:
        """A job of an API key, which is thereby in use.

        Raises:
            JobNotFoundError: There is none, or another key made it.
        """
        path, job = self.path(id_), self.job(id_)
        if job.key != key:
            raise _not_found()
        with suppress(FileNotFoundError):
            os.utime(path)
        return path, job, self.state(id_)

    def admit(self, size: int) -> None:
        """Refuse a recording of ``size`` bytes for which there is no space.

        Raises:
            JobSpaceError: The folder or the disk would be too full.
        """
        folder, limit = self.make(), self._settings.max_job_folder_bytes
        if self.size() + size > limit:
            raise JobSpaceError(
                f"The recordings of jobs have reached their limit of {limit / 2**30:g} GiB.",
                hint="Remove jobs that are not needed any more, or wait.",
            )
        if shutil.disk_usage(folder).free < size:
            raise no_space()

    def active(self) -> int:
        """The number of jobs that arrive, wait or run."""
        arriving = sum(name.startswith("new.") for name in self._names())
        return arriving + sum(not self.state(id_).ended for id_ in self._existing())

    def counts(self) -> dict[str, int]:
        """The number of jobs in each state."""
        counts: dict[str, int] = {}
        for id_ in self._existing():
            state = self.state(id_).state
            counts[state] = counts.get(state, 0) + 1
        return counts

    def size(self) -> int:
        """The bytes of all files, as they occupy the disk."""
        total = 0
        for folder, _, files in os.walk(self._folder or ""):
            for file in files:
                with suppress(OSError):
                    total += Path(folder, file).stat().st_blocks * 512
        return total

    @contextmanager
    def arriving(self, key: str | None, source: str | None = None) -> Iterator["Arriving"]:
        """A new folder for a recording, which is removed unless it is finished.

        Raises:
            JobSpaceError: The recording cannot be written.
        """
        id_ = secrets.token_urlsafe(16)
        arriving = Arriving(id_, self.make() / f"new.{id_}", key, source)
        try:
            arriving.folder.mkdir(mode=0o700)
            with locked(arriving.folder):
                yield arriving
        except OSError as error:
            raise no_space(error) from error
        finally:
            shutil.rmtree(arriving.folder, ignore_errors=True)

    def remove(self, id_: str) -> None:
        """Remove a job; of several removals at the same time one has an effect.

        Raises:
            JobNotFoundError: There is no such job.
        """
        path = self.path(id_)
        gone = path.with_name(f"old.{secrets.token_urlsafe(16)}")
        try:
            path.rename(gone)
        except FileNotFoundError as error:
            raise _not_found() from error
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what has not been used for long, and what an ended process has left."""
        now = time.time()
        for name in self._names():
            path = (self._folder or Path()) / name
            with suppress(JobNotFoundError, OSError):
                age = now - path.stat().st_mtime
                if name.startswith("old."):
                    shutil.rmtree(path, ignore_errors=True)
                elif name.startswith("new.") and age > _ABANDONED_S:
                    with locked(path) as free:
                        if free:
                            shutil.rmtree(path, ignore_errors=True)
                elif _ID.fullmatch(name) and age > self._settings.job_keep_seconds:
                    ended = self.state(name).ended
                    if ended and now - ended > self._settings.job_keep_seconds:
                        self.remove(name)

    def _existing(self) -> Iterator[str]:
        for id_ in self.ids():
            with suppress(JobNotFoundError):
                self.job(id_)
                yield id_

    def _names(self) -> list[str]:
        with suppress(OSError):
            return sorted(path.name for path in self._folder.iterdir()) if self._folder else []
        return []


def _not_found() -> JobNotFoundError:
    return JobNotFoundError(
        "There is no such job.", hint="It may have been removed; send the recording again."
    )


def _read(path: Path) -> object:
    try:
        found: object = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise _not_found() from error
    return found
