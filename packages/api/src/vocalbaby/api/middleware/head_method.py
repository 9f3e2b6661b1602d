"""HEAD for every path that supports GET."""

from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["HeadMiddleware"]


class HeadMiddleware:
    """Passes HEAD to the application as GET; the server omits the body of the response.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return
        get = {**scope, "method": "GET"}
        try:
            await self._app(get, receive, send)
        finally:
            if "route" in get:  # for the metrics and the log
                scope["route"] = get["route"]
