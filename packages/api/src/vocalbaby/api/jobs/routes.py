"""The paths under ``/segment``."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from vocalbaby.api.http.schemas import JobDescription
from vocalbaby.api.jobs import sound
from vocalbaby.api.jobs.results import MEDIA_TYPES, file_name
from vocalbaby.api.jobs.service import JobService
from vocalbaby.api.openapi import job_operations
from vocalbaby.exception import JobNotFoundError, RequestError, UnreadableAudioError

__all__ = ["UPLOAD", "router"]

#: The request whose body may be large, since it is written to disk.
UPLOAD: Final = ("POST", "/segment")

_MAX_PIECE_S: Final = 30.0
_MAX_POINTS: Final = 16_384

router = APIRouter(tags=["segmentation"])

_From = Annotated[float, Query(alias="from", ge=0, le=1e7, description="Begin in seconds.")]


def _jobs(request: Request) -> JobService:
    jobs: JobService = request.app.state.jobs
    return jobs


@router.post("/segment", status_code=202, **job_operations.SUBMIT)
async def submit(request: Request) -> Response:
    """Segment a recording of any length: make a job of it.

    The recording is the body, or the file of a form; `name` is its name if the body has none. The
    response comes when the recording has arrived; the job then waits, runs and is done.
    """
    job = await _jobs(request).submit(request)
    root_path = request.app.state.vocalbaby.settings.root_path
    headers = {"Location": f"{root_path}/segment/{job.id}"}
    return JSONResponse(job.model_dump(), status_code=202, headers=headers)


@router.get("/segment/{job_id}", **job_operations.SHOW)
async def show(request: Request, job_id: str) -> JobDescription:
    """State and progress of a job."""
    return await run_in_threadpool(_jobs(request).find, request, job_id)


@router.delete("/segment/{job_id}", status_code=204, **job_operations.REMOVE)
async def remove(request: Request, job_id: str) -> Response:
    """Stop a job, and remove its recording and its result."""
    await run_in_threadpool(_jobs(request).remove, request, job_id)
    return Response(status_code=204)


@router.get("/segment/{job_id}/result", **job_operations.RESULT)
async def result(
    request: Request,
    job_id: str,
    format: Annotated[str, Query(description="Format of the segments.")] = "json",  # noqa: A002 - name of the parameter
) -> Response:
    """The segments, as a file of one of the formats of the field."""
    folder, job = await run_in_threadpool(_jobs(request).done, request, job_id)
    if format not in job.formats:
        raise RequestError(
            f"There is no result in the format {format[:40]!r}.",
            hint=f"Use one of {', '.join(sorted(job.formats))}.",
        )
    path = folder / f"result.{format}"
    if not path.exists():
        raise _gone()
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[format],
        filename=file_name(job.name, format),
    )


@router.get("/segment/{job_id}/overview", **job_operations.OVERVIEW)
async def overview(
    request: Request,
    job_id: str,
    from_: _From = 0.0,
    to: Annotated[float | None, Query(le=1e7, description="End in seconds.")] = None,
    points: Annotated[
        int, Query(ge=1, le=_MAX_POINTS, description="Number of levels, evenly spaced.")
    ] = 2048,
) -> Response:
    """Levels of the sound between two times, one byte each.

    A byte is the highest level of its time, 2 * (dB full scale + 127.5), so that 255 is full scale.
    Levels are those of slots of 10 ms in the band of speech, by which segments are found.
    """
    folder, job = await run_in_threadpool(_jobs(request).done, request, job_id)
    end = min(to if to is not None else job.total_s or 0.0, job.total_s or 0.0)
    _check(from_, end)
    data = await run_in_threadpool(_read, sound.levels, folder, from_, end, points)
    return Response(data, media_type="application/octet-stream")


@router.get("/segment/{job_id}/audio", **job_operations.AUDIO)
async def audio(
    request: Request,
    job_id: str,
    to: Annotated[float, Query(le=1e7, description="End in seconds.")],
    from_: _From = 0.0,
) -> Response:
    """At most 30 s of the sound, as a WAV file of 16 bits and one channel at 16 kHz."""
    folder, job = await run_in_threadpool(_jobs(request).done, request, job_id)
    end = min(to, job.total_s or 0.0)
    _check(from_, end)
    if end - from_ > _MAX_PIECE_S + 1e-6:  # of times that were rounded to binary fractions
        raise RequestError(
            f"The piece is longer than {_MAX_PIECE_S:g} s.", hint="Request it in parts."
        )
    data = await run_in_threadpool(_read, sound.piece, folder, from_, end)
    return Response(data, media_type="audio/wav")


def _read(read: Callable[..., bytes], *arguments: object) -> bytes:
    """Read a file of a job, which may be removed at any time."""
    try:
        return read(*arguments)
    except (FileNotFoundError, UnreadableAudioError) as error:
        raise _gone() from error


def _gone() -> JobNotFoundError:
    return JobNotFoundError("There is no such job any more.", hint="It was removed.")


def _check(start: float, end: float) -> None:
    if not start < end:
        raise RequestError(
            "The piece ends before it begins, or begins after the end of the recording.",
            hint="Use times in seconds, within total_s.",
        )
