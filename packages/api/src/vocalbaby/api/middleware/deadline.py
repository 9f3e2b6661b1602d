"""A deadline for the answer to each request."""

import asyncio
from collections.abc import Mapping

from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.exception import DeadlineError
from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["DeadlineMiddleware"]


class DeadlineMiddleware:
    """ASGI middleware that cancels a request that takes too long.

    Args:
        app: The application.
        seconds: Time from the request's head to the end of its answer.
        others: The same for other requests, by their methods and paths.

    Raises:
        DeadlineError: The time is over; the application has been cancelled.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        seconds: float,
        others: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._others = others or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seconds = self._others.get((scope.get("method", ""), scope.get("path", "")), self._seconds)
        clock = asyncio.timeout(seconds)
        try:
            async with clock:
                await self._app(scope, receive, send)
        except TimeoutError as error:
            if not clock.expired():
                raise
            message = f"The answer took longer than {seconds:g} s."
            raise DeadlineError(message, hint=RETRY_HINT) from error
