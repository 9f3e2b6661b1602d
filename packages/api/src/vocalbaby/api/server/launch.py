"""Starting the service: in this process, or in worker processes that it supervises."""

import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from socket import socket
from typing import Final

from fastapi import FastAPI

from vocalbaby.api.app import create_app
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.jobs.temporary import temporary_spool
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.models.loading import load_model
from vocalbaby.api.server.activation import inherited_socket
from vocalbaby.api.server.connections import permitted_connections
from vocalbaby.api.server.draining import DrainingServer
from vocalbaby.api.server.exit_codes import report
from vocalbaby.api.server.heaps import limit_heaps
from vocalbaby.api.server.heartbeats import Heartbeats
from vocalbaby.api.server.listener import bind, bound_unread
from vocalbaby.api.server.metrics_port import serve_metrics
from vocalbaby.api.server.supervisor import Reason, Supervisor
from vocalbaby.api.server.watchdog import Watchdog
from vocalbaby.api.settings import Settings
from vocalbaby.exception import VocalBabyError
from vocalbaby.logging import setup_logging
from vocalbaby.monitoring.shared_metrics import SharedMetrics
from vocalbaby.utils.extras import require_extra

__all__ = ["run"]

#: Time to stop, in addition to that for draining and for requests in progress.
_FINISH_S: Final = 5.0

_log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Run the service until it is stopped.

    Returns:
        The exit code.

    Raises:
        VocalBabyError: The service cannot be started with these settings.
    """
    _require_extras(settings)
    limit_heaps()
    permitted = permitted_connections(settings.max_connections)
    sockets = _Sockets.open(settings)
    setup_logging(settings.log_level, json=settings.log_json)
    if permitted < settings.max_connections:
        _log.warning("the limit of open files permits %d connections at a time", permitted)
        settings = settings.model_copy(update={"max_connections": permitted})
    if settings.model is not None and settings.store is None:
        load_model(settings)  # a bad model is refused before the greeting
    with temporary_spool(settings) as with_jobs:
        if settings.workers == 1:
            return _serve_alone(with_jobs, sockets)
        return _supervise(with_jobs, sockets)


@dataclass(frozen=True)
class _Sockets:
    """The sockets that listen: they are opened once, so that no restarted worker can fail to."""

    requests: socket
    metrics: socket | None

    @staticmethod
    def open(settings: Settings) -> "_Sockets":
        requests = inherited_socket() or bind(settings.host, settings.port)
        bound_unread(requests, settings.write_seconds)
        port = settings.metrics_port
        return _Sockets(
            requests, None if port is None else bind(settings.host, port, "--metrics-port")
        )

    def close(self) -> None:
        self.requests.close()
        if self.metrics is not None:
            self.metrics.close()


def _require_extras(settings: Settings) -> None:
    """Verify at the start that S3 can be used, if a setting names it."""
    places = (
        settings.store,
        settings.job_sources,
        settings.drift_results,
        settings.prediction_log_store,
    )
    if any(place and place.startswith("s3://") for place in places):
        require_extra("s3")


def _stop_seconds(settings: Settings) -> float:
    """Time after which a process that has not stopped is ended."""
    finish_s = _FINISH_S
    if settings.prediction_log is not None:
        finish_s = max(finish_s, settings.prediction_log_seconds + 1.0)
    return settings.drain_seconds + settings.shutdown_seconds + finish_s


def _serve_alone(settings: Settings, sockets: _Sockets) -> int:
    """Serve in this process; returns the exit code."""
    app = create_app(settings)
    beats = Heartbeats()
    watchdog = Watchdog(beats, settings.worker_timeout_seconds, _stop_seconds(settings))
    server = DrainingServer(app, settings, beats, alone=True)
    _greet(settings, sockets.requests)
    watchdog.start()
    return _serve(app, server, sockets)


def _supervise(settings: Settings, sockets: _Sockets) -> int:
    """Run the workers from this process; returns the exit code."""
    create_app(settings)  # so that an error is reported once, and not by every worker
    metrics, limits = SharedMetrics(settings.workers), SharedLimits(settings.workers)
    beats = Heartbeats(settings.workers)

    def work(worker: int) -> int:
        metrics.attach_worker(worker)
        limits.attach_worker(worker)
        own = sockets if worker == 0 else replace(sockets, metrics=None)
        try:
            app = create_app(settings, shared_limits=limits, checked=True)
            return _serve(app, DrainingServer(app, settings, beats), own)
        except VocalBabyError as error:
            return report(error)

    def remove_worker(worker: int, reason: Reason) -> None:
        metrics.remove_worker(worker)
        limits.remove_worker(worker)
        if reason == "timeout":
            metrics.count_timeout(worker)

    supervisor = Supervisor(
        settings.workers,
        work,
        on_exit=remove_worker,
        on_stop=sockets.close,
        beats=beats,
        timeout_s=settings.worker_timeout_seconds,
        stop_s=_stop_seconds(settings),
    )
    _greet(settings, sockets.requests)
    return supervisor.run()


def _serve(app: FastAPI, server: DrainingServer, sockets: _Sockets) -> int:
    """Serve until the server stops; returns the exit code."""
    state: AppState = app.state.vocalbaby
    if sockets.metrics is not None:
        serve_metrics(sockets.metrics, state.metrics.scrapes.wait)
    server.run(sockets=[sockets.requests])
    failure = state.engine.failure()
    if isinstance(failure, VocalBabyError):
        raise failure
    return 0 if failure is None else 1


def _greet(settings: Settings, listener: socket) -> None:
    port = listener.getsockname()[1]
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104 - only compared
    shown = "localhost" if everywhere else settings.host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    with suppress(OSError):  # the service must start even if the disk is too full for its log
        sys.stderr.write(
            f"VocalBaby listens on {settings.host}, port {port}. Try:\n"
            f"  curl -F files=@clip.wav {url}/predict\n"
            f"  {url}/docs describes every path.\n"
        )
        sys.stderr.flush()
