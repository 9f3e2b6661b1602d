"""One kind of ambiguous request, and what it is made of."""

from typing import Final, NamedTuple

__all__ = [
    "CHUNKS",
    "EMPTY_SEEN",
    "GET_SEEN",
    "NEXT",
    "NEXT_SEEN",
    "POST_SEEN",
    "Case",
    "Seen",
    "post",
]


class Seen(NamedTuple):
    """A request that the application gets."""

    method: str
    path: str
    body: bytes = b""


class Case(NamedTuple):
    """Bytes of a client.

    Attributes:
        name: Unique.
        data: What the client sends.
        allowed: The requests that the application sees, in this order. Behind them, the service
            closes the connection, unless they are all that the client sent.
        refusable: Whether the service may refuse any of them, since RFC 9112 permits both.
        endless: Whether it is the begin of a body that is too large to be sent.
    """

    name: str
    data: bytes
    allowed: tuple[Seen, ...] = ()
    refusable: bool = False
    endless: bool = False


NEXT: Final = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
NEXT_SEEN: Final = Seen("GET", "/smuggled")
CHUNKS: Final = b"5\r\nabcde\r\n0\r\n\r\n"
POST_SEEN: Final = Seen("POST", "/a", b"abcde")
GET_SEEN: Final = Seen("GET", "/a")
EMPTY_SEEN: Final = Seen("POST", "/a")


def post(lines: bytes, body: bytes, version: bytes = b"1.1") -> bytes:
    """Return a request with these header lines and this body, and the next request."""
    head = b"POST /a HTTP/%b\r\nHost: x\r\n%b\r\n\r\n" % (version, lines)
    return head + body + NEXT
