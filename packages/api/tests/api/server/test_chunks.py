"""The end of a body in chunks, wherever it is cut."""

import pytest

from vocalbaby.api.server.chunks import ChunkScanner
from vocalbaby.exception import HeadTooLargeError, HttpError

BODY = b"3;name=value\r\nabc\r\n000a\r\n0123456789\r\n0\r\nX-A: b\r\n\r\n"
NEXT = b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize("cut", range(len(BODY)))
def test_the_end_is_found_wherever_the_body_is_cut(cut: int) -> None:
    scanner = ChunkScanner(100)
    assert scanner.scan(BODY[:cut]) == cut
    assert not scanner.ended
    assert scanner.scan(BODY[cut:] + NEXT) == len(BODY) - cut
    assert scanner.ended


@pytest.mark.parametrize("limit", [10, 1000])
def test_the_limit_of_extensions_is_exact(limit: int) -> None:
    """A chunk has 16 bytes and twice its content free."""
    longest = b"1;" + b"a" * (limit + 12) + b"\r\n"
    assert len(longest) == limit + 16
    ChunkScanner(limit).scan(longest)
    with pytest.raises(HeadTooLargeError):
        ChunkScanner(limit).scan(b"1;a" + longest[2:])


def test_what_content_pays_for_is_exact() -> None:
    """Lines of 24 bytes with 4 bytes of content leave nothing, and those of 25 bytes one each."""
    chunk = b"4;" + b"a" * 20 + b"\r\nabcd\r\n"
    ChunkScanner(10).scan(chunk * 1000)
    longer = chunk.replace(b"4;", b"4;a")
    ChunkScanner(10).scan(longer * 2)
    with pytest.raises(HeadTooLargeError):
        ChunkScanner(10).scan(longer * 20)


def test_the_limit_of_a_trailer_holds_for_all_its_lines() -> None:
    ChunkScanner(100).scan(b"0\r\n" + b"A: b\r\n" * 15 + b"\r\n")
    with pytest.raises(HeadTooLargeError):
        ChunkScanner(100).scan(b"0\r\n" + b"A: b\r\n" * 25 + b"\r\n")


def test_a_line_without_an_end_is_limited() -> None:
    scanner = ChunkScanner(100)
    for piece in [b"1;", *[b"a"] * 114]:
        assert scanner.scan(piece) == len(piece)
    with pytest.raises(HeadTooLargeError):
        scanner.scan(b"a")


def test_a_large_declared_chunk_does_not_pay_for_a_longer_extension() -> None:
    with pytest.raises(HeadTooLargeError):
        ChunkScanner(100).scan(b"ffffff;" + b"a" * 200 + b"\r\n")


@pytest.mark.parametrize(
    "line", [b"x\r\n", b"+1\r\n", b"1_0\r\n", b"0x1\r\n", b"\r\n", b"1\n", b" 1\r\n", b"1 \r\n"]
)
def test_other_lines_are_refused(line: bytes) -> None:
    with pytest.raises(HttpError):
        ChunkScanner(100).scan(line)
