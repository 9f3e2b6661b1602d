"""Metrics on a separate port, so that they are not on the public one."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

from vocalbaby.monitoring.metrics import CONTENT_TYPE

__all__ = ["serve_metrics"]

_TIMEOUT_S = 5.0


def serve_metrics(listener: socket, exposition: Callable[[], bytes]) -> ThreadingHTTPServer:
    """Answer ``GET /metrics`` from a thread until the process exits or ``shutdown()`` is called.

    Args:
        listener: A socket that listens; of several workers one answers, and when it is
            restarted, its successor uses the same socket.
        exposition: All series in Prometheus' text format.
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

    server = ThreadingHTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_activate()
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="vocalbaby-metrics", daemon=True).start()
    return server
