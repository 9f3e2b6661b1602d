"""Metrics on a separate port, so that they are not on the public one."""

import errno
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.metrics import CONTENT_TYPE

__all__ = ["serve_metrics"]

_TIMEOUT_S = 5.0


def serve_metrics(host: str, port: int, exposition: Callable[[], bytes]) -> ThreadingHTTPServer:
    """Answer ``GET /metrics`` from a thread until the process exits or ``shutdown()`` is called.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one, see ``server_port``.
        exposition: All series in Prometheus' text format.

    Raises:
        ConfigError: The address is in use, not permitted or not one of this machine.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT_S

        def do_GET(self) -> None:
            """Answer a scrape with all series."""
            self.wfile.write(self._begin())

        def do_HEAD(self) -> None:
            """Answer without the body."""
            self._begin()

        def _begin(self) -> bytes:
            found = self.path == "/metrics"
            body = exposition() if found else b"There is only /metrics here.\n"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", CONTENT_TYPE if found else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return body

        def log_message(self, *_: object) -> None:
            """Log nothing: scrapes are frequent."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is already in use" if taken else f"cannot be used: {error.strerror}"
        raise ConfigError(
            f"The metrics' port {port} on {host} {reason}.",
            hint="Choose another with --metrics-port.",
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="vocalbaby-metrics", daemon=True).start()
    return server
