"""Pages of Ogg files: found, verified, and written anew for a decoder library.

Source: S. Pfeiffer, "The Ogg Encapsulation Format Version 0", RFC 3533 (2003).
"""

import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from vocalbaby.audio.base import Data

__all__ = [
    "CONTINUED",
    "FIRST",
    "LAST",
    "CleanPages",
    "Page",
    "PageReader",
    "begins_within_page",
    "checksum",
]

#: Flags of a page: it begins within a packet, it is the first or the last of its stream.
CONTINUED: Final = 1
FIRST: Final = 2
LAST: Final = 4
_MAGIC: Final = b"OggS"
_HEADER: Final = 27
_CHUNK: Final = 2**16
_LARGEST: Final = _HEADER + 255 + 255 * 255
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
#: How many bytes of damaged pages are read before the search ends, times the size of the file.
_WRONG_SHARE: Final = 4


class Page(NamedTuple):
    """A page whose checksum is right.

    Attributes:
        start: Position of its first byte in the file.
        flags: Sum of `CONTINUED`, `FIRST` and `LAST`.
        granule: Position in the sound after the last packet that ends on the page, or -1.
        serial: Which of the streams of the file it belongs to.
        sequence: Its number in this stream.
        lacing: Sizes of the segments: a packet ends with the first one below 255.
        body: The segments.
    """

    start: int
    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes


class PageReader:
    """The whole pages of a file, in order; other bytes, and damaged pages, are left out.

    Attributes:
        tried: How many bytes of damaged pages were read. The search ends when there are too many.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self.tried = 0

    def __iter__(self) -> Iterator[Page]:
        size = len(self._data)
        at = self._find(0)
        while at < size and self.tried <= _WRONG_SHARE * size:
            page, end = self._read(at)
            if page is not None:
                yield page
                at = end if self._data[end : end + 4] == _MAGIC else self._find(end)
            else:
                at = self._find(at + 1)

    def _read(self, at: int) -> tuple[Page | None, int]:
        """Return the page at a position, if it is whole, and where it ends."""
        head = self._data[at : at + _HEADER + 255]
        if len(head) < _HEADER or len(head) < _HEADER + head[26]:
            return None, at + _HEADER + 255
        lacing = head[_HEADER : _HEADER + head[26]]
        end = at + _HEADER + len(lacing) + sum(lacing)
        if head[4] or end > len(self._data):
            return None, end
        whole = self._data[at:end]
        if checksum(whole[:22] + bytes(4) + whole[26:]) != whole[22:26]:
            self.tried += len(whole)
            return None, end
        granule = int.from_bytes(head[6:14], "little", signed=True)
        serial = int.from_bytes(head[14:18], "little")
        sequence = int.from_bytes(head[18:22], "little")
        body = whole[_HEADER + len(lacing) :]
        return Page(at, head[5], granule, serial, sequence, lacing, body), end

    def _find(self, at: int) -> int:
        """Return the next position where a page may begin, or the end of the file."""
        while at < len(self._data):
            chunk = self._data[at : at + _CHUNK]
            if (found := chunk.find(_MAGIC)) >= 0:
                return at + found
            at += max(len(chunk) - len(_MAGIC) + 1, len(_MAGIC))
        return len(self._data)


def checksum(page: bytes) -> bytes:
    """Return the checksum of a page whose four bytes for it are zero.

    It is that of zlib, which takes the bits of each byte in the other order, without the
    inversions before and after.

    Examples:
        >>> checksum(b"OggS").hex()
        '4fa9b05f'
    """
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return crc.to_bytes(4, "big").translate(_REVERSED)


def begins_within_page(data: Data) -> bool:
    """Whether a file begins with a part of a page, as recordings of internet radio do."""
    reader = PageReader(data[: 3 * _LARGEST])
    return next(iter(reader), None) is not None


class CleanPages:
    """An Ogg file of one stream, made of segments of the pages of another file.

    The pages have rising numbers and given granule positions, so that a decoder library reads
    all of them. Like ``bytes``, the file has a length and can be sliced; it is not in memory.

    Args:
        data: The other file.
        bare: Whether to leave out the headers of the pages, as for FLAC.
    """

    def __init__(self, data: Data, *, bare: bool) -> None:
        self._data = data
        self._bare = bare
        self._first = b""
        self._starts, self._granules, self._numbers = array("q"), array("q"), array("q")
        self._flags, self._from, self._to = array("B"), array("B"), array("B")
        self._ends = array("q", [0])
        self._last_page: tuple[int, bytes] = (-1, b"")

    def append(
        self, page: Page, first: int, last: int, *, flags: int, granule: int, gap: bool = False
    ) -> None:
        """Add a page.

        Args:
            page: Where the segments are.
            first: The first of these segments.
            last: Behind the last of them.
            flags: As of `Page`.
            granule: As of `Page`.
            gap: Whether packets before this page are missing.
        """
        number = self._numbers[-1] + 1 + gap if self._numbers else 0
        self._starts.append(page.start)
        self._granules.append(granule)
        self._numbers.append(number)
        self._flags.append(flags)
        self._from.append(first)
        self._to.append(last)
        header = 0 if self._bare else _HEADER + last - first
        self._ends.append(self._ends[-1] + header + sum(page.lacing[first:last]))

    def finish(self, first: bytes, trim: int) -> None:
        """Mark the last page as the last, and let the sound end earlier.

        Args:
            first: The first packet, which replaces that of the file.
            trim: How much before the granule position of the last page the sound ends.
        """
        while len(self._granules) > 1 and self._granules[-1] < 0:  # no packet ends there
            self._granules.pop()
            self._ends.pop()
        self._flags[len(self._granules) - 1] |= LAST
        self._granules[-1] -= trim
        lacing = bytes((255,) * (len(first) // 255) + (len(first) % 255,))
        self._first = first if self._bare else _page_bytes(FIRST, 0, 0, lacing, first)
        moved = len(self._first) - self._ends[1]
        self._ends = array("q", [0, *(end + moved for end in self._ends[1:])])

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, at: slice, /) -> bytes:
        start, stop, _ = at.indices(len(self))
        number, parts = bisect_right(self._ends, start) - 1, []
        while start < stop:
            begin, end = self._ends[number], self._ends[number + 1]
            parts.append(self._page(number)[start - begin : stop - begin])
            start, number = end, number + 1
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        """Return a page; the last one is kept, because it is often read in parts."""
        if self._last_page[0] != number:
            self._last_page = (number, self._make_page(number) if number else self._first)
        return self._last_page[1]

    def _make_page(self, number: int) -> bytes:
        start, first, last = self._starts[number], self._from[number], self._to[number]
        head = self._data[start : start + _HEADER + 255]
        lacing = head[_HEADER : _HEADER + head[26]]
        at = start + _HEADER + len(lacing) + sum(lacing[:first])
        lacing = lacing[first:last]
        body = self._data[at : at + sum(lacing)]
        if self._bare:
            return body
        return _page_bytes(
            self._flags[number], self._granules[number], self._numbers[number], lacing, body
        )


def _page_bytes(flags: int, granule: int, sequence: int, lacing: bytes, body: bytes) -> bytes:
    """Return a page, of a stream with the serial number 1."""
    head = b"".join(
        (
            _MAGIC + bytes((0, flags)),
            granule.to_bytes(8, "little", signed=True) + (1).to_bytes(4, "little"),
            (sequence & 0xFFFFFFFF).to_bytes(4, "little"),
        )
    )
    tail = bytes((len(lacing),)) + lacing + body
    return head + checksum(head + bytes(4) + tail) + tail
