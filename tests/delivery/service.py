"""A service that answers as it is told: what the real one does only when something is wrong."""

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
    """What is answered; may be changed while it runs.

    Attributes:
        url: Where it is.
        key: A key that questions must have, if any.
        status: Of ``/predict`` and of every inference.
        ready: Status of ``/ready``.
        metrics: Status of ``/metrics``, and the text with 200.
        serves: Versions and shares in ``/model``.
        faults: In ``/ready``.
        result: Changes of the result in ``/predict``.
        asked: Paths of the questions that came.
        before: Called before every answer.
    """

    url: str = ""
    key: str = ""
    status: int = 200
    ready: int = 200
    metrics: tuple[int, str] = (200, 'vocalbaby_predictions_total{class="Junk"} 3\n')
    serves: dict[str, float] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def answer(self, path: str, authorization: str) -> tuple[int, str]:
        """Status and body for a path."""
        if path == "/metrics":
            return self.metrics
        if path == "/health":
            return 200, "{}"
        if path == "/ready":
            return self.ready, json.dumps({"faults": self.faults})
        if path == "/model":
            served = [{"model_version": of, "share": part} for of, part in self.serves.items()]
            return 200, json.dumps({"serves": served})
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
    """A running one, while the block runs."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.asked.append(self.path)
            service.before()
            status, body = service.answer(self.path, self.headers.get("Authorization", ""))
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

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
