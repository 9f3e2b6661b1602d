"""Limits on the size of a request body and on the time in which it arrives."""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from vocalbaby.api.http.headers import declared_length
from vocalbaby.api.limits.limiters import MemoryBudget
from vocalbaby.exception import RequestTimeoutError, RequestTooLargeError
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BODY_RECEIVED", "BodyLimitMiddleware", "StreamLimits"]

#: Key of an ASGI scope; true when the server has already received the whole body.
BODY_RECEIVED: Final = "vocalbaby.body_received"

#: How long the rest of a refused body is read and discarded, so that the client receives the
#: answer instead of a reset connection.
_LINGER_S: Final = 2.0


class StreamLimits(NamedTuple):
    """Limits of a body that is written to disk while it arrives, and is not held in memory.

    Attributes:
        max_bytes: Maximum size.
        seconds: Maximum time for it to arrive.
        pause_s: Maximum time for a piece of it to arrive.
    """

    max_bytes: int
    seconds: float
    pause_s: float


class BodyLimitMiddleware:
    """ASGI middleware that stops reading a body at the limits.

    The error is raised where the application reads the body, so it is rendered like any
    other. If the application answers before it has read the body, the rest is read and
    discarded for a short time; a connection with too much left to read is closed.

    Args:
        app: The application.
        max_bytes: Maximum size of one body.
        seconds: Maximum time for a body to arrive.
        memory: Budget for all bodies that are being read or processed.
        streamed: Limits of the bodies of other requests, by their methods and paths.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        seconds: float,
        memory: MemoryBudget,
        streamed: Mapping[tuple[str, str], StreamLimits] | None = None,
    ) -> None:
        self._app = app
        self._usual = StreamLimits(max_bytes, seconds, seconds)
        self._memory = memory
        self._streamed = streamed or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limits = self._streamed.get((scope.get("method", ""), scope.get("path", "")))
        body = _Body(limits or self._usual, None if limits else self._memory, scope)
        try:
            await self._app(
                scope, partial(body.receive, receive), partial(body.send, receive, send)
            )
        finally:
            body.close()


class _Body:
    """One request's body while it is being received."""

    def __init__(self, limits: StreamLimits, memory: MemoryBudget | None, scope: Scope) -> None:
        self._max_bytes, self._seconds, self._pause_s = limits
        self._memory = memory
        self._scope = scope
        named = dict(scope["headers"])
        self._declared = declared_length(named.get(b"content-length", b""))
        self._until = asyncio.get_running_loop().time() + self._seconds
        self._late = False
        self._read = False
        # According to the head. A body that arrives despite its head is counted.
        self.ended = b"transfer-encoding" not in named and not self._declared
        self.size = 0

    async def receive(self, receive: Receive) -> Message:
        if self._read:
            return await receive()  # waits for the client to disconnect
        if self._declared and self._declared > self._max_bytes:
            raise self._too_large()
        if self._scope.get(BODY_RECEIVED):  # nothing to wait for, so save the timer
            message = await receive()
        else:
            message = await self._in_time(receive)
        self._note(message)
        size = len(message.get("body", b""))
        if self.size + size > self._max_bytes:
            raise self._too_large()
        if self._memory is not None:
            self._memory.take(size)
        self.size += size
        return message

    def close(self) -> None:
        """Release the memory of the body."""
        if self._memory is not None:
            self._memory.give_back(self.size)

    async def _in_time(self, receive: Receive) -> Message:
        pause = asyncio.get_running_loop().time() + self._pause_s
        try:
            async with asyncio.timeout_at(min(self._until, pause)):
                return await receive()
        except asyncio.CancelledError:  # after a deadline, or when the service stops
            self._late = True
            raise
        except TimeoutError as error:
            self._late = True
            seconds = self._pause_s if pause < self._until else self._seconds
            what = "request body" if seconds == self._seconds else "next part of the request body"
            raise RequestTimeoutError(
                f"The {what} did not arrive within {seconds:g} s.",
                hint="Send fewer or shorter clips in one request.",
            ) from error

    async def send(self, receive: Receive, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start" and self._must_close():
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last or self.ended or self._late:
            await send(message)
            return
        await send({**message, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self.ended:
                    self._note(await receive())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _too_large(self) -> RequestTooLargeError:
        return RequestTooLargeError(
            f"The request body is over the limit of {self._max_bytes / 2**20:g} MiB.",
            hint="Send fewer or shorter clips in one request.",
        )

    def _must_close(self) -> bool:
        """Whether more of the body is still to arrive than the limits allow."""
        if self.ended:
            return False
        return self._late or self._declared is None or self._declared > self._max_bytes

    def _note(self, message: Message) -> None:
        self._read = not message.get("more_body", False)
        self.ended = self.ended or self._read
