"""What the routes of jobs do."""

import time
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from vocalbaby.api.http.headers import declared_length
from vocalbaby.api.http.schemas import JobDescription, JobSource
from vocalbaby.api.http.uploads import stream_upload
from vocalbaby.api.jobs.files import no_space
from vocalbaby.api.jobs.job import Job, JobState
from vocalbaby.api.jobs.runner import JobRunner
from vocalbaby.api.jobs.spool import Spool
from vocalbaby.api.settings import Settings
from vocalbaby.exception import JobNotDoneError, RequestError, RequestTooLargeError
from vocalbaby.monitoring.job_metrics import JobMetrics

__all__ = ["JobService"]

_LONGEST_SOURCE: Final = 4096
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class JobService:
    """The jobs of an application; ``app.state.jobs``.

    Attributes:
        settings: The limits.
        spool: The folder of jobs.
        runner: Runs them.
        metrics: Counts them.
    """

    settings: Settings
    spool: Spool
    runner: JobRunner
    metrics: JobMetrics

    async def submit(self, request: Request) -> JobDescription:
        """Make a job of the recording of a request, which is written to disk as it arrives.

        Raises:
            JobSpaceError: There is no space for the recording.
            OverloadedError: There are too many jobs.
            RequestTooLargeError: The recording is larger than the limit.
            RequestError: The request holds no recording, or an address that is not allowed.
        """
        if request.headers.get("content-type", "").startswith("application/json"):
            source: str | None = self._allowed(await _source(request))
            size = 0
        else:
            length = request.headers.get("content-length", "").encode("latin-1")
            source, declared = None, declared_length(length)
            size = self.settings.max_job_bytes if declared is None else declared
            if size > self.settings.max_job_bytes:
                raise RequestTooLargeError(
                    f"The recording is over the limit of {self.settings.max_job_bytes / 2**30:g}"
                    " GiB.",
                    hint="Split it, or convert it to FLAC.",
                )
        arriving = await run_in_threadpool(self.spool.admit, size)
        try:
            name = request.query_params.get("name") or (PurePath(source).name if source else "")
            if source is None:
                with (arriving.folder / "recording").open("wb") as file:
                    name = await stream_upload(request, file) or name
            name = name[-_LONGEST_NAME:] or "recording"
            job = arriving.finish(name, request.scope.get("api_key_name"), source)
        except OSError as error:
            raise no_space(error) from error
        finally:
            arriving.close()
        self.runner.wake()
        return describe(job, JobState())

    def find(self, request: Request, id_: str) -> JobDescription:
        """A job of the client.

        Raises:
            JobNotFoundError: The client has no such job.
        """
        _, job, state = self.spool.own(id_, request.scope.get("api_key_name"))
        return describe(job, state)

    def done(self, request: Request, id_: str) -> tuple[Path, JobDescription]:
        """The folder of a job that is done.

        Raises:
            JobNotFoundError: The client has no such job.
            JobNotDoneError: It is not done.
        """
        folder, job, state = self.spool.own(id_, request.scope.get("api_key_name"))
        if state.state != "done":
            reason = f" {state.error.detail}" if state.error else ""
            hint = "Send the recording again." if state.error else "Wait until its state is done."
            raise JobNotDoneError(f"The job is {state.state}.{reason}", hint=hint)
        return folder, describe(job, state)

    def remove(self, request: Request, id_: str) -> None:
        """Stop and remove a job.

        Raises:
            JobNotFoundError: The client has no such job.
        """
        _, _, state = self.spool.own(id_, request.scope.get("api_key_name"))
        self.spool.remove(id_)
        if state.ended is None:
            self.metrics.count_end("removed")
        self.runner.wake()

    def _allowed(self, source: str) -> str:
        places = (self.settings.job_sources or "").split(",")
        allowed = any(place and source.startswith(f"{place.rstrip('/')}/") for place in places)
        # S3 takes a key as it is, but a proxy before a store of the same protocol may not.
        if not allowed or not {".", ".."}.isdisjoint(source.split("/")):
            raise RequestError(
                "The service does not read recordings from this address.",
                hint="Send the recording itself, or an address under --job-sources.",
            )
        return source


async def _source(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_SOURCE:
            break
    try:
        return JobSource.model_validate_json(bytes(body)).source
    except ValidationError as error:
        raise RequestError(
            "The JSON is not an address of a recording.",
            hint='Send {"source": "s3://bucket/key"}, or the recording itself.',
        ) from error


def describe(job: Job, state: JobState) -> JobDescription:
    """A job as its client sees it."""
    progress = eta = None
    if state.state == "done":
        progress = 1.0
    elif state.total_s:
        progress = min(1.0, state.done_s / state.total_s)
        took = time.time() - (state.started or time.time())
        new = state.done_s - (state.begun_s or 0.0)
        if state.state == "running" and new > 0:
            eta = max(0.0, took * (state.total_s - state.done_s) / new)
    return JobDescription(
        id=job.id,
        name=job.name,
        state=state.state,
        progress=progress,
        done_s=state.done_s,
        total_s=state.total_s,
        eta_s=eta,
        segments=state.segments,
        formats=state.formats,
        error=state.error,
    )
