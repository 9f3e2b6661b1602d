"""uvicorn's HTTP protocol, with bounds on a request's head, which it leaves open.

What it refuses itself is a problem document, like every other error.
"""

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vocalbaby.api.limits.bounds import BODY_IS_HERE
from vocalbaby.api.limits.shared import Tally
from vocalbaby.api.server.connection_errors import as_bytes, refusal
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

#: How long a stopping service waits for a head that has begun to arrive, or is about to.
_LAST_CALL_S: Final = 0.5


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose client may not be slow or endless before the application reads.

    A head that takes longer than ``head_seconds``, from the start of the connection or its
    own first byte, gets 408; one that is longer than ``max_head_bytes``, or more around a
    body than that and its own length (sizes of tiny chunks, a trailer), gets 431. While
    there are more than ``max_connections``, each request gets 503 and its connection ends.

    Attributes:
        settings: Have these bounds.
        open_connections: Counts them, with those of other workers if there are any.
        metrics: Count the refusals.
    """

    settings: ClassVar[Settings]
    open_connections: ClassVar[Tally]
    metrics: ClassVar[ServiceMetrics]

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """A client has come."""
        super().connection_made(transport)
        self.open_connections.add(1)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._stop()
        self.open_connections.add(-1)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It sends."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._timer is None and self._is_idle():
            self._await_head()  # line ends between requests begin nothing, and end no waiting
        if self._head_bytes - self._body_bytes > self.settings.max_head_bytes + self._body_bytes:
            message = (
                f"The request's head is over the limit of {self.settings.max_head_bytes} bytes."
            )
            self._refuse(HeadTooLargeError(message, hint="Send fewer or shorter headers."))

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
        full = self.open_connections.total() > self.settings.max_connections
        self.app = self._turn_away if full else self.config.loaded_app
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def shutdown(self) -> None:
        """The service stops; a client that has just come has a moment to send its request."""
        if self._timer is None:
            super().shutdown()
        else:
            self.loop.call_later(_LAST_CALL_S, super().shutdown)

    def send_400_response(self, msg: str) -> None:
        """What came is not HTTP."""
        self._refuse(HttpError(msg, hint="Speak HTTP/1.1 to this port, without TLS."))

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the application's place."""
        self.metrics.count_error(OverloadedError.code)
        error = OverloadedError(
            f"There are more than {self.settings.max_connections} connections.",
            hint="Wait for the seconds in Retry-After, then send it again.",
        )
        response = refusal(error, {"Retry-After": str(self.settings.retry_after_seconds)})
        await response(scope, receive, send)

    def on_message_complete(self) -> None:
        """The end of a body."""
        cast("Scope", self.scope)[BODY_IS_HERE] = True
        super().on_message_complete()

    def _is_idle(self) -> bool:
        cycle = getattr(self, "cycle", None)  # None before the first request
        return cycle is None or bool(cycle.response_complete)

    def _await_head(self) -> None:
        self._head_bytes = self._body_bytes = 0
        self._timer = self.loop.call_later(self.settings.head_seconds, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._is_idle():
            message = f"The request's head did not arrive within {self.settings.head_seconds:g} s."
            self._refuse(RequestTimeoutError(message, hint="Send it at once."))
        else:  # a pipelined head; the request before it is still being answered
            self._await_head()

    def _refuse(self, error: VocalBabyError) -> None:
        """End the connection, with an answer unless one is on its way."""
        self._stop()
        if self.transport.is_closing():
            return
        if self._is_idle() or not (self.cycle.response_started or self.pipeline):
            self.metrics.count_error(error.code)
            response = refusal(error)
            self.transport.write(as_bytes(response, HTTPStatus(response.status_code).phrase))
        self.transport.close()


def bounded_protocol(
    settings: Settings, open_connections: Tally, metrics: ServiceMetrics
) -> type[BoundedProtocol]:
    """A class with these attributes, for ``uvicorn.Config(http=...)``."""
    attributes = {
        "settings": settings,
        "open_connections": open_connections,
        "metrics": metrics,
    }
    return type("BoundedProtocol", (BoundedProtocol,), attributes)
