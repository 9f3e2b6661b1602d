"""Bytes that two servers could read as different requests: nginx and the service agree on them."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

import httpx
import pytest

from packages.api.tests.support import wait_until
from tests.server.proxy.conftest import NAME

#: A running server process, see conftest; a running nginx.
Server = Any
Proxy = Any
Start = Callable[..., AbstractContextManager[Any]]

#: The request that is hidden in the body of another one.
HIDDEN: Final = f"GET /page/hidden HTTP/1.1\r\nHost: {NAME}\r\nX-A: ".encode()
CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"


def attack(
    headers: bytes, body: bytes, method: bytes = b"POST", version: bytes = b"HTTP/1.1"
) -> bytes:
    """A request, after which the connection is closed."""
    first = b"%b /predict %b\r\nHost: %b\r\nContent-Type: audio/wav\r\n" % (
        method,
        version,
        NAME.encode(),
    )
    return first + headers + b"\r\n" + body


def length(text: bytes | int) -> bytes:
    return (
        b"Content-Length: %b\r\n" % str(text).encode()
        if isinstance(text, int)
        else b"Content-Length: %b\r\n" % text
    )


N: Final = len(HIDDEN)
ENDED: Final = b"0\r\n\r\n" + HIDDEN
ATTACKS: Final = {
    "CL.TE": attack(length(len(ENDED)) + CHUNKED, ENDED),
    "TE.CL": attack(CHUNKED + length(4), b"%x\r\n%b\r\n0\r\n\r\n" % (N, HIDDEN)),
    "CL.CL": attack(length(0) + length(N), HIDDEN),
    "CL list": attack(length(b"0, %d" % N), HIDDEN),
    "CL +": attack(length(b"+%d" % N), HIDDEN),
    "CL -": attack(length(b"-1"), HIDDEN),
    "CL 0x": attack(length(b"0x%x" % N), HIDDEN),
    "CL space": attack(b"Content-Length : %d\r\n" % N, HIDDEN),
    "CL underscore": attack(b"Content_Length: %d\r\n" % N, HIDDEN),
    "CL huge": attack(length(b"9" * 5000), HIDDEN),
    "CL obs-fold": attack(b"Content-Length:\r\n %d\r\n" % N, HIDDEN),
    "TE obs-fold": attack(length(len(ENDED)) + b"Transfer-Encoding:\r\n chunked\r\n", ENDED),
    "TE folded away": attack(
        length(len(ENDED)) + b"X-A: b\r\n Transfer-Encoding: chunked\r\n", ENDED
    ),
    "TE tab": attack(b"Transfer-Encoding:\tchunked\r\n" + length(len(ENDED)), ENDED),
    "TE space": attack(b"Transfer-Encoding : chunked\r\n" + length(len(ENDED)), ENDED),
    "TE twice": attack(CHUNKED + CHUNKED, ENDED),
    "TE identity": attack(b"Transfer-Encoding: identity\r\n" + length(len(ENDED)), ENDED),
    "TE xchunked": attack(b"Transfer-Encoding: xchunked\r\n" + length(len(ENDED)), ENDED),
    "TE list": attack(b"Transfer-Encoding: gzip, chunked\r\n" + length(len(ENDED)), ENDED),
    "TE quoted": attack(b'Transfer-Encoding: "chunked"\r\n' + length(len(ENDED)), ENDED),
    "TE vertical tab": attack(b"Transfer-Encoding: \x0bchunked\r\n" + length(len(ENDED)), ENDED),
    "TE null": attack(b"Transfer-Encoding: chunked\x00\r\n" + length(len(ENDED)), ENDED),
    "TE in 1.0": attack(CHUNKED + length(len(ENDED)), ENDED, version=b"HTTP/1.0"),
    "bare CR": attack(b"X-A: b\rTransfer-Encoding: chunked\r\n" + length(len(ENDED)), ENDED),
    "bare LF": attack(b"X-A: b\nTransfer-Encoding: chunked\n" + length(len(ENDED)), ENDED),
    "chunk size +": attack(CHUNKED, b"+0\r\n\r\n" + HIDDEN),
    "chunk size 0x": attack(CHUNKED, b"0x0\r\n\r\n" + HIDDEN),
    "chunk size overflow": attack(CHUNKED, b"1" + b"0" * 16 + b"\r\n\r\n" + HIDDEN),
    "chunk extension": attack(CHUNKED, b"0;a\nb\r\n\r\n" + HIDDEN),
    "chunk bare LF": attack(CHUNKED, b"0\n\n" + HIDDEN),
    "trailer": attack(CHUNKED, b"0\r\nContent-Length: %d\r\n\r\n" % N + HIDDEN),
    "Upgrade h2c": attack(
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n" + length(N),
        HIDDEN,
    ),
    "Upgrade websocket": attack(
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + length(N), HIDDEN
    ),
    "CONNECT": attack(length(N), HIDDEN, method=b"CONNECT"),
    "GET with a body": attack(length(N), HIDDEN, method=b"GET"),
    "Expect": attack(b"Expect: 100-continue\r\n" + length(N), HIDDEN),
    "Connection names CL": attack(b"Connection: Content-Length\r\n" + length(N), HIDDEN),
    "absolute form": attack(length(N), HIDDEN).replace(b" /predict", b" http://a/predict"),
    "head in the path": b"GET /page/a%0d%0aHost:%20a%0d%0a%0d%0aGET%20/page/hidden"
    b" HTTP/1.1\r\nHost: " + f"{NAME}\r\n\r\n".encode(),
}


@pytest.fixture(scope="module")
def server(serve: Start) -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(nginx: Start, server: Server) -> Iterator[Proxy]:
    # The end of a body that never comes is not awaited for long.
    brief = {
        "client_body_timeout 10s;": "client_body_timeout 1s;",
        "keepalive_timeout 30s;": "keepalive_timeout 1s;",
    }
    with nginx(f"127.0.0.1:{server.port}", replace=brief) as running:
        yield running


def requests_of(server: Server) -> int:
    """The number of requests that the service has received, without those for its metrics."""
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(
        int(float(line.split()[-1]))
        for line in lines
        if re.match(r"vocalbaby_requests_total\{", line) and 'route="/metrics"' not in line
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_the_service_sees_as_many_requests_as_nginx(
    server: Server, proxy: Proxy, name: str
) -> None:
    """A request of its own that follows on the same connection is read as one by both."""
    before, forwarded = requests_of(server), len(proxy.forwarded())
    received = proxy.exchange(ATTACKS[name] + b"b\r\nConnection: close\r\n\r\n")
    answers = len(re.findall(rb"HTTP/1\.[01] (?!100)\d{3} ", received))
    # The next client has the answer to its own request.
    with proxy.client() as client:
        answer = client.get("/health")
        assert answer.json() == {"status": "ok"}
    # A response is written before its line of the log and before it is counted.
    proxy.line(answer)
    wait_until(lambda: requests_of(server) - before == len(proxy.forwarded()) - forwarded)
    assert len(proxy.forwarded()) - forwarded <= answers + 1 <= 3
