"""A fast path around the framework, for the path that gets the most requests.

FastAPI's own middleware, route matching, dependencies, exit stacks and exception handlers
add more than a quarter to the cost of handling HTTP. A handler that takes the request and
returns a response needs none of them.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import cast

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["FastPathMiddleware"]


class FastPathMiddleware:
    """Innermost ASGI middleware that calls the handlers of some routes itself.

    Every other request, including one with another method or spelling of the same path,
    goes through the framework. Exceptions of a handler reach the outer middleware.

    Args:
        app: The application.
        routes: The routes of the application.
        paths: The paths to call directly; each handler takes a request and returns a response.
    """

    def __init__(self, app: ASGIApp, *, routes: Iterable[BaseRoute], paths: Iterable[str]) -> None:
        wanted = frozenset(paths)
        self._app = app
        self._routes = {
            (method, route.path): route
            for route in routes
            if isinstance(route, APIRoute) and route.path in wanted
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        route = self._routes.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        handler = cast("Callable[[Request], Awaitable[Response]]", route.endpoint)
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)
