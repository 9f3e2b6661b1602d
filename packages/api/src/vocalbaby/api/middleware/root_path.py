"""The path under which a proxy offers the service."""

from starlette.responses import Response

from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["RootPathMiddleware"]


class RootPathMiddleware:
    """Removes the root path from the paths of requests, if the proxy has not removed it.

    The root path itself redirects to the page, whose address ends in a slash. Headers such as
    ``X-Forwarded-Prefix`` are not read, so that no client chooses where links lead.

    Args:
        app: The application.
        root_path: The path, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        app = self._app
        if scope["type"] == "http":
            path, root = scope["path"], self._root_path
            if path == root:
                query = scope["query_string"].decode("latin-1")
                location = f"{root}/?{query}" if query else f"{root}/"
                app = Response(status_code=308, headers={"Location": location})
            elif path.startswith(f"{root}/"):
                scope["path"] = path[len(root) :]
        await app(scope, receive, send)
