"""The uvicorn server of the application, which stops without dropping a request."""

import asyncio
import errno
import logging
import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from vocalbaby.api.inference.state import AppState
from vocalbaby.api.server.protocol import bounded_protocol
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError

__all__ = ["DrainingServer", "bind"]

_log = logging.getLogger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    Raises:
        ConfigError: The address is in use, not permitted or not one of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"{host} is not an address: {error.strerror}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Refuse a second listener now, and not after the model is loaded.
        bound.listen(0)
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        raise ConfigError(
            f"Port {port} on {host} is already in use."
            if taken
            else f"Cannot listen on {host}, port {port}: {error.strerror}.",
            hint="Choose another with --port, or stop the program that listens there."
            if taken
            else "Choose another address with --host and --port.",
        ) from error
    return bound


class DrainingServer(uvicorn.Server):
    """A uvicorn server that continues to answer for a while after SIGTERM.

    During that time ``/ready`` answers 503 and every response closes its connection, so that
    clients and load balancers use another instance; then the requests in progress are
    finished. SIGINT skips the first phase. The server also stops when the model cannot be
    loaded.

    Args:
        app: An application of :func:`vocalbaby.api.app.create_app`.
        settings: The settings of that application.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._state: AppState = app.state.vocalbaby
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=bounded_protocol(
                    settings, self._state.shared_limits.connections, self._state.metrics
                ),
                ws="none",
                log_config=None,
                access_log=False,  # uvicorn's would hold paths and queries
                server_header=False,
                timeout_keep_alive=settings.keep_alive_seconds,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )
        self._drain_until: float | None = None

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Drain after SIGTERM, stop after SIGINT, and stop at once after a second SIGINT."""
        if sig == signal.SIGTERM and not self._state.draining:
            self._state.draining = True
        elif self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn every 0.1 s; returns whether to stop."""
        if self._state.draining and self._drain_until is None:
            seconds = self._state.settings.drain_seconds
            _log.info("draining for %g s, then finishing the requests in progress", seconds)
            self._drain_until = asyncio.get_running_loop().time() + seconds
            close = (b"connection", b"close")
            self.config.encoded_headers.append(close)
            self.server_state.default_headers = [*self.server_state.default_headers, close]
        drained = (
            self._drain_until is not None and asyncio.get_running_loop().time() >= self._drain_until
        )
        stop = await super().on_tick(counter)
        return stop or drained or self._state.engine.failure() is not None
