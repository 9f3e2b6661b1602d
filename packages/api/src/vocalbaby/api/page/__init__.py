"""The web page at ``/``: files of this folder, served with a strict content security policy."""

from functools import cache
from html import escape
from importlib import resources
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from vocalbaby.api.http.files import StaticFile, make_file, send_file
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.settings import Settings
from vocalbaby.exception import RouteNotFoundError

__all__ = ["HEADERS", "job_time", "retention_notice", "router"]

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

#: Sent with every file. The page runs only its own scripts, and sends requests only to its server.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@cache
def _files() -> dict[str, StaticFile]:
    """Return every file of the page by its name; no other file is served."""
    found = {}
    for item in resources.files(__name__).iterdir():
        media_type = _TYPES.get(item.name.rpartition(".")[2])
        if media_type and item.is_file():
            found[item.name] = make_file(item.read_bytes(), media_type)
    return found


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """The page itself."""
    state: AppState = request.app.state.vocalbaby
    file = _index(retention_notice(state.settings), job_time(state.settings))
    return send_file(request, file, HEADERS)


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def part(request: Request, name: str) -> Response:
    """A script, the style sheet or the icon of the page."""
    file = _files().get(name)
    if file is None:
        raise RouteNotFoundError(f"The page has no file {name[:200]}.", hint="Reload the page.")
    return send_file(request, file, HEADERS)


def retention_notice(settings: Settings) -> str:
    """Return a sentence on what the service keeps of a recording; empty if it keeps nothing."""
    if settings.prediction_log is None:
        return ""
    days = [settings.prediction_log_retention_days]
    if settings.prediction_log_store is not None:
        days.append(settings.prediction_log_store_retention_days)
    limits = [limit for limit in days if limit is not None]
    period = f"for {max(limits)} days" if len(limits) == len(days) else "without a time limit"
    return (
        "Their acoustic features and the predictions are logged and kept "
        f"{period}; their sound and their names are not."
    )


def job_time(settings: Settings) -> str:
    """Return how long the service keeps a recording that nobody looks at any more."""
    minutes = settings.job_keep_seconds / 60
    return f"{minutes / 60:.3g} hours" if minutes >= 120 else f"{minutes:.3g} minutes"


@cache
def _index(notice: str, time: str) -> StaticFile:
    """Return the page with the notice and the time in their places."""
    plain = _files()["index.html"]
    content = plain.content
    for id_, text in (("retention", notice), ("job-time", time)):
        place = f'<span id="{id_}">'.encode()
        content = content.replace(place, place + escape(text).encode())
    return make_file(content, plain.media_type)
