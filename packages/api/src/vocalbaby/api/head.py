"""HEAD for every path that has GET: the same answer without its body."""

from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HeadMiddleware"]


class HeadMiddleware:
    """Asks the application by GET, and leaves the body out.

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

        async def leave_out(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, leave_out)
        finally:
            if "route" in asked:  # for the metrics and the log
                scope["route"] = asked["route"]
