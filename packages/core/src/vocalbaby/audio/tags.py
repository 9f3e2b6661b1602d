"""Tags that players and editors write before, between and behind recordings of any format.

Sources: id3.org, ID3v2.4.0, section 3.1; M. Mutz, "APEv2 specification"; Id3 Lyrics3 v2.00.
"""

import re
from collections.abc import Iterator
from typing import Final

from vocalbaby.audio.base import Data, id3_end

__all__ = ["MARKS", "behind", "end", "size_before", "skip"]

#: The first bytes of a tag.
MARKS: Final = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")
_LYRICS_END: Final = re.compile(rb"LYRICS200|LYRICSEND")
_MOST_LYRICS: Final = 2**20
_WINDOW: Final = 2**16
#: Of a damaged file, millions could be found.
_MOST_TAGS: Final = 1000


def end(data: Data, at: int = 0) -> int:
    """Return the position behind the tag at a position, or 0 if there is none.

    The position may be beyond the data.

    Examples:
        >>> end(b"TAG" + bytes(125) + b"RIFF"), end(b"RIFF")
        (128, 0)
    """
    head = data[at : at + 32]
    if not head.startswith(MARKS):
        return 0
    if head[:3] == b"TAG":
        return at + (227 if head[3:4] == b"+" and data[at + 227 : at + 230] == b"TAG" else 128)
    if head[:8] == b"APETAGEX":
        is_header = len(head) == 32 and head[23] & 0x20
        return at + 32 + (int.from_bytes(head[12:16], "little") if is_header else 0)
    if head[:11] == b"LYRICSBEGIN":
        match = _LYRICS_END.search(data[at : at + _MOST_LYRICS])
        return at + match.end() if match else 0
    return id3_end(data, at)


def skip(data: Data, at: int, left: Iterator[int] | None = None) -> int:
    r"""Return the position behind all tags and zero bytes from a position on.

    Args:
        data: The file.
        at: Where the tags begin.
        left: Where the tags that are looked at are counted, together with others.

    Examples:
        >>> skip(b"\0\0TAG" + bytes(200) + b"RIFF", 0)
        205
    """
    for _ in range(_MOST_TAGS) if left is None else left:
        start, at = at, min(end(data, at) or _behind_zeros(data, at), len(data))
        if at == start:
            break
    return at


def behind(data: Data) -> int:
    """Return where the tags at the end of the data begin, those with a mark at their end.

    Examples:
        >>> behind(b"sound" + b"TAG" + bytes(125))
        5
    """
    at = len(data)
    for _ in range(_MOST_TAGS):
        size = size_before(data, at)
        if not 0 < size <= at:
            break
        at -= size
    return at


def size_before(data: Data, at: int) -> int:
    """Return the size of the tag that ends at a position, or 0.

    Examples:
        >>> size_before(b"sound" + b"TAG" + bytes(125), 133)
        128
    """
    last = data[max(at - 128, 0) : at]
    if len(last) == 128 and last[:3] == b"TAG":
        return 355 if data[max(at - 355, 0) : at][:4] == b"TAG+" else 128
    if last[-32:-24] == b"APETAGEX":
        return int.from_bytes(last[-20:-16], "little") + (32 if last[-9] & 0x80 else 0)
    if last[-9:] == b"LYRICS200" and last[-15:-9].isdigit():
        return int(last[-15:-9]) + 15
    if last[-10:-7] == b"3DI" and max(last[-4:]) < 0x80:
        size = last[-4] << 21 | last[-3] << 14 | last[-2] << 7 | last[-1]
        return size + 20
    return 0


def _behind_zeros(data: Data, at: int) -> int:
    for base in range(at, len(data), _WINDOW):
        window = data[base : base + _WINDOW]
        if left := window.lstrip(b"\0"):
            return base + len(window) - len(left)
    return max(at, len(data))
