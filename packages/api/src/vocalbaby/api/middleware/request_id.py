"""The outermost layer: the request id, and headers that protect browsers."""

import os
import random
import re
from typing import Final

from vocalbaby.api.http.headers import add_security_headers
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

__all__ = ["RequestIdMiddleware"]

_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

#: Ids must be unique, not secret; the system's generator would release the interpreter lock.
_ids: Final = random.Random()  # noqa: S311 - not a secret

# Workers are forked from one process and must not create the same ids.
os.register_at_fork(after_in_child=_ids.seed)


class RequestIdMiddleware:
    """Takes the request id from ``X-Request-ID``, or creates one, and returns it in the response.

    The id is in ``scope["request_id"]``. An id with characters other than letters, digits and
    ``._:-``, or of more than 128 characters, is replaced. Every response also gets the headers
    of `vocalbaby.api.http.headers`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if _ID.fullmatch(given) else b"%032x" % _ids.getrandbits(128)
        scope["request_id"] = request_id.decode("ascii")

        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
                add_security_headers(message)
            await send(message)

        await self._app(scope, receive, stamp)
