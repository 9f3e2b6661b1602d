"""Clients behind nginx that are slow, or too many: the service has no part in them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import wait_until
from tests.server.proxy.conftest import NAME, problem, read_all

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: A running server process, see conftest; a running nginx.
Server = Any
Proxy = Any
Start = Callable[..., AbstractContextManager[Any]]

MANY = {"limit_conn vocalbaby_connections 32;": "limit_conn vocalbaby_connections 500;"}
HEAD = f"Host: {NAME}\r\nContent-Type: audio/wav\r\n".encode()


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def server(serve: Start, jobs: Path) -> Iterator[Server]:
    """A service that would have no connection left with 20 slow clients."""
    with serve("--max-connections=20", f"--job-folder={jobs}") as running:
        yield running


def established(port: int) -> int:
    """Number of connections that have been made to a port of this machine."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(f[1].endswith(f":{port:04X}") and f[3] == "01" for f in fields)


def post(path: str, size: int) -> bytes:
    return b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (path.encode(), HEAD, size)


def test_senders_that_pause_hold_no_connection_of_the_service(
    nginx: Start, server: Server, wav: MakeWav
) -> None:
    timeout = {"client_body_timeout 10s;": "client_body_timeout 3s;"}
    with nginx(f"127.0.0.1:{server.port}", replace=MANY | timeout) as proxy, ExitStack() as held:
        senders = [held.enter_context(proxy.connect()) for _ in range(60)]
        for sender in senders:
            sender.sendall(post("/predict", 2**20) + bytes(2**18))
        with proxy.client() as client:
            answer = client.post("/predict", files={"files": ("a.wav", wav(0.2))})
        assert answer.status_code == 200
        wait_until(lambda: established(server.port) == 0)
        for sender in senders:
            assert read_all(sender) == b""  # closed by nginx, without a response
        proxy.line(answer)
        assert len(proxy.forwarded()) == 1


def test_readers_that_pause_hold_no_connection_of_the_service(
    nginx: Start, server: Server, wav: MakeWav
) -> None:
    """Their responses wait in nginx, which ends them when they read nothing for a time."""
    request = b"GET /openapi.json HTTP/1.1\r\n" + HEAD + b"\r\n"
    small = {"ssl default_server;": "ssl default_server sndbuf=8192;"}
    with nginx(f"127.0.0.1:{server.port}", replace=MANY | small) as proxy, ExitStack() as held:
        for _ in range(2):
            for _ in range(18):
                reader = held.enter_context(proxy.connect(receive_bytes=4096))
                reader.sendall(request)
            wait_until(lambda: established(server.port) > 0)
            wait_until(lambda: established(server.port) == 0)
        assert (established(proxy.port), proxy.forwarded()) == (36, [])
        with proxy.client() as client:
            answer = client.post("/predict", files={"files": ("a.wav", wav(0.2))})
            assert answer.status_code == 200
        wait_until(lambda: established(proxy.port) == 0)


def test_a_recording_of_a_job_arrives_at_the_service_as_it_is_sent(
    nginx: Start, server: Server, jobs: Path, wav: MakeWav
) -> None:
    """It is larger than other bodies may be, and nginx writes none of it to disk."""
    body = wav(1.0) + bytes(40_000_000)
    with nginx(f"127.0.0.1:{server.port}") as proxy, proxy.connect() as sender:
        sender.sendall(
            post("/segment", len(body)).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        )
        sender.sendall(body[:20_000_000])
        wait_until(lambda: largest(jobs) > 10_000_000)
        assert largest(proxy.folder / "body") == 0
        sender.sendall(body[20_000_000:])
        assert read_all(sender).startswith(b"HTTP/1.1 202 ")


def largest(folder: Path) -> int:
    return max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)


def test_one_address_has_a_limited_number_of_connections_and_uploads(
    nginx: Start, server: Server
) -> None:
    with nginx(f"127.0.0.1:{server.port}") as proxy, ExitStack() as held, proxy.client() as client:

        def hold(path: str, count: int) -> None:
            for _ in range(count):
                connection = held.enter_context(proxy.connect())
                connection.sendall(post(path, 2**20))

        hold("/segment", 4)
        wait_until(lambda: established(server.port) >= 4)
        answer = client.get("/segment")
        assert (answer.status_code, problem(answer)["code"]) == (429, "rate_limited")
        assert client.get("/health").status_code == 200
        hold("/predict", 28)
        wait_until(lambda: client.get("/health").status_code == 429)
        answer = client.get("/health")
        assert problem(answer)["code"] == "rate_limited"
        assert answer.headers["retry-after"] == "1"
        held.close()
        wait_until(lambda: client.get("/health").status_code == 200)


@pytest.mark.parametrize(
    ("same", "other"),
    [
        (["192.0.2.1"], "192.0.2.2"),
        (["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::ffff"], "2001:db8:1:3::1"),
        (["2001:db8::1", "2001:db8::ffff:1"], "2001:db9::1"),
        (["::1", "::2"], "64:ff9b::1"),
    ],
)
def test_one_client_has_a_limited_rate(
    nginx: Start, server: Server, same: list[str], other: str
) -> None:
    """A client with IPv6 has many addresses, which share the rate."""
    extra = "set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;"
    lower = {"rate=100r/s": "rate=1r/m", "burst=200": "burst=2"}
    with (
        nginx(f"127.0.0.1:{server.port}", extra=extra, replace=lower) as proxy,
        proxy.client() as client,
    ):
        answers: list[httpx.Response] = [
            client.get("/health", headers={"X-Test-Address": address})
            for address in [*(same * 4)[:4], other]
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    assert problem(answers[3])["code"] == "rate_limited"


def test_without_the_service_the_answer_is_a_problem_document(nginx: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with nginx(f"127.0.0.1:{port}") as proxy, proxy.client() as client:
        answer = client.get("/ready")
    assert (answer.status_code, problem(answer)["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"
