"""The frames of a FLAC file, found by their headers without decoding.

Source: RFC 9639, sections 8 (metadata) and 9.1 (frame headers).
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from vocalbaby.audio.base import Data, matches
from vocalbaby.exception import UnreadableAudioError

__all__ = ["FlacFrame", "FlacHead", "frames", "read_frame", "read_head"]

#: The first four bytes of a frame, except for values that no frame has.
_HEADER: Final = re.compile(rb"\xff[\xf8\xf9][\x10-\xff][\x00-\xaf]")
_LONGEST: Final = 16
#: Bits per sample by their code; 0 is that of the metadata, -1 is none.
_BITS: Final = (0, 8, 12, -1, 16, 20, 24, 32)
#: Samples per second by their code; 0 is that of the metadata. Codes from 12 on give a number.
_RATES: Final = (
    *(0, 88_200, 176_400, 192_000, 8_000, 16_000),
    *(22_050, 24_000, 32_000, 44_100, 48_000, 96_000),
)


class FlacHead(NamedTuple):
    """What the metadata of a FLAC file say.

    Attributes:
        frames: Samples per channel, or 0 if the writer did not know.
        rate: Samples per second.
        channels: Number of channels.
        bits: Bits per sample.
        block: Samples per channel of all frames but the last, or 0 if they differ.
        start: Position of the first frame.
        head: Metadata that say no length, for a decoder.
    """

    frames: int
    rate: int
    channels: int
    bits: int
    block: int
    start: int
    head: bytes


class FlacFrame(NamedTuple):
    """A frame.

    Attributes:
        at: Its position.
        frames: Samples per channel that it holds.
        rate: Samples per second, or 0.
        first: Number of its first sample in the recording, or None if it is not known.
    """

    at: int
    frames: int
    rate: int
    first: int | None


def _crc8(byte: int) -> int:
    for _ in range(8):
        byte = byte << 1 ^ (0x107 if byte & 0x80 else 0)
    return byte


_CRC8: Final = bytes(map(_crc8, range(256)))


def read_head(data: Data, at: int = 0) -> FlacHead:
    """Read the metadata that begin with ``fLaC`` at a position.

    Raises:
        UnreadableAudioError: They are damaged.
    """
    info = data[at : at + 42]
    if len(info) < 42 or info[:4] != b"fLaC" or info[4] & 0x7F or info[5:8] != b"\0\0\x22":
        raise UnreadableAudioError(
            "The FLAC file's header is damaged.", hint="Export it again as WAV or FLAC."
        )
    packed = int.from_bytes(info[18:26], "big")  # rate 20 bits, channels 3, bits 5, frames 36
    start, last = at + 42, info[4] & 0x80
    while not last:
        block = data[start : start + 4]
        if len(block) < 4 or block[0] & 0x7F == 0x7F:  # no block: the frames must be near
            break
        start, last = start + 4 + int.from_bytes(block[1:4], "big"), block[0] & 0x80
    count, channels, bits = packed & (1 << 36) - 1, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    least, most = int.from_bytes(info[8:10], "big"), int.from_bytes(info[10:12], "big")
    size = most if least == most else 0
    found = FlacHead(count, packed >> 44, channels, bits, size, start, b"")
    first = read_frame(data, start, found)
    if first is None and start != len(data):  # the metadata's sizes are wrong
        first = next(frames(data, at + 42, len(data), found), None)
        found = found._replace(start=first.at if first else len(data))
    rate = (first and first.rate) or found.rate  # frames have a checksum, metadata have none
    nameless = (rate << 44 | (packed >> 36 & 0xFF) << 36).to_bytes(8, "big")
    return found._replace(rate=rate, head=b"fLaC\x80" + info[5:18] + nameless + bytes(16))


def frames(data: Data, start: int, stop: int, head: FlacHead) -> Iterator[FlacFrame]:
    """Yield the frames that begin from ``start`` to ``stop``, by their headers."""
    for at, header in matches(data, _HEADER, start, stop, _LONGEST):
        if frame := _read_frame(header, at, head):
            yield frame


def read_frame(data: Data, at: int, head: FlacHead) -> FlacFrame | None:
    """Return the frame whose header is at a position; None if there is none."""
    return _read_frame(data[at : at + _LONGEST], at, head)


def _read_frame(header: bytes, at: int, head: FlacHead) -> FlacFrame | None:
    """Read the header of a frame; None if it is none."""
    if len(header) < 7:
        return None
    length, code = header[2] >> 4, header[2] & 15
    channels, bits = header[3] >> 4, header[3] >> 1 & 7
    if (channels + 1 if channels < 8 else 2) != head.channels or _BITS[bits] not in {0, head.bits}:
        return None
    number = 8 - (header[4] ^ 0xFF).bit_length()  # bytes of the frame's number, as in UTF-8
    end = 4 + max(number, 1)
    if length < 6:
        count = 192 if length == 1 else 144 << length
    elif length < 8:
        size = length - 5
        count = int.from_bytes(header[end : end + size], "big") + 1
        end += size
    else:
        count = 1 << length
    if code < 12:
        rate = _RATES[code]
    else:
        size = 1 if code == 12 else 2
        rate = int.from_bytes(header[end : end + size], "big") * (1000, 1, 10, 0)[code - 12]
        end += size
    crc = 0
    for byte in header[: end + 1]:
        crc = _CRC8[crc ^ byte]
    is_header = number != 1 and number < 8 and end < len(header) and crc == 0
    return FlacFrame(at, count, rate, _first(header, number, head)) if is_header else None


def _first(header: bytes, size: int, head: FlacHead) -> int | None:
    """Return the number of a frame's first sample, from a number of ``size`` bytes, 0 for one."""
    number = header[4] & (1 << 7 - size) - 1
    for byte in header[5 : 4 + size]:
        number = number << 6 | byte & 0x3F
    if header[1] & 1:  # frames of different sizes count samples, others frames
        return number
    return number * head.block if head.block else None
