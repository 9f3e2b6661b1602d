"""Headers of MPEG audio (MP3, layers I to III): those of frames, and those of whole files.

Sources: ISO/IEC 11172-3 and 13818-3 (headers); the Xing, LAME and VBRI headers as FFmpeg reads
them.
"""

from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["Header", "Info", "Key", "read_header", "read_info"]

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

Key = tuple[int, int, int, bool]


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

    key: Key
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

    Examples:
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
