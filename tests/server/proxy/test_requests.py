"""Requests through nginx: answers, sizes, names, and what the service learns of a client."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from tests.server.proxy.conftest import NAME, problem

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: A running server process, see conftest; a running nginx.
Server = Any
Proxy = Any
Start = Callable[..., AbstractContextManager[Any]]

WAV = {"Content-Type": "audio/wav"}
FORGED = {
    "X-Forwarded-For": "198.51.100.1, 127.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
    "X-Real-IP": "198.51.100.1",
    "Forwarded": "for=198.51.100.1;host=elsewhere.example",
    "X-Request-ID": "a-name",
}


@pytest.fixture(scope="module")
def server(serve: Start) -> Iterator[Server]:
    with serve("--forwarded-allow-ips=127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def proxy(nginx: Start, server: Server) -> Iterator[Proxy]:
    with nginx(f"127.0.0.1:{server.port}") as running:
        yield running


@pytest.fixture
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    with proxy.client() as found:
        yield found


def padded(clip: bytes, size: int) -> bytes:
    """A recording with a chunk after its sound, so that it has ``size`` bytes."""
    rest = size - len(clip) - 8
    data = clip + b"junk" + rest.to_bytes(4, "little") + bytes(rest)
    return data[:4] + (size - 8).to_bytes(4, "little") + data[8:]


def test_a_prediction_has_the_request_id_of_the_proxy(
    client: httpx.Client, proxy: Proxy, wav: MakeWav
) -> None:
    answer = client.post("/predict", files={"files": ("a.wav", wav(0.2))}, headers=FORGED)
    assert answer.json()["results"][0]["label"] == "Crying"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert " POST /predict 200 " in proxy.line(answer)


def test_bodies_up_to_the_limit_of_the_service_pass(client: httpx.Client, wav: MakeWav) -> None:
    exact = padded(wav(0.2), 32 * 2**20)
    assert client.post("/predict", content=exact, headers=WAV).status_code == 200
    answer = client.post("/predict", content=exact + b"x", headers=WAV)
    assert (answer.status_code, problem(answer)["code"]) == (413, "request_too_large")
    pieces = (exact[i : i + 2**20] for i in range(0, len(exact), 2**20))
    assert client.post("/predict", content=pieces, headers=WAV).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "route_not_found"),
        ("/.problem", 404, "route_not_found"),
        ("/predict", 405, "method_not_allowed"),
        ("/docs/", 404, "route_not_found"),
    ],
)
def test_errors_are_problem_documents(
    client: httpx.Client, path: str, status: int, code: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: %s\r\nX-A: %s\r\n\r\n" % (NAME.encode(), b"a" * 40_000), b"431"),
        (b"GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (b"a" * 8000, NAME.encode()), b"431"),
        (b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n", b"421"),
        (b"GET /health HTTP/1.1\r\nHost: %s\r\nHost: a\r\n\r\n" % NAME.encode(), b"400"),
        (b"TRACE / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % NAME.encode(), b"405"),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_for_the_service_does_not_reach_it(
    client: httpx.Client, proxy: Proxy, request_: bytes, status: bytes
) -> None:
    proxy.line(client.get("/health"))
    before = len(proxy.forwarded())
    assert proxy.exchange(request_).startswith(b"HTTP/1.1 %b " % status)
    proxy.line(client.get("/health"))
    assert len(proxy.forwarded()) == before + 1


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "//metrics",
        "/%6detrics",
        "/./metrics",
        "/x/../metrics?a",
        "/docs",
        "/openapi.json",
    ],
)
def test_only_operators_see_metrics_and_documents(
    nginx: Start, server: Server, proxy: Proxy, path: str
) -> None:
    """Another spelling of a path is a path that the service does not have, or the same path."""
    request = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (
        path.encode(),
        NAME.encode(),
    )
    if path[1:].isalpha():
        assert proxy.exchange(request).startswith(b"HTTP/1.1 200 ")
    with nginx(f"127.0.0.1:{server.port}", operators="192.0.2.0/24") as closed:
        found = closed.exchange(request)
        assert found.startswith(b"HTTP/1.1 404 ")
        assert b"route_not_found" in found
        with closed.client() as client:
            closed.line(client.get("/health"))
        assert len(closed.forwarded()) == 1


def test_the_log_has_neither_queries_nor_jobs(client: httpx.Client, proxy: Proxy) -> None:
    secret = client.get("/segment/0123secret/result?format=secret", headers={"X-API-Key": "secret"})
    other = client.get("/health?name=secret", headers={"Referer": "secret", "User-Agent": "secret"})
    jobs, health = proxy.line(secret), proxy.line(other)
    assert " GET /segment/-/result 404 " in jobs
    assert " GET /health 200 " in health
    assert "secret" not in jobs + health


def test_plain_http_leads_to_the_name_and_not_to_the_host_of_a_request(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.http}/docs?a=b"
    answer = httpx.get(url, headers={"Host": "elsewhere.example"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{NAME}/docs?a=b")


def test_tls_needs_the_name_and_a_modern_version(proxy: Proxy) -> None:
    with proxy.connect() as connection:
        assert connection.version() == "TLSv1.3"
    old = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        proxy.connect(context=old)
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        proxy.connect(name="other.example")


def test_responses_are_compressed_and_still_cached(client: httpx.Client) -> None:
    first = client.get("/page/app.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = client.get("/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "127.0.0.1"), (None, "127.0.0.1")],
)
def test_the_service_logs_the_address_that_a_trusted_proxy_names(
    serve: Start, nginx: Start, trusted: str | None, expected: str
) -> None:
    flags = [] if trusted is None else [f"--forwarded-allow-ips={trusted}"]
    # nginx takes the address of its client from a header of the test.
    extra = "set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;"
    with serve("--access-log", *flags) as server:
        with nginx(f"127.0.0.1:{server.port}", extra=extra) as proxy, proxy.client() as client:
            answer = client.get("/health", headers=FORGED | {"X-Test-Address": "203.0.113.9"})
        server.terminate()
        log = server.process.communicate(timeout=30)[1]
    (line,) = [line for line in log.splitlines() if answer.headers["x-request-id"] in line]
    assert f" client={expected} " in line


def test_a_root_path_is_kept(serve: Start, nginx: Start, wav: MakeWav) -> None:
    with (
        serve("--root-path=/lab/vocalbaby") as server,
        nginx(f"127.0.0.1:{server.port}", root_path="/lab/vocalbaby") as proxy,
        proxy.client() as client,
    ):
        answer = client.get("/lab/vocalbaby", headers=FORGED)
        assert answer.is_redirect
        assert answer.headers["location"] == "/lab/vocalbaby/"
        assert client.get("/lab/vocalbaby/page/app.js").status_code == 200
        made = client.post("/lab/vocalbaby/segment", content=wav(1.0), headers=WAV | FORGED)
        assert made.headers["location"].startswith("/lab/vocalbaby/segment/")
        assert client.get(made.headers["location"]).json()["id"] == made.json()["id"]
        assert problem(client.get("/health"))["code"] == "route_not_found"
