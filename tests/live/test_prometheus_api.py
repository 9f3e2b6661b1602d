"""Queries to the HTTP API of Prometheus."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest

from dashboards.tests.queries import Query
from tests.live.prometheus_api import query_runner


@pytest.fixture
def prometheus():
    """A server that responds as Prometheus does and records the requests."""
    requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            requests.append((self.path, dict(urllib.parse.parse_qsl(form))))
            values = (
                {"values": [[1, "2"], [3, "NaN"]]} if "range" in self.path else {"value": [3, "4"]}
            )
            response = {"status": "success", "data": {"result": [{"metric": {"a": "b"}, **values}]}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(response).encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()
        thread.join()


def test_queries_are_sent_as_range_or_instant_queries(prometheus):
    url, requests = prometheus
    run_query = query_runner(url, start=100.0, end=200.0, step=5.0)
    (series,) = run_query(Query("", 'a{b="c"}', frozenset(), "", instant=False))
    assert series.labels == {"a": "b"}
    assert series.times.tolist() == [1, 3]
    assert np.array_equal(series.values, [2, np.nan], equal_nan=True)
    (series,) = run_query(Query("", "a", frozenset(), "", instant=True))
    assert series.values.tolist() == [4]
    assert requests == [
        (
            "/api/v1/query_range",
            {"query": 'a{b="c"}', "start": "100.0", "end": "200.0", "step": "5.0"},
        ),
        ("/api/v1/query", {"query": "a", "time": "200.0"}),
    ]
