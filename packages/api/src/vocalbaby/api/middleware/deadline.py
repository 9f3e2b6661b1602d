"""A deadline for the answer to each request."""

import asyncio

from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.exception import DeadlineError
from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["DeadlineMiddleware"]


class DeadlineMiddleware:
    """ASGI middleware that cancels a request that takes too long.

    Args:
        app: The application.
        seconds: Time from the request's head to the end of its answer.

    Raises:
        DeadlineError: The time is over; the application has been cancelled.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        clock = asyncio.timeout(self._seconds)
        try:
            async with clock:
                await self._app(scope, receive, send)
        except TimeoutError as error:
            if not clock.expired():
                raise
            message = f"The answer took longer than {self._seconds:g} s."
            raise DeadlineError(message, hint=RETRY_HINT) from error
