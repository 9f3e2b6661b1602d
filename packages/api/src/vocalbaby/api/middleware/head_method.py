"""HEAD for every path that has GET."""

from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["HeadMiddleware"]


class HeadMiddleware:
    """Asks the application by GET; the server, which knows of HEAD, leaves the body out.

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
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            if "route" in asked:  # for the metrics and the log
                scope["route"] = asked["route"]
