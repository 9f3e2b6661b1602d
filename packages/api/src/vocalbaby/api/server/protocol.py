"""uvicorn's HTTP protocol with limits on what a client may send and hold, which uvicorn lacks.

Requests that are refused here get a problem document, like every other error.
"""

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from vocalbaby.api.http.problems import retry_headers
from vocalbaby.api.limits.limiters import MemoryBudget
from vocalbaby.api.limits.proxies import TrustedProxies
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.server.connection_errors import error_response, response_bytes
from vocalbaby.api.server.connections import Admission, ConnectionLimits
from vocalbaby.api.server.heads import METHODS
from vocalbaby.api.server.request_reader import Expecting, RequestReader
from vocalbaby.api.server.unread import UnreadWatch
from vocalbaby.api.settings import Settings
from vocalbaby.exception import (
    MethodNotAllowedError,
    RequestTimeoutError,
    VocalBabyError,
)
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["BoundedProtocol", "bounded_protocol"]

#: How long a stopping service waits for a request head that has begun to arrive, or is about to.
_GRACE_S: Final = 0.5

#: How long the rest of a refused request is read.
_LINGER_S: Final = 2.0

#: Paths that are answered beyond the limits of connections.
_HEALTH: Final = frozenset({b"/health", b"/ready", b"/v2/health/live", b"/v2/health/ready"})


class BoundedProtocol(RequestReader):
    """One connection, with limits on what its client may send before the application reads.

    A request gets 408 if its head takes longer than ``head_seconds``, counted from the start
    of the connection or from the head's first byte. It gets 431 if the head, or what is not
    content in a body in chunks, is longer than ``max_head_bytes``. Beyond the limits of
    connections, it gets 429 or 503.

    Attributes:
        settings: The settings that hold these limits.
        limits: The limits of connections.
        unread: Closes connections whose clients do not read.
        metrics: Metrics in which refused requests are counted.
    """

    settings: ClassVar[Settings]
    limits: ClassVar[ConnectionLimits]
    unread: ClassVar[UnreadWatch]
    metrics: ClassVar[ServiceMetrics]

    _host: str | None = None
    _admission = Admission.ALL
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """Count a new connection and wait for its first request."""
        super().connection_made(transport)
        self._host = self.client[0] if self.client else None
        self._admission = self.limits.enter(self._host)
        if self._admission is Admission.NOTHING:
            self.expecting = Expecting.NOTHING
            transport.abort()
            return
        self.unread.add(transport)
        self._start_timer(self.settings.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting a connection that has ended."""
        self._stop_timer()
        self.expecting = Expecting.NOTHING
        self.flow.release()
        self.unread.remove(self.transport)
        self.limits.leave(self._host)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse bytes from the client, and start the timer unless they end with a request.

        Line ends between requests start it too, so that they keep no connection.
        """
        super().data_received(data)
        if self.expecting is Expecting.HEAD and self._timer is self.timeout_keep_alive_task is None:
            self._start_timer(self.settings.head_seconds)

    def on_headers_complete(self) -> None:
        """Hand the request to the application, or refuse it."""
        self._stop_timer()
        super().on_headers_complete()
        if self._admission is not Admission.ALL and self.expecting is not Expecting.NOTHING:
            self.cycle.keep_alive = False

    def check_request(self) -> None:
        """Refuse a request on a connection beyond the limits, except for health checks."""
        if self._admission is Admission.ALL or self.url.partition(b"?")[0] in _HEALTH:
            return
        error = self.limits.refusal(self._host)
        if error is not None:
            raise error
        self._admission = Admission.ALL

    def on_message_complete(self) -> None:
        """Wait for the next request, if this one was answered before its body had arrived."""
        super().on_message_complete()
        if self.expecting is Expecting.HEAD:
            self._stop_timer()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Limit the time for the rest of a body for which the response did not wait."""
        super().on_response_complete()
        if self.expecting is Expecting.BODY and self.cycle.response_complete:
            self._start_timer(self.settings.body_seconds)

    def shutdown(self) -> None:
        """Close the connection, after a moment if the client is about to send a request."""
        if self._timer is None:
            super().shutdown()
        else:
            self.loop.call_later(_GRACE_S, super().shutdown)

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._on_timeout)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        if self.expecting is Expecting.HEAD:
            message = f"The request's head did not arrive within {self.settings.head_seconds:g} s."
            self.refuse(RequestTimeoutError(message, hint="Send it at once."))
        else:
            self.transport.close()

    def refuse(self, error: VocalBabyError, *, has_body: bool = True) -> None:
        """Close the connection, with a response unless one has been started."""
        if self.expecting is Expecting.NOTHING:
            return
        self.expecting = Expecting.NOTHING
        self._stop_timer()
        self._unset_keepalive_if_required()
        self.flow.release()
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started:
                self.transport.close()
            cycle.disconnected = True  # the application's response would come too late
            cycle.message_event.set()
        if self.transport.is_closing():
            return
        self.metrics.count_error(error.code)
        headers = retry_headers(error, self.settings.retry_after_seconds)
        if isinstance(error, MethodNotAllowedError):
            headers = {"Allow": METHODS}
        response = error_response(error, headers)
        phrase = HTTPStatus(response.status_code).phrase
        self.transport.write(response_bytes(response, phrase, has_body=has_body))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER_S, self.transport.close)


def bounded_protocol(
    settings: Settings,
    shared: SharedLimits,
    metrics: ServiceMetrics,
    proxies: TrustedProxies,
) -> type[BoundedProtocol]:
    """A protocol class for ``uvicorn.Config(http=...)``.

    Args:
        settings: The settings that hold the limits.
        shared: Counters shared with other workers.
        metrics: Metrics in which refused requests are counted.
        proxies: Proxies, which have no limit of their own.
    """
    attributes = {
        "settings": settings,
        "limits": ConnectionLimits(settings, shared, proxies),
        "max_head_bytes": settings.max_head_bytes,
        "memory": MemoryBudget(settings.max_held_bytes, shared.memory),
        "unread": UnreadWatch(settings.write_seconds, metrics),
        "metrics": metrics,
    }
    return type("BoundedProtocol", (BoundedProtocol,), attributes)
