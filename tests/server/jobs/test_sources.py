"""Recordings that the service fetches from S3."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import finished_job as finished

App = Callable[..., AbstractContextManager[TestClient]]
MakeWav = Callable[..., bytes]


def test_only_allowed_sources_are_read(app: App) -> None:
    def code(client: TestClient, body: object) -> tuple[int, str]:
        answer = client.post("/segment", json=body)
        return answer.status_code, answer.json().get("code", "")

    with app() as client:
        assert code(client, {"source": "s3://a/b"}) == (422, "request_invalid")
    with app(job_sources="s3://day/recordings") as client:
        up = "s3://day/recordings/../a"
        for wrong in ("s3://day/recordings-2/a", "s3://day/a", "http://x/y", "/etc/passwd", up):
            assert code(client, {"source": wrong}) == (422, "request_invalid"), wrong
        assert code(client, {"source": "s3://day/recordings/a", "x": 1}) == (422, "request_invalid")
        assert code(client, ["x" * 10_000]) == (422, "request_invalid")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """Objects by their paths, as an S3 server answers for them."""
    objects: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = objects.get(unquote(self.path.partition("?")[0]))
            body = b"<Error><Code>NoSuchKey</Code></Error>" if found is None else found
            self.send_response(404 if found is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield objects
    server.shutdown()
    server.server_close()


def test_a_recording_is_fetched_from_s3(app: App, wav: MakeWav, bucket: dict[str, bytes]) -> None:
    bucket["/days/2024/day 1.wav"] = wav(3)
    with app(job_sources="s3://days/2024/") as client:
        answer = client.post("/segment", json={"source": "s3://days/2024/day 1.wav"})
        assert answer.json()["name"] == "day 1.wav"
        assert finished(client, answer.headers["location"])["segments"] == 6
        answer = client.post("/segment", json={"source": "s3://days/2024/none.wav"})
        error = finished(client, answer.headers["location"])["error"]
        assert (error["code"], error["status"]) == ("data_not_found", 404)
