"""The way around the framework, for the path that is asked most.

Its own layers, matching, dependencies, exit stacks and exception handlers cost a request
more than a quarter of what the rest of HTTP does; a handler that takes the request and
returns a response needs none of them.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import cast

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["DirectAPI", "DirectMiddleware"]


class DirectAPI(FastAPI):
    """FastAPI with every middleware that is added outside of the framework's own layers."""

    _outermost: ASGIApp | None = None

    def add_middleware(
        self, middleware_class: Callable[..., ASGIApp], *args: object, **kwargs: object
    ) -> None:
        """Put one around all that were added before."""
        inner = self._outermost or super().__call__
        self._outermost = middleware_class(inner, *args, **kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        scope["app"] = self
        await (self._outermost or super().__call__)(scope, receive, send)


class DirectMiddleware:
    """Innermost ASGI middleware that calls the handlers of some routes itself.

    Every other request, also another method or spelling of the same path, goes the usual
    way. What a handler raises is left to the middleware outside.

    Args:
        app: The application.
        routes: The routes of the application.
        paths: Which of them; each handler takes a request and returns a response.
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
