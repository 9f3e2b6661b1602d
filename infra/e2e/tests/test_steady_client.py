"""The client counts the requests that were answered, and fails if one was not."""

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class Service(http.server.BaseHTTPRequestHandler):
    """Answers with the next status; counts the requests."""

    statuses: list[int]
    requests: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.path, self.headers["Authorization"], body[:4]))
        self.send_response(self.statuses.pop() if self.statuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    Service.statuses, Service.requests = [], []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run_client(url: str, key_file: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "infra.e2e.steady_client", url, str(key_file)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while len(Service.requests) < 3:
        assert time.monotonic() < until
        time.sleep(0.05)
    client.terminate()
    output, _ = client.communicate(timeout=30)
    return client.returncode, output


def test_reports_the_number_of_answers(service: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    code, output = run_client(service, tmp_path / "key")
    sent = len(Service.requests)
    assert (code, output) == (0, f"{sent} of {sent} requests were answered\n")
    assert set(Service.requests) == {("/predict", "Bearer secret", b"RIFF")}


def test_fails_if_a_request_fails(service: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    Service.statuses = [503]
    code, output = run_client(service, tmp_path / "key")
    sent = len(Service.requests)
    assert code == 1
    assert output.startswith(f"{sent - 1} of {sent} requests were answered\n")
    assert "503" in output
