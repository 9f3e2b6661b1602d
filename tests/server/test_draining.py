"""Stopping the service without losing a request."""

import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from packages.api.tests.support import wait_until

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]

#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def test_sigterm_drops_no_request(serve: Serve, wav: MakeWav) -> None:
    """Clients keep their connections, as load balancers do, until a response closes them."""
    statuses: list[int] = []
    faults: list[httpx.HTTPError] = []
    after: list[int] = []
    clip = wav(0.2)

    def classify(url: str) -> None:
        with httpx.Client(base_url=url, timeout=20) as client:
            while True:
                try:
                    answer = client.post("/predict", files={"files": ("a", clip)})
                except httpx.HTTPError as error:
                    faults.append(error)
                    return
                statuses.append(answer.status_code)
                if answer.headers.get("connection") == "close":
                    return

    with serve("--drain-seconds=2.4") as server:
        threads = [threading.Thread(target=classify, args=(server.url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(statuses) > 2 * len(threads))
        server.terminate()
        time.sleep(1.2)  # until the second half of the draining
        ready = httpx.get(f"{server.url}/ready")
        after.append(ready.status_code)
        after.append(httpx.post(f"{server.url}/predict", files={"files": clip}).status_code)
        for thread in threads:
            thread.join(20)
        code = server.process.wait(20)
    assert faults == []
    assert set(statuses) == {200}
    assert len(statuses) > len(threads)
    assert after == [503, 200]
    assert ready.headers["connection"] == "close"
    assert code == 0


def listens(port: int) -> bool:
    """Whether a socket listens on the port, without an attempt to connect."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(line[1].endswith(f":{port:04X}") and line[3] == "0A" for line in lines)


def test_a_client_that_connected_before_the_port_was_closed_is_answered(serve: Serve) -> None:
    """The request is sent after the service has begun to stop."""
    with serve("--drain-seconds=0") as server:
        assert listens(server.port)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as early:
            server.terminate()
            wait_until(lambda: not listens(server.port))
            early.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = early.recv(9999)
        assert server.process.wait(20) == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


def test_a_request_in_progress_is_finished_after_an_interrupt(serve: Serve, wav: MakeWav) -> None:
    answers: list[httpx.Response] = []
    with serve() as server:
        thread = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{server.url}/predict", files={"files": ("slow", wav(0.2))}, timeout=20)
            )
        )
        thread.start()
        in_flight = "\nvocalbaby_requests_in_flight 2.0\n"  # this request and the scrape
        wait_until(lambda: in_flight in httpx.get(f"{server.url}/metrics").text)
        server.process.send_signal(signal.SIGINT)
        thread.join(20)
        code = server.process.wait(20)
    assert answers[0].status_code == 200
    assert code == 0


def test_a_log_that_cannot_be_written_changes_nothing(serve: Serve, wav: MakeWav) -> None:
    with serve("--drain-seconds=0", "--access-log", full_disk=True) as server:
        answer = httpx.post(f"{server.url}/predict", files={"files": wav(0.2)})
        assert answer.status_code == 200
        server.terminate()
        assert server.process.wait(20) == 0
