"""Requests that ask for another protocol: their bodies are read, and the question is ignored."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.server.connections.sockets import exchange

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]

#: As Java's HttpClient and curl --http2 send them.
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
WEBSOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
LAST = b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(serve: Serve) -> Iterator[int]:
    with serve() as server:
        yield server.port


def request_of(clip: bytes, upgrade: bytes, *, chunked: bool) -> tuple[bytes, bytes]:
    """Head and body of a prediction request."""
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n" + upgrade
    if not chunked:
        return head + b"Content-Length: %d\r\n\r\n" % len(clip), clip
    half = len(clip) // 2
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (clip[:half], clip[half:]))
    return head + b"Transfer-Encoding: chunked\r\n\r\n", pieces + b"0\r\n\r\n"


def together(head: bytes, body: bytes) -> list[bytes]:
    return [head + body + LAST]


def apart(head: bytes, body: bytes) -> list[bytes]:
    return [head, body, LAST]


def next_one_early(head: bytes, body: bytes) -> list[bytes]:
    return [head + body[:100], body[100:] + LAST[:20], LAST[20:]]


def byte_by_byte(head: bytes, body: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in head + body + LAST]


@pytest.mark.parametrize("send", [together, apart, next_one_early, byte_by_byte])
@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("upgrade", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
def test_the_body_of_a_request_with_upgrade_is_read(
    port: int,
    wav: MakeWav,
    upgrade: bytes,
    framing: str,
    send: Callable[[bytes, bytes], list[bytes]],
) -> None:
    head, body = request_of(wav(0.05), upgrade, chunked=framing == "chunks")
    prediction, last = exchange(port, *send(head, body))
    assert prediction.status == 200, prediction.body
    assert b'"results"' in prediction.body
    assert last.status == 200, last.body
    assert b"model_version" in last.body


@pytest.mark.parametrize("upgrade", [H2C, WEBSOCKET])
def test_requests_with_upgrade_and_without_a_body_are_answered(port: int, upgrade: bytes) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n"
    assert [reply.status for reply in exchange(port, one * 3 + LAST)] == [200] * 4
    pieces = [bytes([byte]) for byte in one * 2 + LAST]
    assert [reply.status for reply in exchange(port, *pieces)] == [200] * 3


def test_a_body_is_never_a_request_of_its_own(port: int) -> None:
    smuggled = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\n" + H2C
    head += b"Content-Length: %d\r\n\r\n" % len(smuggled)
    for pieces in ([head + smuggled + LAST], [head, smuggled, LAST]):
        assert [reply.status for reply in exchange(port, *pieces)] == [404, 200]


def test_a_body_in_damaged_chunks_after_an_upgrade_is_refused(port: int, wav: MakeWav) -> None:
    head, body = request_of(wav(0.05), H2C, chunked=True)
    (reply,) = exchange(port, head + body[:50] + b"\n" + body[50:] + LAST)
    assert reply.status == 400
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(
    "request_",
    [
        b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n" + LAST,
        b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\nContent-Length: 3\r\n\r\nabc" + LAST,
        b"CONNECT /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + LAST,
    ],
)
def test_connect_is_refused_and_the_connection_is_closed(port: int, request_: bytes) -> None:
    for pieces in ([request_], [bytes([byte]) for byte in request_]):
        (reply,) = exchange(port, *pieces)
        assert reply.status == 405
        assert "POST" in reply.headers["allow"]
        assert reply.headers["connection"] == "close"
        assert b'"code":"method_not_allowed"' in reply.body


def test_http_2_without_an_upgrade_is_refused(port: int) -> None:
    (reply,) = exchange(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"
