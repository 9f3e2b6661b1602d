"""Where a body in chunks ends, and how much of it is not content."""

import re
from typing import Final

from vocalbaby.exception import HeadTooLargeError, HttpError

__all__ = ["ChunkScanner"]

_SIZE: Final = re.compile(rb"(0*[0-9A-Fa-f]{1,16})(?:;[^\r\n]*)?\r\n")

#: What each chunk may add to its content without being counted: its size and line ends.
_FREE: Final = 16


class ChunkScanner:
    r"""Follows the chunks of one body.

    The parser decodes the body and verifies it; it does not report where the body ends. The
    scanner does, so that no byte of the next request reaches the parser too early.

    Extensions and trailers are counted as Go's ``net/http`` does: 16 bytes per chunk and twice
    its content are free, so that a body in chunks of one byte is read.

    Args:
        limit: Maximum number of bytes of extensions and trailers, and of one line.

    Attributes:
        ended: True after the last byte of the body.

    Examples:
        >>> scanner = ChunkScanner(1024)
        >>> scanner.scan(b"3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1")
        13
        >>> scanner.ended
        True
    """

    def __init__(self, limit: int) -> None:
        self.ended = False
        self._limit = limit
        self._excess = 0
        self._line = b""
        self._content = 0  # bytes of the current chunk that have not arrived
        self._in_trailer = False

    def scan(self, data: bytes) -> int:
        """Follow bytes of the body.

        Returns:
            How many of them belong to the body; all if it goes on.

        Raises:
            HttpError: They are not chunks.
            HeadTooLargeError: There are too many bytes that are not content.
        """
        at, size = 0, len(data)
        while at < size and not self.ended:
            if self._content:
                step = min(self._content, size - at)
                self._content -= step
                at += step
                continue
            stop = data.find(b"\n", at) + 1
            self._line += data[at : stop or size]
            at = stop or size
            if self._excess + len(self._line) > self._limit + _FREE:
                raise HeadTooLargeError(
                    "The extensions or the trailer of the request's chunks are over the limit of"
                    f" {self._limit} bytes.",
                    hint="Send the content alone.",
                )
            if stop:
                self._end_line()
        return at

    def _end_line(self) -> None:
        line, self._line = self._line, b""
        if self._in_trailer:
            self.ended = line == b"\r\n"
            self._excess += len(line)
            return
        found = _SIZE.fullmatch(line)
        if found is None:
            raise HttpError("The request's chunks have errors.", hint="See RFC 9112, section 7.1.")
        content = int(found[1], 16)
        self._excess = max(0, self._excess + len(line) - _FREE - 2 * content)
        self._in_trailer = not content
        self._content = content and content + 2  # with its line end
