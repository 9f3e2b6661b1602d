"""Requests in which it is not clear where the body ends."""

from collections.abc import Iterator
from typing import Final

from tests.server.smuggling.case import (
    CHUNKS,
    EMPTY_SEEN,
    NEXT,
    NEXT_SEEN,
    POST_SEEN,
    Case,
    Seen,
    post,
)

__all__ = ["chunks_of_bodies", "codings", "lengths", "lengths_and_codings"]


def lengths_and_codings() -> Iterator[Case]:
    """A length and a transfer encoding."""
    encoded, length = b"Transfer-Encoding: chunked", b"Content-Length: %d"
    for name, lines in {
        "CL.TE": length % 6 + b"\r\n" + encoded,
        "TE.CL": encoded + b"\r\n" + length % 6,
        "CL of the whole.TE": length % (5 + len(NEXT)) + b"\r\n" + encoded,
        "CL.0 and TE": length % 0 + b"\r\n" + encoded,
        "CL, TE, CL": length % 5 + b"\r\n" + encoded + b"\r\n" + length % 15,
        "lower case": b"content-length: 4\r\ntransfer-encoding: chunked",
    }.items():
        yield Case(name, post(lines, b"0\r\n\r\n"))
    yield Case("TE in HTTP/1.0", post(encoded, CHUNKS, b"1.0"), (POST_SEEN,))
    yield Case(
        "TE in HTTP/1.0, kept", post(encoded + b"\r\nConnection: keep-alive", CHUNKS, b"1.0")
    )


_RIGHT_CODINGS: Final = (b": chunked", b":chunked", b": chunKED", b":\tchunked", b": chunked \t")
_WRONG_CODINGS: Final = (
    b": xchunked",
    b": chunkedx",
    b" : chunked",
    b"\t: chunked",
    b"\x0b: chunked",
    b"\0: chunked",
    b":\x0bchunked",
    b":\x0cchunked",
    b": \x00chunked",
    b": chunked\0",
    b": \xa0chunked",
    b": chunked, chunked",
    b": chunked, identity",
    b": identity, chunked",
    b": identity",
    b": chunked, gzip",
    b": gzip, chunked",
    b": gzip",
    b":",
    b": ,chunked",
    b": chunked,",
    b": chunked;q=1",
    b': "chunked"',
    b": 'chunked'",
    b": chun ked",
    b":\r\n chunked",
    b": x\r\n chunked",
    b": chunked\r",
    b": \rchunked",
    b": \nchunked",
    b": chunked\r\nTransfer-Encoding: identity",
    b": identity\r\nTransfer-Encoding: chunked",
    b": chunked\r\nTransfer-Encoding: chunked",
    b": chunked\r\nTransfer-Encoding: x",
    b": chunked\r\nTransfer-Encoding:",
    b": cow\r\nTransfer-Encoding: chunked",
)


def codings() -> Iterator[Case]:
    """Transfer encodings that hide from one of two servers, with a length and without."""
    for text in _RIGHT_CODINGS:
        lines = b"Transfer-Encoding" + text
        yield Case(f"TE{text!r}", post(lines, CHUNKS), (POST_SEEN, NEXT_SEEN))
    for text in (*_RIGHT_CODINGS, *_WRONG_CODINGS):
        lines = b"Transfer-Encoding" + text
        if text not in _RIGHT_CODINGS:
            yield Case(f"TE{text!r}", post(lines, CHUNKS))
        yield Case(f"TE{text!r} and CL", post(lines + b"\r\nContent-Length: 5", CHUNKS))
    # Names that are other names: the length, or its absence, counts.
    for name in (b"Transfer_Encoding", b"Content-Encoding", b"TE", b"X-Transfer-Encoding"):
        seen = (Seen("POST", "/a", CHUNKS), NEXT_SEEN)
        lines = name + b": chunked"
        yield Case(
            f"{name!r} and CL",
            post(lines + b"\r\nContent-Length: %d" % len(CHUNKS), CHUNKS),
            seen,
        )
        yield Case(f"{name!r}", post(lines, CHUNKS), (EMPTY_SEEN,))
    for lines in (
        b" Transfer-Encoding: chunked",
        b"X: y\r\n Transfer-Encoding: chunked",
        b"X: y\r\n\tTransfer-Encoding: chunked",
        b"X: y\nTransfer-Encoding: chunked",
        b"X: y\rTransfer-Encoding: chunked",
        b"X: y\r\r\nTransfer-Encoding: chunked",
        b"X: y\r\n\rTransfer-Encoding: chunked",
        b"\xffTransfer-Encoding: chunked",
        b"\0Transfer-Encoding: chunked",
        b"Transfer-\0Encoding: chunked",
        b"Transfer-Encoding chunked",
        b"Transfer Encoding: chunked",
        b"X\r\nTransfer-Encoding: chunked",
        b": x\r\nTransfer-Encoding: chunked",
    ):
        yield Case(f"{lines!r}", post(lines, CHUNKS))
        yield Case(f"{lines!r} and CL", post(b"Content-Length: 5\r\n" + lines, CHUNKS))


