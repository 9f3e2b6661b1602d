"""uvicorn's HTTP protocol, with bounds on a request's head, which it leaves open."""

import asyncio
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vocalbaby.api.limits import BODY_IS_HERE
from vocalbaby.monitoring.asgi import Scope

__all__ = ["BoundedProtocol", "bounded_protocol"]


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose client may not be slow or endless before the application reads.

    Attributes:
        head_seconds: Longest time for a head to arrive, from the start of the connection
            or its own first byte; then the answer is 408.
        max_head_bytes: A longer head, or more around a body than this and its own length
            (sizes of tiny chunks, a trailer), gets 431.
    """

    head_seconds: ClassVar[float] = 10.0
    max_head_bytes: ClassVar[int] = 32 * 2**10

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """A client has come."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It sends."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._timer is None and self._is_idle():
            self._await_head()  # line ends between requests begin nothing, and end no waiting
        if self._head_bytes - self._body_bytes > self.max_head_bytes + self._body_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """The first byte of a head, on a connection that may be an old one."""
        super().on_message_begin()
        if self._timer is None:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer is forgotten."""
        if self._timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._stop()
        self._head_bytes = self._body_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a body."""
        cast("Scope", self.scope)[BODY_IS_HERE] = True
        super().on_message_complete()

    def _is_idle(self) -> bool:
        cycle = getattr(self, "cycle", None)  # None before the first request
        return cycle is None or bool(cycle.response_complete)

    def _await_head(self) -> None:
        self._head_bytes = self._body_bytes = 0
        self._timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._is_idle():
            self._refuse(b"408 Request Timeout")
        else:  # a pipelined head; the request before it is still being answered
            self._await_head()

    def _refuse(self, status: bytes) -> None:
        self._stop()
        if not self.transport.is_closing():
            if self._is_idle():
                head = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % status
                self.transport.write(head)
            self.transport.close()


def bounded_protocol(*, head_seconds: float, max_head_bytes: int) -> type[BoundedProtocol]:
    """A class with these bounds, for ``uvicorn.Config(http=...)``."""
    bounds = {"head_seconds": head_seconds, "max_head_bytes": max_head_bytes}
    return type("BoundedProtocol", (BoundedProtocol,), bounds)
