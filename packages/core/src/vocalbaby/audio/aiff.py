"""Reading AIFF and AIFF-C.

Source: Apple Computer, "Audio Interchange File Format" 1.3 (1989), and "AIFF-C" draft (1991).
"""

import struct
from typing import Final

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.audio.chunks import AIFF, after, steps, walk
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.extent import extent, split
from vocalbaby.audio.joining import open_joined
from vocalbaby.audio.pcm import PcmStream, make_layout
from vocalbaby.audio.wav import open_g711
from vocalbaby.exception import UnreadableAudioError

__all__ = ["is_aiff", "open_aiff"]

#: Encodings by AIFF-C's compression type; that of integers depends on the bits.
_ENCODINGS: Final = {
    b"NONE": ">i",
    b"twos": ">i",
    b"sowt": "<i",
    b"in16": ">i2",
    b"in24": ">i3",
    b"in32": ">i4",
    b"42ni": "<i3",
    b"23ni": "<i4",
    b"raw ": "|u1",
    b"fl32": ">f4",
    b"FL32": ">f4",
    b"fl64": ">f8",
    b"FL64": ">f8",
}
_G711: Final = {b"alaw": 6, b"ALAW": 6, b"ulaw": 7, b"ULAW": 7}


def is_aiff(head: bytes) -> bool:
    """Whether the first bytes are those of an AIFF or AIFF-C file."""
    return head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")


def open_aiff(data: Data) -> AudioStream:
    """Open a file of which `is_aiff` is true, or several that are joined.

    Raises:
        UnreadableAudioError: A chunk is missing, or libsndfile cannot read the codec.
    """
    return open_joined(data, _open)


def _open(data: Data) -> tuple[AudioStream, Data | None]:
    """Open the first file, and return what is joined to it."""
    claim = 8 + int.from_bytes(data[4:8], "big")
    common, found = b"", None
    left = steps()
    chunks = walk(data, 12, AIFF, left=left)
    while (chunk := next(chunks, None)) and not (common and found):
        if chunk.name == b"COMM":
            common = data[chunk.body : chunk.body + min(chunk.size, 22)]
        elif chunk.name == b"SSND":
            offset = int.from_bytes(data[chunk.body : chunk.body + 4], "big")
            if 0 < chunk.size < offset:  # no sound chunk: the samples would begin behind it
                continue
            skip = 8 + offset
            body, size = chunk.body + skip, max(chunk.size - skip, 0)
            found = extent(data, body, size, claim, AIFF, left)
            chunks = walk(data, after(data, body, found.size, AIFF), AIFF, strict=True, left=left)
    if len(common) < 18 or found is None:
        raise UnreadableAudioError(
            f"The AIFF file has no {'sound' if found is None else 'common'} chunk.",
            hint="It is damaged; export it again.",
        )
    found, rest = split(data, found, AIFF)
    channels, _, bits = struct.unpack(">hIh", common[:8])
    exponent, mantissa = struct.unpack(">HQ", common[8:18])
    rate = round(mantissa * 2.0 ** (exponent - 16383 - 63)) if exponent < 16446 else 0
    kind = common[18:22] or b"NONE"
    if kind in _G711:
        return open_g711(data, found, codec=_G711[kind], rate=rate, channels=channels), rest
    encoding = _ENCODINGS.get(kind)
    if encoding is None or not 1 <= bits <= 32 + 32 * encoding.endswith("f8"):
        return SndfileStream([(data, 0, len(data))], missing=found.missing()), rest
    if encoding.endswith("i"):
        width = (bits + 7) // 8  # of fewer bits, the upper ones are used
        encoding = f"{encoding}{width}" if width > 1 else "|i1"
    return PcmStream(data, make_layout(encoding, channels, rate, found)), rest
