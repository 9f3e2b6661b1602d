"""The service's protocol without sockets, so that a client's bytes can be cut at every place."""

import asyncio
from typing import Any, NamedTuple

import uvicorn
from uvicorn.server import ServerState

from tests.server.smuggling.case import Seen
from vocalbaby.api.limits.proxies import TrustedProxies
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.server.protocol import bounded_protocol
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.asgi import Receive, Scope, Send
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["Connections", "Outcome"]

#: How often the loop runs until nothing more happens.
_TURNS = 12


class Outcome(NamedTuple):
    """What became of a client's bytes.

    Attributes:
        seen: The requests that the application got, with their whole bodies.
        closed: Whether the connection was closed, or is about to be.
        statuses: Of the responses.
    """

    seen: tuple[Seen, ...]
    closed: bool
    statuses: tuple[bytes, ...]


class _Transport(asyncio.Transport):
    """A connection whose client has no socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self._loop = loop
        self.protocol: Any = None
        self.written = b""
        self.closing = self.ended = self.paused = False
        self.waiting = b""

    def feed(self, data: bytes) -> None:
        """Give bytes to the protocol, or keep them while it does not read."""
        self.waiting += data
        if self.waiting and not self.paused and not self.closing:
            data, self.waiting = self.waiting, b""
            self.protocol.data_received(data)

    def write(self, data: Any) -> None:
        if not self.closing and not self.ended:
            self.written += bytes(data)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        self._loop.call_soon(self.feed, b"")

    def is_reading(self) -> bool:
        return not self.paused

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()


class Connections:
    """Makes connections to an application that records its requests; for use in a running loop."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        metrics = ServiceMetrics(classes=["a"], error_codes=(), warning_codes=())
        protocol = bounded_protocol(Settings(), SharedLimits(), metrics, TrustedProxies(None))
        self._config = uvicorn.Config(
            self._app, http=protocol, log_config=None, lifespan="off", ws="none", interface="asgi3"
        )
        self._config.load()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self._seen.append(Seen(scope["method"], scope["path"], body))
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def send(self, *pieces: bytes) -> Outcome:
        """Send the pieces over one connection; each is processed before the next one comes."""
        loop = asyncio.get_running_loop()
        transport = _Transport(loop)
        made: Any = self._config.http_protocol_class
        protocol = transport.protocol = made(
            config=self._config, server_state=ServerState(), app_state={}, _loop=loop
        )
        self._seen.clear()
        protocol.connection_made(transport)
        for piece in pieces:
            transport.feed(piece)
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        closed = transport.closing or transport.ended
        lines = transport.written.split(b"HTTP/1.1 ")[1:]
        statuses = tuple(line[:3] for line in lines if line[:3].isdigit() and line[:3] != b"100")
        outcome = Outcome(tuple(self._seen), closed, statuses)
        transport.close()
        for _ in range(3):
            await asyncio.sleep(0)
        return outcome
