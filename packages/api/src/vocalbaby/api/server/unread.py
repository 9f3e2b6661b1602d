"""Closing connections whose clients do not read their responses."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final

from vocalbaby.exception import ResponseUnreadError
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["UnreadWatch"]

#: Bytes per second that a client must receive while more is waiting for it.
_RATE: Final = 1024.0

#: Offset of ``tcpi_bytes_acked`` in Linux's ``struct tcp_info``.
_ACKNOWLEDGED: Final = 120


class UnreadWatch:
    """Aborts connections that make no progress, all with one timer, so that no request sets one.

    A connection is watched while a part of a response is waiting for its client. In every
    period of ``seconds`` the client's machine has to acknowledge at least 1 KiB per second of
    that period, so no client can keep a response for ever by reading a byte now and then. What
    the client has acknowledged is not visible in the sizes of buffers: the kernel takes up to
    4 MiB at a time.

    Args:
        seconds: The period.
        metrics: Metrics in which aborted connections are counted.
    """

    def __init__(self, seconds: float, metrics: ServiceMetrics) -> None:
        self._seconds = seconds
        self._metrics = metrics
        self._transports: set[asyncio.Transport] = set()
        self._since: dict[asyncio.Transport, tuple[float, int]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, transport: asyncio.Transport) -> None:
        """Watch a connection."""
        self._transports.add(transport)
        if self._timer is None:
            self._start_timer()

    def remove(self, transport: asyncio.Transport) -> None:
        """Forget a connection that has ended."""
        self._transports.discard(transport)
        self._since.pop(transport, None)

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(1.0, self._seconds / 4), self._check)

    def _check(self) -> None:
        self._timer = None
        if not self._transports:
            return
        now = asyncio.get_running_loop().time()
        for transport in list(self._transports):
            with suppress(OSError):  # its client has ended it at this moment
                self._check_one(transport, now)
        self._start_timer()

    def _check_one(self, transport: asyncio.Transport, now: float) -> None:
        if not transport.get_write_buffer_size():
            self._since.pop(transport, None)
        elif transport not in self._since:
            self._since[transport] = now, _received(transport)
        else:
            self._judge(transport, now)

    def _judge(self, transport: asyncio.Transport, now: float) -> None:
        start, before = self._since[transport]
        if now - start < self._seconds:
            return
        received = _received(transport)
        if received - before < _RATE * (now - start):
            self._metrics.count_error(ResponseUnreadError.code)
            _reset(transport)
        self._since[transport] = now, received


def _reset(transport: asyncio.Transport) -> None:
    """Close a connection so that the kernel does not keep what the client has not read."""
    connection = transport.get_extra_info("socket")
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _received(transport: asyncio.Transport) -> int:
    """A number that grows with the bytes that the client's machine has received."""
    connection = transport.get_extra_info("socket")
    if hasattr(socket, "TCP_INFO") and connection.family != socket.AF_UNIX:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        if len(info) >= _ACKNOWLEDGED + 8:
            return int(struct.unpack_from("=Q", info, _ACKNOWLEDGED)[0])
    return -transport.get_write_buffer_size()
