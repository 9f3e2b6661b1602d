"""Requests whose heads two servers could read in two ways."""

from collections.abc import Iterator

from tests.server.smuggling.case import GET_SEEN, NEXT, NEXT_SEEN, POST_SEEN, Case, Seen, post

__all__ = ["first_lines", "hosts", "others"]


def first_lines() -> Iterator[Case]:
    """Lines that are almost a request."""
    hosted = b"\r\nHost: x\r\n\r\n" + NEXT
    both = (GET_SEEN, NEXT_SEEN)
    for line in (
        b"GET http://x/a HTTP/1.1",
        b"GET http://other/a HTTP/1.1",
        b"\r\nGET /a HTTP/1.1",
    ):
        yield Case(f"{line!r}", line + hosted, both)
    yield Case("OPTIONS *", b"OPTIONS * HTTP/1.1" + hosted, (Seen("OPTIONS", "*"), NEXT_SEEN))
    # The path is "*", which no route has.
    yield Case("GET *", b"GET * HTTP/1.1" + hosted, (Seen("GET", "*"), NEXT_SEEN))
    yield Case("fragment", b"GET /a#b HTTP/1.1" + hosted, both)
    yield Case("HTTP/1.2", b"GET /a HTTP/1.2" + hosted, both)
    yield Case("HTTP/1.0", b"GET /a HTTP/1.0" + hosted, (GET_SEEN,))
    for line in (
        b"GET  /a HTTP/1.1",
        b"GET\t/a HTTP/1.1",
        b"GET\x0b/a HTTP/1.1",
        b"GET /a\tHTTP/1.1",
        b"GET /a HTTP/1.1 ",
        b"GET /a HTTP/1.1 HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /a\0 HTTP/1.1",
        b"GET /a",
        b"GET /a HTTP/0.9",
        b"GET /a HTTP/2.0",
        b"GET /a HTTP/3",
        b"GET /a HTTP/1.10",
        b"GET /a HTTP/01.1",
        b"GET /a HTTP/1,1",
        b"GET /a http/1.1",
        b"GET /a HTTPS/1.1",
        b"GET /a ICE/1.0",
        b"GET /a RTSP/1.0",
        b"GET a HTTP/1.1",
        b"GET x:80 HTTP/1.1",
        b" GET /a HTTP/1.1",
        b"get /a HTTP/1.1",
        b"G\0ET /a HTTP/1.1",
        b"GET",
        b"CONNECT x:80 HTTP/1.1",
        b"CONNECT /a HTTP/1.1",
        b"CONNECT x HTTP/1.1\r\nContent-Length: 3",
        b"PRI * HTTP/2.0",
        b"HTTP/1.1 200 OK",
        b"\0",
        b"\x16\x03\x01",
    ):
        yield Case(f"{line!r}", line + hosted)
    yield Case("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + NEXT)
    yield Case("HTTP/0.9", b"GET /a\r\n" + NEXT)
    yield Case("HTTP/0.9 with an empty line", b"GET /a\r\n\r\n" + NEXT)


def hosts() -> Iterator[Case]:
    """Requests for no host, or for several."""
    lines = b"GET /a HTTP/1.1\r\n%b\r\n\r\n" + NEXT
    for host in (b"Host: x:80", b"host:x", b"Host: [::1]:80"):
        yield Case(f"{host!r}", lines % host, (GET_SEEN, NEXT_SEEN))
    for host in (
        b"X: y",
        b"Host: x\r\nHost: y",
        b"Host: x\r\nHost: x",
        b"Host: x\r\nhost:",
        b"Host: x, y",
        b"Host: x y",
        b"Host: x/y",
        b"Host: u@x",
        b"Host: x\0",
        b"Host: x\r\n y",
        b"Host : x",
        b" Host: x",
    ):
        yield Case(f"{host!r}", lines % host)
    yield Case("HTTP/1.0 without Host", b"GET /a HTTP/1.0\r\n\r\n" + NEXT, (GET_SEEN,))


def others() -> Iterator[Case]:
    """Upgrades, expectations, closed connections, line ends."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: %b\r\n"
    for name in (b"h2c", b"websocket", b"TLS/1.0", b"foo"):
        head = upgrade % name
        length = b"Content-Length: %d" % len(NEXT)
        in_body = (Seen("POST", "/a", NEXT), NEXT_SEEN)
        yield Case(f"Upgrade: {name!r}, CL", post(head + length, NEXT), in_body)
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(NEXT), NEXT)
        encoded = head + b"Transfer-Encoding: chunked"
        yield Case(f"Upgrade: {name!r}, TE", post(encoded, chunks), in_body)
        no_body = b"GET /a HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + NEXT
        yield Case(f"Upgrade: {name!r}, GET", no_body, (GET_SEEN, NEXT_SEEN))
        both = head + b"Content-Length: 5\r\nTransfer-Encoding: chunked"
        yield Case(f"Upgrade: {name!r}, CL.TE", post(both, b"0\r\n\r\n"))
    yield Case("closed", post(b"Connection: close\r\nContent-Length: 5", b"abcde"), (POST_SEEN,))
    expected = b"Expect: 100-continue\r\nContent-Length: 5"
    yield Case("Expect", post(expected, b"abcde"), (POST_SEEN, NEXT_SEEN))
    yield Case("Expect: bogus", post(b"Expect: bogus\r\nContent-Length: 5", b"abcde"))
    one = b"GET /a HTTP/1.1\r\nHost: x\r\nX: y"
    for end in (b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\r\n\r\n", b"\r\n\r\r\n", b"\r\r", b"\n\r\r\n"):
        yield Case(f"end of head {end!r}", one + end + NEXT)
    yield Case("all line ends LF", (one + b"\r\n\r\n").replace(b"\r", b"") + NEXT)
    yield Case("all line ends CR", (one + b"\r\n\r\n").replace(b"\n", b"") + NEXT)
    yield Case("two requests", one + b"\r\n\r\n" + NEXT, (GET_SEEN, NEXT_SEEN))
    yield Case("empty lines between", one + b"\r\n\r\n\r\n\r\n" + NEXT, (GET_SEEN, NEXT_SEEN))
    body = post(b"Content-Length: 5", b"abcde" + b"\r\n")
    yield Case("a line end behind the body", body, (POST_SEEN, NEXT_SEEN))
    yield Case("a body that is too long", post(b"Content-Length: 5", b"abcdefgh"), (POST_SEEN,))
