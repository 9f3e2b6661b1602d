"""Every error of the application as a problem document, counted in the metrics."""

import asyncio
import logging
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from vocalbaby.api.http.problems import (
    NoUsableClipError,
    internal_problem,
    problem_of,
    problem_response,
    retry_headers,
)
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.exception import (
    KeyRequiredError,
    MethodNotAllowedError,
    NotReadyError,
    RequestError,
    RouteNotFoundError,
    VocalBabyError,
)
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["ErrorMiddleware", "install", "render"]

_log = logging.getLogger(__name__)


class ErrorMiddleware:
    """ASGI middleware that renders exceptions of the application as problem documents.

    An exception that is not a `VocalBabyError` is a bug: the client gets a 500 without
    details, and the log has the traceback.

    Args:
        app: The application.
        metrics: Metrics in which errors are counted.
    """

    def __init__(self, app: ASGIApp, *, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except VocalBabyError as error:
            if started:
                raise
            await render(Request(scope), error)(scope, receive, send)
        except asyncio.CancelledError:  # the service stops, and waits no longer
            if not started:
                stopped = NotReadyError("The service has stopped.", hint=RETRY_HINT)
                await render(Request(scope), stopped)(scope, receive, send)
        except ClientDisconnect:
            _log.debug("request %s: the client disconnected", scope.get("request_id"))
        except Exception:
            if scope["type"] != "http" or started:
                raise
            _log.exception("request %s failed", scope.get("request_id"))
            problem = internal_problem(scope.get("request_id", ""))
            self._metrics.count_error(problem.code)
            await problem_response(problem)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Render every error of ``app`` as a problem document."""
    app.add_exception_handler(VocalBabyError, _on_known)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Exception, _on_fault)


async def _on_known(request: Request, error: Exception) -> Response:
    return render(request, cast("VocalBabyError", error))


async def _on_http(request: Request, error: Exception) -> Response:
    """Render the framework's errors: no such route, wrong method."""
    error = cast("HTTPException", error)
    path = request.scope["path"]
    see_docs = _see_docs(request)
    if error.status_code == 404:
        return render(
            request,
            RouteNotFoundError(f"There is no path {path[:200]}.", hint=see_docs),
        )
    allowed = (error.headers or {}).get("Allow", "")
    if error.status_code == 405:
        not_allowed = MethodNotAllowedError(
            f"{path} does not allow {request.method[:20]}.", hint=f"Use {allowed or 'another'}."
        )
        return render(request, not_allowed, {"Allow": allowed} if allowed else None)
    return render(request, RequestError(str(error.detail), hint=see_docs))


async def _on_validation(request: Request, error: Exception) -> Response:
    error = cast("RequestValidationError", error)
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
    )
    return render(
        request, RequestError(f"The request is malformed: {faults}.", hint=_see_docs(request))
    )


def _see_docs(request: Request) -> str:
    state: AppState = request.app.state.vocalbaby
    return f"See {state.settings.root_path}/docs for the paths."


async def _on_fault(_: Request, error: Exception) -> Response:
    """Raise it to `ErrorMiddleware`; the framework would respond with plain text."""
    raise error


def render(
    request: Request, error: VocalBabyError, headers: dict[str, str] | None = None
) -> Response:
    """The response to a request that failed with ``error``, which is counted."""
    state: AppState = request.app.state.vocalbaby
    problem = problem_of(error, request.scope.get("request_id", ""))
    if request.scope["path"].startswith("/v2"):
        problem.error = f"{problem.detail} {problem.hint}".strip()
    if not isinstance(error, NoUsableClipError):  # its clips have been counted one by one
        state.metrics.count_error(error.code)
    if retry := retry_headers(error, state.settings.retry_after_seconds):
        headers = retry
    elif isinstance(error, KeyRequiredError):
        headers = {"WWW-Authenticate": 'Bearer realm="vocalbaby"'}
    elif problem.status >= 500:
        _log.error("%s: %s", error.code, error)
    return problem_response(problem, headers)
