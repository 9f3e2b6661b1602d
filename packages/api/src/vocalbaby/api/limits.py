"""Bounds on what the service takes in, enforced while it is read."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from vocalbaby.exception import OverloadedError, RequestTimeoutError, RequestTooLargeError
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimitMiddleware", "Gate"]

#: How long a refused body is read and thrown away, so that the client sees the answer
#: instead of a reset connection.
_LINGER_S: Final = 2.0


class Gate:
    """Bounds how many requests are worked on at once.

    Args:
        limit: Most requests inside.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            OverloadedError: There is none; nothing waits.
        """
        if self._inside >= self._limit:
            raise OverloadedError(
                f"{self._limit} requests are already being answered.",
                hint="Wait for the seconds in Retry-After, then send it again.",
            )
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


class BodyLimitMiddleware:
    """ASGI middleware that stops reading a body at the limit.

    The error is raised where the application reads, so that it is rendered like any
    other. An answer that is given before the body was read is followed by a short
    reading of the rest into nothing; a connection with too much left is closed.

    Args:
        app: The application.
        max_body_bytes: Most bytes of one body.
        max_held_bytes: Most bytes of all bodies being read or worked on.
        body_seconds: How long a body may take to arrive, from where it is first read.
    """

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, max_held_bytes: int, body_seconds: float
    ) -> None:
        self._app = app
        self.body_seconds = body_seconds
        self._max_body = max_body_bytes
        self._max_held = max_held_bytes
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self, scope, receive, send)
        try:
            await self._app(scope, body.receive, body.send)
        finally:
            self._held -= body.held

    def take(self, size: int, so_far: int) -> None:
        """Account for ``size`` more bytes of a body that had ``so_far``."""
        if so_far + size > self._max_body:
            raise self.too_large()
        if self._held + size > self._max_held:
            raise OverloadedError(
                "The service holds as many request bytes as it may.",
                hint="Wait for the seconds in Retry-After, then send it again.",
            )
        self._held += size

    def too_large(self) -> RequestTooLargeError:
        """The refusal of a body over the limit."""
        return RequestTooLargeError(
            f"The request body is over the limit of {self._max_body / 2**20:g} MiB.",
            hint="Send fewer or shorter clips in one request.",
        )

    def is_over(self, size: int) -> bool:
        """Whether a body of ``size`` bytes is over the limit."""
        return size > self._max_body


class _Body:
    """One request's body on its way in."""

    def __init__(
        self, limit: BodyLimitMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._limit = limit
        self._receive = receive
        self._send = send
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"")
        self._declared = int(declared) if declared.isdigit() else None
        self._ended = b"transfer-encoding" not in headers and not self._declared
        self._deadline: float | None = None
        self._late = False
        self.held = 0

    async def receive(self) -> Message:
        if not self._ended and self._declared and self._limit.is_over(self._declared):
            raise self._limit.too_large()
        message = await (self._receive() if self._ended else self._receive_in_time())
        self._note(message)
        size = len(message.get("body", b""))
        self._limit.take(size, self.held)
        self.held += size
        return message

    async def _receive_in_time(self) -> Message:
        seconds = self._limit.body_seconds
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            self._late = True
            raise RequestTimeoutError(
                f"The request body did not arrive within {seconds:g} s.",
                hint="Send fewer or shorter clips in one request, or use a faster connection.",
            ) from None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._must_close():
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last or self._ended:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self._ended:
                    self._note(await self._receive())
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _must_close(self) -> bool:
        """Whether more is left to come than the limits allow."""
        return not self._ended and (
            self._late or self._declared is None or self._limit.is_over(self._declared)
        )

    def _note(self, message: Message) -> None:
        gone = message["type"] == "http.disconnect"
        self._ended = self._ended or gone or not message.get("more_body", False)
