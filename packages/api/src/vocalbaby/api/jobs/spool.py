"""The folder of jobs, which all workers share.

======================  ====================================================================
``<id>/job.json``       what the client sent: name, API key, time; never changed
``<id>/state.json``     state, progress, error; replaced as a whole
``<id>/size``           bytes for which a recording that arrives was admitted
``<id>/lock``           locked by the worker that runs the job, or receives its recording
``<id>/recording``      the recording as sent, until the job has ended, or as ``sound.flac``
``<id>/evidence``       what was heard so far, from which a run resumes, until the job has ended
``<id>/sound.flac``     its sound, if pieces of it cannot be read: 16 kHz, one channel, 16 bits
``<id>/levels``         the level of each 10 ms, one byte each
``<id>/result.<name>``  the segments in each format
======================  ====================================================================

``new.<id>`` is a recording that arrives, and ``old.<id>`` one that is being removed.
"""

import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from vocalbaby.api.http.problems import clip_problem, internal_error
from vocalbaby.api.jobs.arriving import SIZE, Arriving
from vocalbaby.api.jobs.files import (
    discard,
    lock,
    locked,
    no_space,
    one_at_a_time,
    replace_file,
)
from vocalbaby.api.jobs.job import Job, JobState
from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.api.settings import Settings
from vocalbaby.exception import (
    JobNotFoundError,
    JobSpaceError,
    JobUnreadableError,
    OverloadedError,
)
from vocalbaby.utils.regular_files import read_regular
from vocalbaby.utils.wording import counted

__all__ = ["Spool"]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_LEFT: Final = re.compile(rf"(new|old)\.{_ID.pattern}")
#: Time after which a folder without a lock has been abandoned, not just been made.
_ABANDONED_S: Final = 60.0
#: Size of the largest description or state; what is cut there is not valid JSON.
_MAX_BYTES: Final = 2**20

_log = logging.getLogger(__name__)


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
            JobUnreadableError: Its file cannot be read now.
        """
        try:
            return Job.model_validate_json(_read(self.path(id_) / "job.json"))
        except (FileNotFoundError, ValueError) as error:
            raise _not_found() from error

    def state(self, id_: str) -> JobState:
        """How far a job is; it has failed if its file is damaged.

        Raises:
            JobNotFoundError: There is no such job.
            JobUnreadableError: Its file cannot be read now.
        """
        path = self.path(id_) / "state.json"
        try:
            return JobState.model_validate_json(_read(path))
        except FileNotFoundError:
            self.job(id_)
            return JobState()
        except ValueError:
            _log.exception("the state of a job cannot be read; the job has failed")
            failed = JobState(state="failed", ended=time.time())
            failed.error = clip_problem(internal_error())
            with suppress(OSError):
                replace_file(path, failed.model_dump_json())
            return failed

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

    def admit(self, size: int) -> Arriving:
        """A folder for a recording, for which ``size`` bytes are reserved.

        Raises:
            JobSpaceError: The folder or the disk would be too full.
            OverloadedError: There are too many jobs.
        """
        folder, id_ = self.make(), secrets.token_urlsafe(16)
        new = folder / f"new.{id_}"
        try:
            with one_at_a_time(folder):  # or several would take the last place
                self._check_space(folder, size)
                if self.active() >= (most := self._settings.max_jobs):
                    raise OverloadedError(
                        f"The limit of {counted(most, 'recording')} at a time is reached.",
                        hint=RETRY_HINT,
                    )
                new.mkdir(mode=0o700)
                (new / SIZE).write_text(str(size))
                return Arriving(id_, new, lock(new / "lock"))
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            raise no_space(error) from error

    def _check_space(self, folder: Path, size: int) -> None:
        reserved, limit = self._reserved(), self._settings.max_job_folder_bytes
        if self.size() + reserved + size > limit:
            raise JobSpaceError(
                f"The recordings of jobs have reached their limit of {limit / 2**30:g} GiB.",
                hint="Remove jobs that are not needed any more, or wait.",
            )
        if shutil.disk_usage(folder).free < reserved + size:
            raise no_space()

    def _reserved(self) -> int:
        """The bytes that arriving recordings will still occupy."""
        total = 0
        for name in self._names():
            path = (self._folder or Path()) / name
            if _LEFT.fullmatch(name):
                with suppress(OSError, ValueError):
                    recording = path / "recording"
                    arrived = recording.stat().st_size if recording.exists() else 0
                    total += max(0, int((path / SIZE).read_text()) - arrived)
        return total

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
        discard(gone)

    def sweep(self) -> None:
        """Remove what has not been used for long, and what an ended process has left.

        Other files and folders are kept, since the folder may have been in use for them before.
        """
        now, keep_s = time.time(), self._settings.job_keep_seconds
        for name in self._names():
            path = (self._folder or Path()) / name
            with suppress(JobNotFoundError, OSError):
                age = now - path.stat().st_mtime
                if _LEFT.fullmatch(name) and age > (_ABANDONED_S if name[0] == "n" else 0.0):
                    self._remove_rest(path)
                elif _ID.fullmatch(name) and age > keep_s and self._ended(path) < now - keep_s:
                    self.remove(name)

    def _remove_rest(self, path: Path) -> None:
        if not (path / "lock").exists():
            path.rmdir()  # only if it is empty
            return
        with locked(path) as free:
            if free:
                discard(path)

    def _ended(self, path: Path) -> float:
        """When a job ended; now if it has not, and 0 if it cannot be known."""
        try:
            return self.state(path.name).ended or time.time()
        except JobUnreadableError:
            return time.time()  # it may be readable soon
        except JobNotFoundError:
            return 0.0 if (path / "lock").exists() else time.time()

    def _existing(self) -> Iterator[str]:
        for id_ in self.ids():
            with suppress(JobNotFoundError):
                self.job(id_)
                yield id_

    def _names(self) -> list[str]:
        with suppress(OSError):
            return sorted(path.name for path in self._folder.iterdir()) if self._folder else []
        return []


def _read(path: Path) -> bytes:
    """The bytes of a small file of a job; that it cannot be read now says nothing about it."""
    try:
        return read_regular(path, limit=_MAX_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        _log.warning("a file of a job cannot be read: %s", error)
        raise JobUnreadableError(
            f"The job cannot be read: {error.strerror or error}.", hint="Ask again in a moment."
        ) from error


def _not_found() -> JobNotFoundError:
    return JobNotFoundError(
        "There is no such job.", hint="It may have been removed; send the recording again."
    )
