"""Bounds on what the service takes in, enforced while it is read."""

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Final

from vocalbaby.api.limits.shared import Tally
from vocalbaby.exception import (
    DeadlineError,
    OverloadedError,
    RequestTimeoutError,
    RequestTooLargeError,
)
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BODY_IS_HERE", "BodyLimitMiddleware", "DeadlineMiddleware", "Gate", "HeldBytes"]

#: Key of a scope, true when the server holds the whole body already.
BODY_IS_HERE: Final = "vocalbaby.body_is_here"

#: How long a refused body is read and thrown away, so that the client sees the answer
#: instead of a reset connection.
_LINGER_S: Final = 2.0

_LATER: Final = "Wait for the seconds in Retry-After, then send it again."


class Gate:
    """Bounds how many requests are worked on at once.

    Args:
        limit: Most requests inside.
        inside: Counts them, with those of other processes if there are any.
    """

    def __init__(self, limit: int, inside: Tally | None = None) -> None:
        self._limit = limit
        self._inside = inside or Tally()

    def check(self) -> None:
        """Refuse before a body is read; a body on its way holds no place.

        Raises:
            OverloadedError: There is no place; nothing waits.
        """
        if self._inside.total() >= self._limit:
            raise OverloadedError(
                f"{self._limit} requests are already being answered.", hint=_LATER
            )

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            OverloadedError: There is none; nothing waits.
        """
        self.check()
        self._inside.add(1)
        try:
            yield
        finally:
            self._inside.add(-1)


class HeldBytes:
    """Bounds how many bytes from clients are in memory at once.

    Args:
        limit: Most bytes.
        held: Counts them, with those of other processes if there are any.
    """

    def __init__(self, limit: int, held: Tally | None = None) -> None:
        self._limit = limit
        self._held = held or Tally()

    def take(self, size: int) -> None:
        """Account for ``size`` more bytes.

        Raises:
            OverloadedError: They are too many.
        """
        if self._held.total() + size > self._limit:
            raise OverloadedError("The service holds as many bytes as it may.", hint=_LATER)
        self._held.add(size)

    def give_back(self, size: int) -> None:
        """Account for bytes that are gone."""
        self._held.add(-size)

    @contextlib.contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Account for bytes for a while; raises as :meth:`take`."""
        self.take(size)
        try:
            yield
        finally:
            self.give_back(size)


class DeadlineMiddleware:
    """ASGI middleware that gives up a request that takes too long.

    Args:
        app: The application.
        seconds: From the request's head to the end of its answer.

    Raises:
        DeadlineError: To whoever is outside; the application has been cancelled.
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
            raise DeadlineError(
                f"The answer took longer than {self._seconds:g} s.", hint=_LATER
            ) from error


class BodyLimitMiddleware:
    """ASGI middleware that stops reading a body at the limits.

    The error is raised where the application reads, so that it is rendered like any
    other. An answer that is given before the body was read is followed by a short
    reading of the rest into nothing; a connection with too much left is closed.

    Args:
        app: The application.
        max_bytes: Most bytes of one body.
        seconds: Longest time for a body to arrive.
        held: Counts all bodies being read or worked on.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, seconds: float, held: HeldBytes) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self._max_bytes, self._seconds, self._held, scope)
        try:
            await self._app(
                scope, partial(body.receive, receive), partial(body.send, receive, send)
            )
        finally:
            self._held.give_back(body.size)


class _Body:
    """One request's body on its way in."""

    def __init__(
        self,
        max_bytes: int,
        seconds: float,
        held: HeldBytes,
        scope: Scope,
    ) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._held = held
        self._scope = scope
        named = dict(scope["headers"])
        declared = named.get(b"content-length", b"")
        self._declared = int(declared) if declared.isdigit() else None
        self._until = asyncio.get_running_loop().time() + seconds
        self._late = False
        self._read = False
        # By its head; a body that comes all the same is counted all the same.
        self.ended = b"transfer-encoding" not in named and not self._declared
        self.size = 0

    async def receive(self, receive: Receive) -> Message:
        if self._read:
            return await receive()  # waits for the client to go away
        if self._declared and self._declared > self._max_bytes:
            raise self._too_large()
        if self._scope.get(BODY_IS_HERE):  # nothing to wait for, and a timer has its price
            message = await receive()
        else:
            message = await self._in_time(receive)
        self._note(message)
        size = len(message.get("body", b""))
        if self.size + size > self._max_bytes:
            raise self._too_large()
        self._held.take(size)
        self.size += size
        return message

    async def _in_time(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout_at(self._until):
                return await receive()
        except TimeoutError as error:
            self._late = True
            raise RequestTimeoutError(
                f"The request body did not arrive within {self._seconds:g} s.",
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
        """Whether more is left to come than the limits allow."""
        if self.ended:
            return False
        return self._late or self._declared is None or self._declared > self._max_bytes

    def _note(self, message: Message) -> None:
        self._read = not message.get("more_body", False)
        self.ended = self.ended or self._read
