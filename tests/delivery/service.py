"""A stand-in for the service, whose responses and faults a test chooses."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["Service", "serving"]

_PROBABILITIES = {
    "Canonical": 0.1,
    "Non-canonical": 0.2,
    "Crying": 0.3,
    "Laughing": 0.3,
    "Junk": 0.1,
}


@dataclass
class Service:
    """The responses; they may be changed while it runs.

    Attributes:
        url: Address of the service.
        key: API key that requests must have; empty for none.
        status: Status of ``/predict`` and of every inference.
        ready: Status of ``/ready``.
        metrics: Status and body of ``/metrics``.
        serves: Versions and shares in ``/model``.
        faults: Faults in ``/ready``.
        result: Fields that replace those of the result in ``/predict``.
        requested: Paths of the requests so far.
        before: Called before each response.
    """

    url: str = ""
    key: str = ""
    status: int = 200
    ready: int = 200
    metrics: tuple[int, str] = (200, 'vocalbaby_predictions_total{class="Junk"} 3\n')
    serves: dict[str, float] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def respond(self, path: str, authorization: str) -> tuple[int, str]:
        """Status and body of the response to a request."""
        if path == "/metrics":
            return self.metrics
        if path == "/health":
            return 200, "{}"
        if path == "/ready":
            return self.ready, json.dumps({"faults": self.faults})
        if path == "/model":
            serves = [{"model_version": of, "share": share} for of, share in self.serves.items()]
            return 200, json.dumps({"serves": serves})
        if self.key and authorization != f"Bearer {self.key}":
            return 401, '{"code":"key_required"}'
        result = {
            "label": "Crying",
            "probabilities": _PROBABILITIES,
            "model_version": "v",
            "error": None,
            **self.result,
        }
        outputs = [{"name": "error", "data": [""]}]
        return self.status, json.dumps({"results": [result], "outputs": outputs})


@contextmanager
def serving() -> Iterator[Service]:
    """Run a service while the block runs."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.requested.append(self.path)
            service.before()
            status, body = service.respond(self.path, self.headers.get("Authorization", ""))
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Print no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
