"""uvicorn's HTTP protocol with limits on request heads and connections, which uvicorn lacks.

Requests that are refused here get a problem document, like every other error.
"""

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.api.limits.shared import SharedCounter
from vocalbaby.api.middleware.body_limit import BODY_RECEIVED
from vocalbaby.api.server.connection_errors import error_response, response_bytes
from vocalbaby.api.settings import Settings
from vocalbaby.exception import (
    HeadTooLargeError,
    HttpError,
    OverloadedError,
    RequestTimeoutError,
    VocalBabyError,
)
from vocalbaby.monitoring.asgi import Receive, Scope, Send
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["BoundedProtocol", "bounded_protocol"]

#: How long a stopping service waits for a request head that has begun to arrive, or is about to.
_GRACE_S: Final = 0.5


class BoundedProtocol(HttpToolsProtocol):
    """One connection, with limits on what its client may send before the application reads.

    A request gets 408 if its head takes longer than ``head_seconds``, counted from the start
    of the connection or from the head's first byte. It gets 431 if the head is longer than
    ``max_head_bytes``, or if the framing of the body (chunk sizes, a trailer) is longer than
    that and the body together. While there are more than ``max_connections`` connections,
    each request gets 503 and its connection is closed.

    Attributes:
        settings: The settings that hold these limits.
        open_connections: Counts connections, together with those of other workers.
        metrics: Metrics in which refused requests are counted.
    """

    settings: ClassVar[Settings]
    open_connections: ClassVar[SharedCounter]
    metrics: ClassVar[ServiceMetrics]

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """Count a new connection and wait for its first request."""
        super().connection_made(transport)
        self.open_connections.add(1)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting a connection that has ended."""
        self._stop_timer()
        self.open_connections.add(-1)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse bytes from the client, and refuse a head that is too long."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._timer is None and self._is_idle():
            self._start_timer()  # line ends between requests do not start one
        if self._head_bytes - self._body_bytes > self.settings.max_head_bytes + self._body_bytes:
            message = (
                f"The request's head is over the limit of {self.settings.max_head_bytes} bytes."
            )
            self._refuse(HeadTooLargeError(message, hint="Send fewer or shorter headers."))

    def on_message_begin(self) -> None:
        """Start the timer at the first byte of a request, on a new or a reused connection."""
        super().on_message_begin()
        if self._timer is None:
            self._start_timer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Record a header; trailers are ignored."""
        if self._timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application, or refuse it if there are too many connections."""
        self._stop_timer()
        self._head_bytes = self._body_bytes = 0
        full = self.open_connections.total() > self.settings.max_connections
        self.app = self._answer_overloaded if full else self.config.loaded_app
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count and pass on a piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def shutdown(self) -> None:
        """Close the connection, after a moment if the client is about to send a request."""
        if self._timer is None:
            super().shutdown()
        else:
            self.loop.call_later(_GRACE_S, super().shutdown)

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP."""
        self._refuse(HttpError(msg, hint="Use HTTP/1.1 without TLS on this port."))

    async def _answer_overloaded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 503 instead of the application."""
        self.metrics.count_error(OverloadedError.code)
        error = OverloadedError(
            f"There are more than {self.settings.max_connections} connections.",
            hint=RETRY_HINT,
        )
        response = error_response(error, {"Retry-After": str(self.settings.retry_after_seconds)})
        await response(scope, receive, send)

    def on_message_complete(self) -> None:
        """Mark the body as complete, so that it is read without a timer."""
        cast("Scope", self.scope)[BODY_RECEIVED] = True
        super().on_message_complete()

    def _is_idle(self) -> bool:
        cycle = getattr(self, "cycle", None)  # None before the first request
        return cycle is None or bool(cycle.response_complete)

    def _start_timer(self) -> None:
        self._head_bytes = self._body_bytes = 0
        self._timer = self.loop.call_later(self.settings.head_seconds, self._on_timeout)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        if self._is_idle():
            message = f"The request's head did not arrive within {self.settings.head_seconds:g} s."
            self._refuse(RequestTimeoutError(message, hint="Send it at once."))
        else:  # a pipelined request; the one before it is still being answered
            self._start_timer()

    def _refuse(self, error: VocalBabyError) -> None:
        """Close the connection, with a response unless one has been started."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self._is_idle() or not (self.cycle.response_started or self.pipeline):
            self.metrics.count_error(error.code)
            response = error_response(error)
            self.transport.write(response_bytes(response, HTTPStatus(response.status_code).phrase))
        self.transport.close()


def bounded_protocol(
    settings: Settings, open_connections: SharedCounter, metrics: ServiceMetrics
) -> type[BoundedProtocol]:
    """A protocol class with these attributes, for ``uvicorn.Config(http=...)``."""
    attributes = {
        "settings": settings,
        "open_connections": open_connections,
        "metrics": metrics,
    }
    return type("BoundedProtocol", (BoundedProtocol,), attributes)
