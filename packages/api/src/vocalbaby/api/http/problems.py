"""Every error as a problem document (RFC 9457), by the one table of statuses."""

import logging
from typing import Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from vocalbaby.api.http.schemas import ClipProblem, ClipResult, Problem
from vocalbaby.api.state import AppState
from vocalbaby.exception import (
    KeyRequiredError,
    MethodNotAllowedError,
    NotReadyError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    RouteNotFoundError,
    VocalBabyError,
)
from vocalbaby.exception.table import outcome

__all__ = [
    "MEDIA_TYPE",
    "NoUsableClipError",
    "clip_problem",
    "install",
    "internal_problem",
    "problem_of",
    "problem_response",
    "render",
]

MEDIA_TYPE: Final = "application/problem+json"
_SEE_DOCS: Final = "See /docs for the paths."

_log = logging.getLogger(__name__)


class InternalError(VocalBabyError):
    """A fault of the service itself; its cause is in the log, not in the answer."""


class NoUsableClipError(VocalBabyError):
    """Every clip of the request failed; shown with the first clip's code and status.

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
        problem.detail = f"None of the {count} clips can be used. The first: {problem.detail}"
    return problem


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A response that carries ``problem``."""
    return Response(
        problem.model_dump_json(
            exclude={name for name in ("results", "error") if getattr(problem, name) is None}
        ),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def internal_problem(request_id: str) -> Problem:
    """What a client is told about a fault of the service: nothing but where to ask."""
    return problem_of(
        InternalError(
            "The service failed on this request.",
            hint="Report the request id; the service's log says more.",
        ),
        request_id,
    )


def install(app: FastAPI) -> None:
    """Render every error of ``app`` as a problem document."""
    app.add_exception_handler(VocalBabyError, _on_known)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Exception, _on_fault)


async def _on_known(request: Request, error: Exception) -> Response:
    return render(request, cast("VocalBabyError", error))


async def _on_http(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no such route, wrong method."""
    error = cast("HTTPException", error)
    path = request.url.path
    if error.status_code == 404:
        return render(
            request,
            RouteNotFoundError(f"There is no {path[:200]} here.", hint=_SEE_DOCS),
        )
    allowed = (error.headers or {}).get("Allow", "")
    if error.status_code == 405:
        refusal = MethodNotAllowedError(
            f"{path} does not take {request.method[:20]}.", hint=f"Use {allowed or 'another'}."
        )
        return render(request, refusal, {"Allow": allowed} if allowed else None)
    return render(request, RequestError(str(error.detail), hint=_SEE_DOCS))


async def _on_validation(request: Request, error: Exception) -> Response:
    error = cast("RequestValidationError", error)
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
    )
    return render(request, RequestError(f"The request is malformed: {faults}.", hint=_SEE_DOCS))


async def _on_fault(_: Request, error: Exception) -> Response:
    """Leave it to :class:`FaultMiddleware`; the framework would answer with a text."""
    raise error


def render(
    request: Request, error: VocalBabyError, headers: dict[str, str] | None = None
) -> Response:
    """The answer to a request that failed with ``error``; counts it."""
    state: AppState = request.app.state.vocalbaby
    problem = problem_of(error, request.scope.get("request_id", ""))
    if request.scope["path"].startswith("/v2"):
        problem.error = f"{problem.detail} {problem.hint}".strip()
    if not isinstance(error, NoUsableClipError):  # its clips were counted one by one
        state.metrics.count_error(error.code)
    if isinstance(error, RateLimitedError):
        headers = {"Retry-After": str(error.retry_after_s)}
    elif isinstance(error, KeyRequiredError):
        headers = {"WWW-Authenticate": 'Bearer realm="vocalbaby"'}
    elif isinstance(error, OverloadedError | NotReadyError):
        headers = {"Retry-After": str(state.settings.retry_after_seconds)}
    elif problem.status >= 500:
        _log.error("%s: %s", error.code, error)
    return problem_response(problem, headers)
