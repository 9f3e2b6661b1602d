"""An access log of one line per request, without text from clients.

A line has the route's template instead of the path, and no query, file names or headers. The
client is the address from which a trusted proxy, or the service, received the request. The
request id, which a client may choose, consists of letters, digits and ``._:-``.
"""

import ipaddress
import logging
import time
from contextlib import suppress

from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send
from vocalbaby.monitoring.metrics import method_label, route_template

__all__ = ["AccessLogMiddleware"]

_log = logging.getLogger(__name__)


class AccessLogMiddleware:
    """ASGI middleware that logs every HTTP request after it has been answered.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            line = {
                "method": method_label(scope["method"]),
                "route": route_template(scope),
                "status": status,
                "ms": round(1000 * (time.perf_counter() - start), 2),
                "client": _address(scope),
                "key": scope.get("api_key_name"),
                "request_id": scope.get("request_id"),
            }
            _log.info(" ".join(f"{name}=%s" for name in line), *line.values(), extra=line)


def _address(scope: Scope) -> str | None:
    """The address of the client, unless a proxy passed on something else."""
    with suppress(TypeError, ValueError):
        return str(ipaddress.ip_address(scope["client"][0]))
    return None
