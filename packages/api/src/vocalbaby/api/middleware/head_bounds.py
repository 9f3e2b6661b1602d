"""Bounds on the number of headers and of fields in a query.

Each of them becomes objects in several layers, and the bytes of a head would allow thousands.
"""

from typing import Final

from vocalbaby.exception import HeadTooLargeError
from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["HeadBoundsMiddleware"]

#: As Apache and Tomcat; browsers behind several proxies send 40.
_MOST_HEADERS: Final = 100
#: No path has more than four.
_MOST_FIELDS: Final = 32
_LONGEST_PATH: Final = 4096


class HeadBoundsMiddleware:
    """Refuses requests whose heads are expensive to read.

    Args:
        app: The application.

    Raises:
        HeadTooLargeError: There are too many headers or fields, or the path is too long.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            if len(scope["headers"]) > _MOST_HEADERS:
                raise HeadTooLargeError(
                    f"The request has more than {_MOST_HEADERS} headers.", hint="Send fewer."
                )
            if scope["query_string"].count(b"&") >= _MOST_FIELDS:
                raise HeadTooLargeError(
                    f"The query has more than {_MOST_FIELDS} fields.", hint="Send fewer."
                )
            if len(scope["path"]) > _LONGEST_PATH:
                raise HeadTooLargeError(
                    f"The path has more than {_LONGEST_PATH} characters.", hint="See /docs."
                )
        await self._app(scope, receive, send)
