"""Metrics on a port of their own."""

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.server.listener import bind
from vocalbaby.api.server.metrics_port import serve_metrics
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def test_metrics_can_have_a_port_of_their_own(fake: MakeFake) -> None:
    app = create_app(Settings(metrics_port=0), fake())
    with TestClient(app) as client:
        assert client.get("/metrics").status_code == 404
        assert "/metrics" not in client.get("/openapi.json").json()["paths"]
    server = serve_metrics(bind("127.0.0.1", 0), app.state.vocalbaby.metrics.exposition)
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
            assert b'vocalbaby_errors_total{code="route_not_found"} 1.0' in answer.read()
        head = urllib.request.Request(f"{url}/metrics", method="HEAD")
        with urllib.request.urlopen(head, timeout=5) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/health", timeout=5)
        with pytest.raises(ConfigError, match="is already in use") as caught:
            bind("127.0.0.1", server.server_address[1], "--metrics-port")
        assert caught.value.hint is not None
        assert "--metrics-port" in caught.value.hint
    finally:
        server.shutdown()
        server.server_close()