def lengths() -> Iterator[Case]:
    """Lengths that are twice there, or are no numbers."""
    both = (POST_SEEN, NEXT_SEEN)
    for text in (b" 5", b"5", b"\t5", b" 5 \t", b" 05"):
        yield Case(f"CL:{text!r}", post(b"Content-Length:" + text, b"abcde"), both)
    for text in (b" 5\r\nContent-Length: 5", b" 5, 5", b" 5,5"):
        yield Case(f"CL:{text!r}", post(b"Content-Length:" + text, b"abcde"), both)
    big = (b"%d" % 2**63, b"%d" % (2**64 + 5), b"%d" % (2**32 + 5) * 3, b"9" * 4400)
    for text in (
        b" 5\r\nContent-Length: 6",
        b" 0\r\nContent-Length: 5",
        b" 5\r\ncontent-length: 0",
        b" 5\r\nContent-Length:",
        b" 5, 6",
        b" 5 6",
        b" +5",
        b" -5",
        b" -0",
        b" 0x5",
        b" 5.0",
        b" 5e0",
        b" 5_0",
        b" 5;",
        b" 5x",
        b' "5"',
        b"\x0b5",
        b" 5\x0b",
        b" 5\0",
        b"",
        b" ,5",
        b" \xef\xbc\x95",
        b" \xd9\xa5",
        b"\r\n 5",
        b" 0\r\n 5",
        b" 5\rX: y",
        *(b" " + number for number in big),
    ):
        yield Case(f"CL:{text[:40]!r}", post(b"Content-Length:" + text, b"abcde"))
    for lines in (
        b"Content-Length : 5",
        b" Content-Length: 5",
        b"Content-Length\0: 5",
        b"X\nContent-Length: 5",
    ):
        yield Case(f"{lines!r}", post(lines, b"abcde"))
    yield Case("Content_Length", post(b"Content_Length: 5", b""), (EMPTY_SEEN, NEXT_SEEN))
    for method in ("GET", "HEAD", "DELETE", "OPTIONS", "PUT"):
        head = f"{method} /a HTTP/1.1\r\nHost: x\r\nContent-Length: {len(NEXT)}\r\n\r\n"
        seen = (Seen(method, "/a", NEXT), NEXT_SEEN)
        yield Case(f"CL.0 of {method}", head.encode() + NEXT + NEXT, seen)
    yield Case(
        "GET in chunks",
        post(b"Transfer-Encoding: chunked", CHUNKS).replace(b"POST", b"GET"),
        (Seen("GET", "/a", b"abcde"), NEXT_SEEN),
    )


def chunks_of_bodies() -> Iterator[Case]:
    """Chunks whose sizes, ends and extensions two servers read in two ways."""
    both = (POST_SEEN, NEXT_SEEN)
    end = b"0\r\n\r\n"
    for chunks in (
        b"5;a\r\nabcde\r\n" + end,
        b"5;a=b\r\nabcde\r\n" + end,
        b'5;a="b"\r\nabcde\r\n' + end,
        b"2\r\nab\r\n3\r\ncde\r\n" + end,
        b"0005\r\nabcde\r\n" + end,
        b"0000000000000000000000005\r\nabcde\r\n" + end,
        b"5\r\nabcde\r\n000\r\n\r\n",
        b"5\r\nabcde\r\n0;a\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX: y\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nContent-Length: 50\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nHost: y\r\nConnection: close\r\n\r\n",
        b"5 \r\nabcde\r\n" + end,
        b"5 ;a\r\nabcde\r\n" + end,
    ):
        yield Case(f"chunks {chunks!r}", post(b"Transfer-Encoding: chunked", chunks), both)
    for chunks in (
        b"+5\r\nabcde\r\n" + end,
        b"-5\r\nabcde\r\n" + end,
        b"0x5\r\nabcde\r\n" + end,
        b" 5\r\nabcde\r\n" + end,
        b"5_0\r\nabcde\r\n" + end,
        b"g\r\nabcde\r\n" + end,
        b"\r\nabcde\r\n" + end,
        b";a\r\nabcde\r\n" + end,
        b"5\nabcde\r\n" + end,
        b"5\rabcde\r\n" + end,
        b"5\r\r\nabcde\r\n" + end,
        b"5;a\nabcde\r\n" + end,
        b"5;\nxx\r\nabcde\r\n" + end,
        b"5;a\rb\r\nabcde\r\n" + end,
        b"5;\0\r\nabcde\r\n" + end,
        b'5;a="\r\nabcde\r\n' + end,
        b'5;a="\n"\r\nabcde\r\n' + end,
        b"5\r\nabcdef\r\n" + end,
        b"5\r\nabcde" + end,
        b"5\r\nabcde\n" + end,
        b"5\r\nabcde\r" + end,
        b"5\r\nabcdeXX" + end,
        b"5\r\nabcde\r\r\n" + end,
        b"5\r\nabcde\r\n0\n\n",
        b"5\r\nabcde\r\n0\r\n\n",
        b"5\r\nabcde\r\n0\n\r\n",
        b"5\r\nabcde\r\n0\r\nX: y\n\r\n",
        b"5\r\nabcde\r\n0\r\nX\r\n\r\n",
        b"5\r\nabcde\r\n0\r\n X: y\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX: y\rZ\r\n\r\n",
        b"5\r\nabcde\r\n-0\r\n\r\n",
        b"10000000000000005\r\nabcde\r\n" + end,
        b"\xef\xbc\x95\r\nabcde\r\n" + end,
    ):
        yield Case(f"chunks {chunks!r}", post(b"Transfer-Encoding: chunked", chunks))
    for size in (b"8000000000000005", b"ffffffffffffffff", b"fffffffffffffffb"):
        data = post(b"Transfer-Encoding: chunked", size + b"\r\nabcde\r\n" + end)
        yield Case(f"chunk of {size!r}", data, endless=True)
    # Without its line end, the last chunk goes on: the next request is its trailer.
    yield Case(
        "no end of chunks",
        post(b"Transfer-Encoding: chunked", b"5\r\nabcde\r\n0\r\n"),
        (POST_SEEN,),
    )
