"""Heads that two servers could understand differently, and limits of heads that are exact."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from packages.api.tests.support import wait_until
from tests.server.connections.sockets import counted, exchange
from vocalbaby.api.http.schemas import Problem

Serve = Callable[..., AbstractContextManager[Any]]

GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
#: What a refused request must not smuggle past the first response.
NEXT = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MAX_HEAD = 4096


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Any]:
    with serve(f"--max-head-bytes={MAX_HEAD}", "--head-seconds=5") as running:
        yield running


def check_refusal(server: Any, request: bytes, status: int, code: str) -> None:
    """The one response is a problem document, and the connection is closed."""
    for pieces in ([request + NEXT], [request[:-1], request[-1:], NEXT]):
        (reply,) = exchange(server.port, *pieces)
        assert reply.status == status, reply.body
        assert Problem.model_validate_json(reply.body).code == code
        assert reply.headers["connection"] == "close"
        assert reply.headers["content-length"] == str(len(reply.body))


AMBIGUOUS = {
    "no Host": GET + b"\r\n",
    "two Hosts": GET + b"Host: x\r\nHost: x\r\n\r\n",
    "empty Host": GET + b"Host:\r\n\r\n",
    "two names in Host": GET + b"Host: x, y\r\n\r\n",
    "path in Host": GET + b"Host: x/y\r\n\r\n",
    "user in Host": GET + b"Host: a@x\r\n\r\n",
    "port that is not a number": GET + b"Host: x:80a\r\n\r\n",
    "bytes in Host": GET + b"Host: \xc3\xa4\r\n\r\n",
    "HTTP/0.9": b"GET /health HTTP/0.9\r\nHost: x\r\n\r\n",
    "no version": b"GET /health\r\nHost: x\r\n\r\n",
    "HTTP/1.2": b"GET /health HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2.0": b"GET /health HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/3.0": b"GET /health HTTP/3.0\r\nHost: x\r\n\r\n",
    "http/1.1": b"GET /health http/1.1\r\nHost: x\r\n\r\n",
    "RTSP": b"GET /health RTSP/1.0\r\nHost: x\r\n\r\n",
    "ICE": b"SOURCE /health ICE/1.0\r\nHost: x\r\n\r\n",
    "two spaces": b"GET  /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "tabs": b"GET\t/health\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "LF": b"GET /health HTTP/1.1\nHost: x\n\n",
    "LF at the end": GET + b"Host: x\r\n\n",
    "CR": b"GET /health HTTP/1.1\rHost: x\r\r",
    "CR CR LF": GET + b"Host: x\r\r\n\r\n",
    "LF in a value": GET + b"Host: x\r\nA: b\nC: d\r\n\r\n",
    "folded line": GET + b"Host: x\r\nA: b\r\n c\r\n\r\n",
    "folded first line": GET + b" A: b\r\nHost: x\r\n\r\n",
    "NUL": GET + b"Host: x\r\nA: b\0c\r\n\r\n",
    "space before the colon": GET + b"Host: x\r\nA : b\r\n\r\n",
    "space in a name": GET + b"Host: x\r\nA B: c\r\n\r\n",
    "no name": GET + b"Host: x\r\n: c\r\n\r\n",
    "no colon": GET + b"Host: x\r\nA\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two encodings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two lines of encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "no encoding": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /predict HTTP/1.0\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "plus": POST + b"Content-Length: +3\r\n\r\nabc",
    "minus": POST + b"Content-Length: -3\r\n\r\nabc",
    "underscore": POST + b"Content-Length: 3_0\r\n\r\nabc",
    "hexadecimal": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "Unicode digits": POST + "Content-Length: ٣\r\n\r\nabc".encode(),
    "superscript": POST + b"Content-Length: \xb3\r\n\r\nabc",
    "no length": POST + b"Content-Length:\r\n\r\nabc",
    "20 digits": POST + b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "2000 digits": POST + b"Content-Length: " + b"9" * 2000 + b"\r\n\r\nabc",
    "leading zeros": POST + b"Content-Length: " + b"0" * 2000 + b"3\r\n\r\nabc",
    "chunk size with LF": POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
    "chunk with LF": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n",
    "chunk size with 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "chunk size with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    "chunk size with _": POST + b"Transfer-Encoding: chunked\r\n\r\n0_3\r\nabc\r\n0\r\n\r\n",
    "chunk that is longer": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "chunk size of 68 bits": POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc",
    "end with LF": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\n",
    "CR in an extension": POST + b"Transfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_two_servers_could_understand_differently_is_refused(
    server: Any, request_: bytes
) -> None:
    check_refusal(server, request_, 400, "http_invalid")


def test_refused_heads_are_counted(server: Any) -> None:
    before = counted(server, "http_invalid")
    exchange(server.port, GET + b"\r\n")
    wait_until(lambda: counted(server, "http_invalid") == before + 1)


@pytest.mark.parametrize("expectation", [b"bogus", b"100-continue, bogus", b"200-ok", b""])
def test_an_unknown_expectation_is_refused(server: Any, expectation: bytes) -> None:
    request = POST + b"Expect: %b\r\nContent-Length: 3\r\n\r\n" % expectation
    check_refusal(server, request, 417, "expectation_failed")


def test_a_client_that_waits_for_100_is_told_to_go_on(
    server: Any, wav: Callable[..., bytes]
) -> None:
    clip = wav(0.1)
    head = POST + b"Connection: close\r\nContent-Length: %d\r\n" % len(clip)
    replies = exchange(server.port, head + b"Expect: 100-Continue\r\n\r\n", clip)
    assert [reply.status for reply in replies] == [100, 200]


@pytest.mark.parametrize(
    "request_",
    [
        GET + b"Host: vocalbaby.example\r\n\r\n",
        GET + b"Host: vocalbaby.example:8000\r\n\r\n",
        GET + b"Host: 127.0.0.1:\r\n\r\n",
        GET + b"Host: [::1]:8000\r\n\r\n",
        GET + b"host:x\r\n\r\n",
        b"GET http://x/health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n\r\n" + GET + b"Host: x\r\n\r\n",
        b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_heads_with_one_meaning_are_answered(server: Any, request_: bytes) -> None:
    methods = (request_.lstrip().partition(b" ")[0],)
    assert [r.status for r in exchange(server.port, request_ + NEXT, methods=methods)] == [200] * 2


def test_http_1_0_needs_no_host(server: Any) -> None:
    (reply,) = exchange(server.port, b"GET /health HTTP/1.0\r\n\r\n")
    assert (reply.status, reply.headers["connection"]) == (200, "close")


def test_a_refused_head_request_has_no_body(server: Any) -> None:
    (reply,) = exchange(server.port, b"HEAD /health HTTP/1.1\r\n\r\n", methods=(b"HEAD",))
    assert (reply.status, reply.body) == (400, b"")


def head_of(size: int) -> bytes:
    """A head of exactly this size."""
    start = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_the_limit_of_a_head_is_exact(server: Any, parts: int) -> None:
    for size, status in ((MAX_HEAD, 200), (MAX_HEAD + 1, 431), (120_000, 431)):
        head = head_of(size)
        step = -(-size // parts)
        pieces = [head[at : at + step] for at in range(0, size, step)]
        (reply,) = exchange(server.port, *pieces)
        assert reply.status == status, (size, reply.body)


def test_the_limit_of_a_head_does_not_count_the_body_or_other_heads(
    server: Any, wav: Callable[..., bytes]
) -> None:
    clip = wav(0.5)
    assert len(clip) > 2 * MAX_HEAD
    head = POST + b"Content-Length: %d\r\nX-A: " % len(clip)
    head += b"a" * (MAX_HEAD - len(head) - 4) + b"\r\n\r\n"
    replies = exchange(server.port, head + clip + head + clip + head_of(MAX_HEAD))
    assert [reply.status for reply in replies] == [200, 200, 200]


CHUNKED = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"3;" + b"a" * 2 * MAX_HEAD + b"\r\nabc\r\n0\r\n\r\n",
        b"3;" + b"a" * 2 * MAX_HEAD,
        b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * MAX_HEAD,
        b"0" * 2 * MAX_HEAD + b"3\r\nabc\r\n0\r\n\r\n",
        b"0\r\nX-A: " + b"a" * 2 * MAX_HEAD + b"\r\n\r\n",
        b"0\r\n" + b"X-A: b\r\n" * MAX_HEAD + b"\r\n",
    ],
)
def test_extensions_and_trailers_are_limited(server: Any, body: bytes) -> None:
    check_refusal(server, CHUNKED + body, 431, "head_too_large")


def test_small_chunks_short_extensions_and_trailers_are_read(
    server: Any, wav: Callable[..., bytes]
) -> None:
    clip = wav(0.2)
    single = b"".join(b"1\r\n%c\r\n" % byte for byte in clip)
    named = b"".join(
        b"%x;name=value\r\n%b\r\n" % (100, clip[at : at + 100])
        for at in range(0, len(clip) - 99, 100)
    )
    for body in (single, named):
        (reply,) = exchange(server.port, CHUNKED + body + b"0\r\nX-A: b\r\n\r\n")
        assert reply.status == 200, reply.body


def test_a_declared_length_beyond_every_limit_is_413(server: Any) -> None:
    paths = {
        b"/predict": b"audio/wav",
        b"/predict_zip": b"application/zip",
        b"/segment": b"audio/wav",
        b"/v2/models/vocalbaby/infer": b"application/json",
    }
    for path, kind in paths.items():
        head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n" % (path, kind)
        (reply,) = exchange(server.port, head + b"Content-Length: 999999999999999999\r\n\r\n")
        assert reply.status == 413, (path, reply.body)
