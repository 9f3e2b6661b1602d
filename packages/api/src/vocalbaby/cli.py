"""``vocalbaby-serve``: the HTTP service from the command line."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Final

from vocalbaby.api.server.options import NEW_KEY, key_parser, server_parser
from vocalbaby.api.settings import Settings
from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.logging import setup_logging

if TYPE_CHECKING:
    from vocalbaby.api.limits.shared import SharedLimits

__all__ = ["main", "serve"]

#: One request's arithmetic is too small to share among cores; processes share them better.
_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


def serve() -> None:
    """Entry point of ``vocalbaby-serve``."""
    code = main()
    try:
        sys.stderr.flush()
    except OSError:  # no room for the log: Python would try again, and end with a code of its own
        os._exit(code)
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service until it is stopped; returns the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        if words[:1] == [NEW_KEY]:
            return _new_key(key_parser().read(words[1:]))
        return _run(Settings.load(**vars(server_parser().read(words))))
    except VocalBabyError as error:
        return _fail(error)


def _new_key(flags: argparse.Namespace) -> int:
    """Write the key to stdout, and its line into the file, or to stdout too."""
    from vocalbaby.api.middleware.keys import add_key, new_key  # noqa: PLC0415 - not for --help

    key, line = new_key(flags.name)
    if flags.file is None:
        sys.stdout.write(f"key:  {key}\nline: {line}\n")
        return 0
    add_key(Path(flags.file), line)
    sys.stdout.write(f"{key}\n")
    return 0


def _run(settings: Settings) -> int:
    for name, value in _ONE_THREAD.items():
        os.environ.setdefault(name, value)
    # --help and a wrong option answer at once, and numpy reads the above when it is loaded.
    from vocalbaby.api.server.draining import bind  # noqa: PLC0415

    listener = bind(settings.host, settings.port)
    setup_logging(settings.log_level, json=settings.log_json)
    _check_model(settings)
    if settings.workers == 1:
        return _serve(settings, listener, on_start=partial(_greet, settings, listener))
    return _supervise(settings, listener)


def _check_model(settings: Settings) -> None:
    """Refuse a bad model before anybody is told that the service listens."""
    if settings.model is None or settings.store is not None:
        return  # the built-in one is good, and a fallback may be bad while the store is there
    from vocalbaby import inference  # noqa: PLC0415 - not for --help

    inference.load(settings.model)


def _supervise(settings: Settings, listener: socket) -> int:
    """Run the workers from this process; returns the exit code."""
    from vocalbaby.api.app import create_app  # noqa: PLC0415 - in memory once, for all workers
    from vocalbaby.api.limits.shared import SharedLimits  # noqa: PLC0415
    from vocalbaby.api.server.supervisor import Supervisor  # noqa: PLC0415
    from vocalbaby.monitoring.shared_metrics import SharedMetrics  # noqa: PLC0415

    create_app(settings)  # what is wrong with it is said here once, and not by every worker
    metrics, limits = SharedMetrics(settings.workers), SharedLimits(settings.workers)

    def work(worker: int) -> int:
        metrics.attach_worker(worker)
        limits.attach_worker(worker)
        try:
            return _serve(settings, listener, limits, with_metrics_port=worker == 0)
        except VocalBabyError as error:
            return _fail(error)

    def remove(worker: int) -> None:
        metrics.remove_worker(worker)
        limits.remove_worker(worker)

    supervisor = Supervisor(settings.workers, work, on_exit=remove, on_stop=listener.close)
    _greet(settings, listener)
    return supervisor.run()


def _serve(
    settings: Settings,
    listener: socket,
    limits: "SharedLimits | None" = None,
    *,
    with_metrics_port: bool = True,
    on_start: Callable[[], None] = lambda: None,
) -> int:
    """Serve in this process; returns the exit code."""
    from vocalbaby.api.app import create_app  # noqa: PLC0415
    from vocalbaby.api.server.draining import DrainingServer  # noqa: PLC0415
    from vocalbaby.api.server.metrics_port import serve_metrics  # noqa: PLC0415

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
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104 - only asks
    shown = "localhost" if everywhere else settings.host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    with suppress(OSError):  # a disk that has no room for the log shall not end the service
        sys.stderr.write(
            f"VocalBaby listens on {settings.host}, port {port}. Try:\n"
            f"  curl -F files=@clip.wav {url}/predict\n"
            f"  {url}/docs describes every path.\n"
        )
        sys.stderr.flush()


def _fail(error: VocalBabyError) -> int:
    sys.stderr.write(f"vocalbaby-serve: {error}\n")
    return outcome(error).exit_code
