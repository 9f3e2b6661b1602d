"""Starting the service: in this process, or in worker processes that it supervises."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from socket import socket

from vocalbaby import inference
from vocalbaby.api.app import create_app
from vocalbaby.api.jobs.temporary import temporary_spool
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.server.draining import DrainingServer, bind
from vocalbaby.api.server.exit_codes import report
from vocalbaby.api.server.metrics_port import serve_metrics
from vocalbaby.api.server.supervisor import Supervisor
from vocalbaby.api.settings import Settings
from vocalbaby.exception import VocalBabyError
from vocalbaby.logging import setup_logging
from vocalbaby.monitoring.shared_metrics import SharedMetrics

__all__ = ["run"]


def run(settings: Settings) -> int:
    """Run the service until it is stopped.

    Returns:
        The exit code.

    Raises:
        VocalBabyError: The service cannot be started with these settings.
    """
    listener = bind(settings.host, settings.port)
    setup_logging(settings.log_level, json=settings.log_json)
    if settings.model is not None and settings.store is None:
        inference.load(settings.model)  # a bad model is refused before the greeting
    with temporary_spool(settings) as with_jobs:
        if settings.workers == 1:
            return _serve(with_jobs, listener, on_start=partial(_greet, settings, listener))
        return _supervise(with_jobs, listener)


def _supervise(settings: Settings, listener: socket) -> int:
    """Run the workers from this process; returns the exit code."""
    create_app(settings)  # so that an error is reported once, and not by every worker
    metrics, limits = SharedMetrics(settings.workers), SharedLimits(settings.workers)

    def work(worker: int) -> int:
        metrics.attach_worker(worker)
        limits.attach_worker(worker)
        try:
            return _serve(settings, listener, limits, with_metrics_port=worker == 0)
        except VocalBabyError as error:
            return report(error)

    def remove_worker(worker: int) -> None:
        metrics.remove_worker(worker)
        limits.remove_worker(worker)

    supervisor = Supervisor(settings.workers, work, on_exit=remove_worker, on_stop=listener.close)
    _greet(settings, listener)
    return supervisor.run()


def _serve(
    settings: Settings,
    listener: socket,
    limits: SharedLimits | None = None,
    *,
    with_metrics_port: bool = True,
    on_start: Callable[[], None] = lambda: None,
) -> int:
    """Serve in this process; returns the exit code."""
    app = create_app(settings, shared_limits=limits)
    server = DrainingServer(app, settings)
    if settings.metrics_port is not None and with_metrics_port:
        exposition = app.state.vocalbaby.metrics.exposition
        serve_metrics(settings.host, settings.metrics_port, exposition)
    on_start()
    server.run(sockets=[listener])
    failure = app.state.vocalbaby.engine.failure()
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
