"""The uvicorn server of the application, which stops without dropping a request."""

import asyncio
import logging
import signal
import socket
from contextlib import suppress
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from vocalbaby.api.inference.state import AppState
from vocalbaby.api.limits.proxies import TrustedProxies
from vocalbaby.api.server.activation import InheritedSocket
from vocalbaby.api.server.heartbeats import Heartbeats
from vocalbaby.api.server.listener import refuse_connections
from vocalbaby.api.server.protocol import bounded_protocol
from vocalbaby.api.settings import Settings
from vocalbaby.exception import NotReadyError

__all__ = ["DrainingServer"]

_BEAT_S: Final = 0.2
#: Time for connections that have begun when the port is closed: some round trips.
_LAST_CONNECTIONS_S: Final = 0.3

#: How long clients that wait on a socket of systemd wait for a model at most.
_MODEL_WAIT_S: Final = 30.0

_log = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """A uvicorn server that continues to answer for a while after SIGTERM.

    During that time ``/ready`` answers 503 and every response closes its connection, so that
    clients and load balancers use another instance; then the requests in progress are
    finished. SIGINT skips the first phase. The server also stops when the model cannot be
    loaded.

    Args:
        app: An application of `vocalbaby.api.app.create_app`.
        settings: The settings of that application.
        beats: Where the event loop shows that it runs.
        alone: Whether a signal to this process stops the whole service.
    """

    def __init__(
        self, app: FastAPI, settings: Settings, beats: Heartbeats, *, alone: bool = False
    ) -> None:
        self._state: AppState = app.state.vocalbaby
        self._beats = beats
        self._alone = alone
        proxies = TrustedProxies(settings.forwarded_allow_ips)
        super().__init__(
            uvicorn.Config(
                app,
                loop="auto",  # uvloop, or asyncio where there is none, as on Windows
                http=bounded_protocol(
                    settings, self._state.shared_limits, self._state.metrics, proxies
                ),
                ws="none",
                log_config=None,
                access_log=False,  # uvicorn's would hold paths and queries
                server_header=False,
                # Always given, since uvicorn would read a variable FORWARDED_ALLOW_IPS.
                proxy_headers=settings.forwarded_allow_ips is not None,
                forwarded_allow_ips=proxies.texts(),
                timeout_keep_alive=settings.keep_alive_seconds,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )
        self._drain_until: float | None = None

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Drain after SIGTERM, stop after SIGINT, and stop at once after a second SIGINT."""
        if self._alone:
            self._beats.set_stopping()
        if sig == signal.SIGTERM and not self._state.draining:
            self._state.draining = True
        elif self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and show from now on that the event loop runs.

        Clients that connect to a socket of systemd wait until there is a model, since they may have
        connected while the service restarted.
        """
        start = self.lifespan.startup
        clients_wait = any(isinstance(listener, InheritedSocket) for listener in sockets or [])

        async def start_and_wait() -> None:
            await start()
            self._beat()
            now = asyncio.get_running_loop().time
            end = now() + (_MODEL_WAIT_S if clients_wait else 0)
            while now() < end and not self._may_accept():  # noqa: ASYNC110 - the engine has no event
                await asyncio.sleep(0.02)

        self.lifespan.startup = start_and_wait  # uvicorn has no hook
        await super().startup(sockets)

    def _beat(self) -> None:
        self._beats.beat()
        if not self._beats.started and self._has_started():
            self._beats.set_started()
        asyncio.get_running_loop().call_later(_BEAT_S, self._beat)

    def _has_started(self) -> bool:
        """Whether no failure of a model can end the service any more."""
        return self._has_model() or self._state.settings.store is not None

    def _has_model(self) -> bool:
        with suppress(NotReadyError):
            self._state.engine.model()
            return True
        return False

    def _may_accept(self) -> bool:
        """Whether there is a model, or will be none."""
        stops = self.should_exit or self._state.draining
        return stops or self._has_model() or self._state.engine.failure() is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept the last connections, close the port, finish the requests and stop.

        Other workers continue to use the port unless the whole service stops.
        """
        if self._beats.stopping:
            for listener in sockets or []:
                if not isinstance(listener, InheritedSocket):  # the next process accepts from it
                    refuse_connections(listener)
            await asyncio.sleep(_LAST_CONNECTIONS_S)
        await super().shutdown(sockets)

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
