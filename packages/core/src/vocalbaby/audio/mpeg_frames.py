"""The frames of an MPEG audio file (MP3, layers I to III), found without decoding.

Sources: ISO/IEC 11172-3 and 13818-3 (headers); the Xing, LAME and VBRI headers as FFmpeg reads
them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from vocalbaby.audio import tags
from vocalbaby.audio.base import Data

__all__ = ["Header", "Info", "MpegFrames", "read_header", "read_info"]

_RATES: Final = (44_100, 48_000, 32_000)
#: kbit/s by (MPEG-1 or not, layer); MPEG-2 and 2.5 share theirs. Index 0 is free format.
_V1L1: Final = (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448)
_V1L2: Final = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_V1L3: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_V2L1: Final = (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_V2L23: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS: Final = {
    (True, 1): _V1L1,
    (True, 2): _V1L2,
    (True, 3): _V1L3,
    (False, 1): _V2L1,
    (False, 2): _V2L23,
    (False, 3): _V2L23,
}
_WINDOW: Final = 2**18
#: Largest frame of free format that libmpg123 decodes.
_MAX_FREE: Final = 3456
#: Where a search for the next frame looks: at headers, and at tags, which are no sound.
_LANDMARK: Final = re.compile(
    rb"\xff[\xe2-\xff][^\xf0-\xff]|ID3[\x02-\x04]|APETAGEX|LYRICSBEGIN|TAG", re.DOTALL
)
#: Headers that may prove false before the rest of a file is given up: it bounds the time.
_MAX_FALSE: Final = 100_000

_Key = tuple[int, int, int, bool]


class Header(NamedTuple):
    """The header of a frame.

    Attributes:
        key: Version, layer, rate and mono: frames of one key are decoded as one stream.
        rate: Samples per second.
        channels: 1 or 2.
        frames: Samples per channel.
        size: Bytes; of a frame of free format the number of bytes of padding only.
        free: Whether the size has to be found by the distance of the headers.
        side_info: Bytes between the header and a Xing header.
    """

    key: _Key
    rate: int
    channels: int
    frames: int
    size: int
    free: bool
    side_info: int


class Info(NamedTuple):
    """A Xing, Info or VBRI header, which stands in a frame of its own in front.

    Attributes:
        frames: MPEG frames that the writer counted, or 0.
        size: Bytes of the frames that the writer counted, or 0.
        exact: Whether it is known that the count leaves out the header's own frame.
        delay: Samples that the encoder put in front, or None if it did not say.
        padding: Samples that the encoder put behind.
    """

    frames: int
    size: int
    exact: bool
    delay: int | None = None
    padding: int = 0


@lru_cache(4096)
def read_header(head: bytes) -> Header | None:
    """Read the four bytes of a frame header; None if they are none.

    Example:
        >>> header = read_header(bytes([0xFF, 0xFB, 0x90, 0x64]))
        >>> header.rate, header.channels, header.frames, header.size
        (44100, 2, 1152, 417)
        >>> read_header(b"RIFF") is None
        True
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)  # 3: MPEG-1, 2: MPEG-2, 0: 2.5
    bits, rates = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bits == 15 or rates == 3:
        return None
    first = version == 3
    rate = _RATES[rates] >> (0 if first else 1 if version == 2 else 2)
    mono = head[3] >> 6 == 3
    kbits, padding = _KBITS[first, layer][bits], head[2] >> 1 & 1
    if layer == 1:
        frames, slot = 384, 4
        size = 4 * (12_000 * kbits // rate + padding)
    else:
        frames, slot = 1152 if first or layer == 2 else 576, 1
        size = 125 * frames * kbits // rate + padding
    side_info = (17 if mono else 32) if first else (9 if mono else 17)
    key = (version, layer, rate, mono)
    free = kbits == 0
    return Header(key, rate, 2 - mono, frames, padding * slot if free else size, free, side_info)


def read_info(frame: bytes, header: Header) -> Info | None:
    """Read the Xing, Info or VBRI header in the first frame; None if it is a frame of sound."""

    def number(at: int, size: int = 4) -> int:
        return int.from_bytes(frame[at : at + size], "big")

    if frame[36:40] == b"VBRI":
        return Info(number(50), number(46), exact=False)
    at = 4 + header.side_info
    if header.key[1] != 3 or frame[at : at + 4] not in {b"Xing", b"Info"}:
        return None
    flags = number(at + 4)
    at += 8
    values = []
    for bit, size in enumerate((4, 4, 100, 4)):  # frames, bytes, table of contents, quality
        present = flags >> bit & 1
        values.append(number(at) if present else 0)
        at += size * present
    if frame[at : at + 4] not in {b"LAME", b"Lavf", b"Lavc"}:
        return Info(values[0], values[1], exact=False)
    gaps = number(at + 21, 3)
    return Info(values[0], values[1], exact=True, delay=gaps >> 12, padding=gaps & 0xFFF)


class MpegFrames:
    """Iterate over the frames of a file: position, size and header of each.

    Tags are passed over, and so is what is no frame. A header is believed if it is of the
    stream so far, or if others of its kind follow at the distances that they say.

    Attributes:
        junk: Bytes behind the first frame that are neither frames nor tags.
        cut: Whether the file ends within a frame.
        cut_inside: Frames that end before their last byte, as where cut files are joined.
    """

    def __init__(self, data: Data) -> None:
        self.junk = self.cut_inside = 0
        self.cut = False
        self._data = data
        self._end = len(data)
        if data[max(self._end - 128, 0) : self._end][:3] == b"TAG":
            self._end -= 128
        self._base, self._window = 0, b""
        self._free: dict[_Key, int] = {}
        self._false = 0

    def bytes_at(self, at: int, size: int) -> bytes:
        """Return bytes of the file; fewer at its end."""
        start = self._load(at, size)
        return self._window[start : start + size]

    def _load(self, at: int, size: int) -> int:
        """Return where in the window the bytes are."""
        start = at - self._base
        if start < 0 or start + size > len(self._window):
            self._base, start = at, 0
            self._window = self._data[at : min(at + max(size, _WINDOW), self._end)]
        return start

    def __iter__(self) -> Iterator[tuple[int, int, Header]]:
        at, lost = 0, -1  # where the stream was lost, or -1
        key: _Key | None = None
        while at < self._end and self._false < _MAX_FALSE:
            if behind := self._behind_tag(at):
                if lost >= 0:
                    self.junk += max(self._tag_start(at) - lost, 0)
                    lost = -1
                at = behind
                continue
            header, size = self._frame_at(at, key, lost)
            if header:
                self.junk += at - lost if lost >= 0 else 0
                if at + size > self._end:
                    self.cut = True
                    return
                key, lost = header.key, -1
                begin = self._begins_within(at, size, header)
                if not begin:
                    yield at, size, header
                at = begin or at + size
                continue
            if key and lost < 0:
                if self._end - at < 4 and self.bytes_at(at, 1) == b"\xff":
                    self.cut = True
                    return
                lost = at
            at = self._next_landmark(at + 1)
        if lost >= 0 and self.bytes_at(lost, _WINDOW).strip(b"\0"):
            self.junk += self._end - lost

    def _frame_at(self, at: int, key: _Key | None, lost: int) -> tuple[Header | None, int]:
        """Return the frame that begins at a position, if one does, and its size."""
        header = read_header(self.bytes_at(at, 4))
        if header and (size := self._size(at, header)):
            known = key in {None, header.key}
            if (known and key and lost < 0) or self._is_followed(at, size, header, 2 - known):
                return header, size
        return None, 0

    def _begins_within(self, at: int, size: int, header: Header) -> int:
        """Return where frames or a tag begin within a frame that none follows, or 0."""
        if self._is_followed(at, size, header, 1):
            return 0
        for match in _LANDMARK.finditer(self.bytes_at(at, size + 3), 4):
            begin = at + match.start()
            if begin >= at + size:
                break
            other = read_header(self.bytes_at(begin, 4))
            length = self._size(begin, other) if other else self._behind_tag(begin) - begin
            if begin + length <= at + size:
                continue
            if (
                self._is_followed(begin, length, other, -2)
                if other
                else read_header(self.bytes_at(begin + length, 4))
            ):
                self.cut_inside += 1
                return begin
        return 0

    def _next_landmark(self, at: int) -> int:
        self._false += 1
        while at < self._end:
            start = self._load(at, 16)
            if match := _LANDMARK.search(self._window, start):
                return self._base + match.start()
            at = max(self._base + len(self._window) - 16, at + 1)
            if self._base + len(self._window) == self._end:
                break
        return self._end

    def _size(self, at: int, header: Header) -> int:
        """Return the size of a frame in bytes, or 0 if it cannot be found."""
        if not header.free:
            return header.size
        base = self._free.get(header.key)
        if base is None:
            window = self.bytes_at(at, _MAX_FREE + 4)
            step = window.find(b"\xff", 24)
            while step >= 0:
                self._false += 1
                other = read_header(window[step : step + 4])
                if other and other.free and other.key == header.key:
                    base = self._free[header.key] = step - header.size
                    break
                step = window.find(b"\xff", step + 1)
        return base + header.size if base else 0

    def _is_followed(self, at: int, size: int, header: Header, times: int) -> bool:
        """Whether so many frames of the same kind follow; or the end or a tag, unless negative."""
        for _ in range(abs(times)):
            at += size
            if times > 0 and (at == self._end or self._behind_tag(at)):
                return True
            follower = read_header(self.bytes_at(at, 4))
            if follower is None or follower.key != header.key:
                return False
            size = self._size(at, follower)
        return True

    def _behind_tag(self, at: int) -> int:
        """Return the position behind the tag at a position, or 0 if there is none."""
        head = self.bytes_at(at, 32)
        if not head.startswith(tags.MARKS):
            return 0
        behind = tags.end(self._data, at)
        if behind > self._end and head.startswith(b"ID3"):  # frames may follow a wrong size
            return at + 10
        return min(behind, self._end)

    def _tag_start(self, at: int) -> int:
        """Return where the tag begins: an APE tag may have its only header at its end."""
        if self.bytes_at(at, 8) == b"APETAGEX" and tags.end(self._data, at) == at + 32:
            return at + 32 - tags.size_before(self._data, at + 32)
        return at
