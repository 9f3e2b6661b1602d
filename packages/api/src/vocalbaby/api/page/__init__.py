"""The page at ``/``: files of this folder, served from memory under a strict policy."""

import hashlib
from functools import cache
from html import escape
from importlib import resources
from typing import Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from vocalbaby.api.inference.state import AppState
from vocalbaby.api.settings import Settings
from vocalbaby.exception import RouteNotFoundError

__all__ = ["HEADERS", "kept", "router"]

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

#: Sent with every file. The page runs its own files, asks its own server and nothing else.
HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


class _File(NamedTuple):
    content: bytes
    media_type: str
    etag: str


@cache
def _files() -> dict[str, _File]:
    """Every file of the page by its name; no other path can be asked for."""
    found = {}
    for item in resources.files(__name__).iterdir():
        media_type = _TYPES.get(item.name.rpartition(".")[2])
        if media_type and item.is_file():
            found[item.name] = _file(item.read_bytes(), media_type)
    return found


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """The page itself."""
    state: AppState = request.app.state.vocalbaby
    return _send(request, _index(kept(state.settings)))


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def part(request: Request, name: str) -> Response:
    """A script, a style sheet or a picture of the page."""
    file = _files().get(name)
    if file is None:
        raise RouteNotFoundError(f"The page has no file {name[:200]}.", hint="Load / again.")
    return _send(request, file)


def kept(settings: Settings) -> str:
    """What the service keeps of a recording once it has answered, in words; perhaps nothing."""
    if settings.prediction_log is None:
        return ""
    days = [settings.prediction_log_retention_days]
    if settings.prediction_log_store is not None:
        days.append(settings.prediction_log_store_retention_days)
    limits = [limit for limit in days if limit is not None]
    end = f"for {max(limits)} days" if len(limits) == len(days) else "without a set end"
    return (
        "What it measured in them, and its answers, are logged and kept "
        f"{end}; their sound and their names are not."
    )


@cache
def _index(words: str) -> _File:
    """The page of a service that keeps this."""
    plain = _files()["index.html"]
    slot = b'<span id="kept">'
    return _file(plain.content.replace(slot, slot + escape(words).encode()), plain.media_type)


def _file(content: bytes, media_type: str) -> _File:
    return _File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:16]}"')


def _send(request: Request, file: _File) -> Response:
    headers = {**HEADERS, "ETag": file.etag}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
