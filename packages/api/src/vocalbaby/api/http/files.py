"""Files that are the same for every client, made once and sent with an entity tag."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Document", "StaticFile", "make_file", "send_file"]

#: Clients may keep a file, but ask each time whether it is still the same.
_CACHE: Final = {"Cache-Control": "no-cache"}


class StaticFile(NamedTuple):
    """A file in memory.

    Attributes:
        content: Its bytes.
        media_type: Its media type.
        etag: Changes with the content.
    """

    content: bytes
    media_type: str
    etag: str


def make_file(content: bytes, media_type: str) -> StaticFile:
    """Return a file with its entity tag."""
    return StaticFile(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:16]}"')


def send_file(request: Request, file: StaticFile, headers: Mapping[str, str]) -> Response:
    """Return the response with a file, or 304 if the client has it."""
    sent = {**_CACHE, **headers, "ETag": file.etag}
    given = request.headers.get("if-none-match", "")
    # RFC 9110, section 13.1.2; a weak tag is as good.
    if given == "*" or file.etag in given.replace("W/", "").replace(" ", "").split(","):
        return Response(status_code=304, headers=sent)
    return Response(file.content, headers=sent, media_type=file.media_type)


class Document:
    """A file that is made at the first request, outside of the event loop.

    Args:
        make: Returns the content.
        media_type: Its media type.
    """

    def __init__(self, make: Callable[[], bytes], media_type: str) -> None:
        self._make = make
        self._media_type = media_type
        self._file: StaticFile | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> StaticFile:
        """Return the file; requests that come while it is made wait for it."""
        if self._file is None:
            async with self._lock:
                if self._file is None:
                    content = await asyncio.to_thread(self._make)
                    self._file = make_file(content, self._media_type)
        return self._file
