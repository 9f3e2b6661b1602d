"""Errors as problem documents (RFC 9457), with the status of the table of errors."""

from typing import Final

from starlette.responses import Response

from vocalbaby.api.http.schemas import ClipProblem, ClipResult, Problem
from vocalbaby.exception import (
    NotReadyError,
    OverloadedError,
    RateLimitedError,
    VocalBabyError,
)
from vocalbaby.exception.table import outcome
from vocalbaby.utils.wording import none_of

__all__ = [
    "MEDIA_TYPE",
    "NoUsableClipError",
    "clip_problem",
    "internal_error",
    "internal_problem",
    "problem_of",
    "problem_response",
    "retry_headers",
]

MEDIA_TYPE: Final = "application/problem+json"


class InternalError(VocalBabyError):
    """A bug of the service; its cause is in the log and not in the response."""


class NoUsableClipError(VocalBabyError):
    """No clip of the request can be used; has the first clip's code and status.

    Args:
        cause: The first clip's error.
        results: Every clip's result.
    """

    def __init__(self, cause: VocalBabyError, results: list[ClipResult]) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.cause = cause
        self.results = results


def clip_problem(error: VocalBabyError) -> ClipProblem:
    """The problem of one clip."""
    row = outcome(error)
    return ClipProblem(
        type=f"urn:vocalbaby:problem:{error.code}",
        title=row.title,
        status=row.http_status,
        detail=error.message,
        code=error.code,
        hint=error.hint,
    )


def problem_of(error: VocalBabyError, request_id: str) -> Problem:
    """The problem document of a request."""
    if not isinstance(error, NoUsableClipError):
        return Problem(**clip_problem(error).model_dump(), request_id=request_id)
    problem = Problem(
        **clip_problem(error.cause).model_dump(), request_id=request_id, results=error.results
    )
    count = len(error.results)
    if count > 1:
        problem.detail = f"{none_of(count, 'clip')} be used. The first: {problem.detail}"
    return problem


def retry_headers(error: VocalBabyError, busy_s: int) -> dict[str, str]:
    """The header ``Retry-After`` of an error that passes, by default after ``busy_s``."""
    if isinstance(error, RateLimitedError):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, OverloadedError | NotReadyError):
        return {"Retry-After": str(busy_s)}
    return {}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The response with the document ``problem``."""
    return Response(
        problem.model_dump_json(
            exclude={name for name in ("results", "error") if getattr(problem, name) is None}
        ),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def internal_error() -> VocalBabyError:
    """The error that stands for a bug of the service, which reveals no details."""
    return InternalError(
        "The service failed on this request.",
        hint="Report the request id; the service's log has the details.",
    )


def internal_problem(request_id: str) -> Problem:
    """The problem document for a bug of the service."""
    return problem_of(internal_error(), request_id)
