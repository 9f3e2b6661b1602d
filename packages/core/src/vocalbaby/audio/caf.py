"""Reading Core Audio files.

Source: Apple, "Core Audio Format Specification 1.0" (2011).
"""

import struct
from typing import Final

from vocalbaby.audio.base import AudioStream, ByteRange, Data
from vocalbaby.audio.chunks import CAF, walk
from vocalbaby.audio.codecs import SndfileStream, unread_codec
from vocalbaby.audio.extent import Extent, extent, split
from vocalbaby.audio.joining import open_joined
from vocalbaby.audio.pcm import PcmStream, make_layout
from vocalbaby.audio.phone_formats import MediaStream
from vocalbaby.audio.wav import open_g711
from vocalbaby.exception import UnreadableAudioError

__all__ = ["is_caf", "open_caf"]

_FLOAT: Final = 1
_LITTLE_ENDIAN: Final = 2
_G711: Final = {b"alaw": 6, b"ulaw": 7}
#: Codecs that libsndfile does not read in this container, or not always, by their identifier;
#: FFmpeg reads all of them but iLBC.
_NAMES: Final = {
    b"aac ": "AAC",
    b"aach": "AAC",
    b"aacp": "AAC",
    b"aacl": "AAC",
    b"aace": "AAC",
    b"paac": "AAC",
    b"alac": "ALAC",
    b"opus": "Opus",
    b"flac": "FLAC",
    b"ac-3": "AC-3",
    b"samr": "AMR",
    b"ilbc": "iLBC",
    b"ima4": "IMA ADPCM",
    b".mp1": "MP1",
    b".mp2": "MP2",
    b".mp3": "MP3",
}


def is_caf(head: bytes) -> bool:
    """Whether the first bytes are those of a Core Audio file."""
    return head[:4] == b"caff"


def open_caf(data: Data) -> AudioStream:
    """Open a file of which `is_caf` is true, or several that are joined.

    Raises:
        UnreadableAudioError: A chunk is missing, the description contradicts itself, or
            neither libsndfile nor, with the extra, FFmpeg can read the codec.
    """
    return open_joined(data, _open)


def _open(data: Data) -> tuple[AudioStream, Data | None]:
    """Open the first file, and return what is joined to it."""
    description, cookie, found, start = b"", b"", None, 0
    for chunk in walk(data, 8, CAF):
        if chunk.name == b"desc":
            description = data[chunk.body : chunk.body + 32]
        elif chunk.name == b"kuki":
            cookie = data[chunk.body : chunk.body + min(chunk.size, 48)]
        elif chunk.name == b"data":  # begins with a count of edits
            start = chunk.body + 4
            found = extent(data, start, max(chunk.size - 4, 0), 0, CAF)
            break
    if len(description) < 32 or found is None:
        raise UnreadableAudioError(
            f"The CAF file has no {'data' if found is None else 'description'} chunk.",
            hint="It is damaged; export it again.",
        )
    found, rest = split(data, found, CAF)
    if rest is not None and len(rest) <= start:
        rest = None  # sox writes the header once more at the end of a pipe
    rate, kind, flags, packet, frames, channels, bits = struct.unpack(">d4s5I", description)
    rate = round(rate) if 0 <= rate < 2**31 else 0  # NaN is 0, too
    if kind in _G711:
        return open_g711(data, found, codec=_G711[kind], rate=rate, channels=channels), rest
    if kind != b"lpcm":
        _check_rate(kind, cookie, rate)
        return _open_codec(data, kind, found, rest), rest
    order = "<" if flags & _LITTLE_ENDIAN else ">"
    width = (bits + 7) // 8
    encoding = f"{order}{'f' if flags & _FLOAT else 'i'}{width}" if width > 1 else "|i1"
    if packet != channels * width or frames != 1 or encoding not in _KNOWN:
        raise UnreadableAudioError(
            f"The CAF file gives {channels} channels of {bits} bits and {packet} bytes for "
            "each frame, which contradicts itself or is not read.",
            hint="Export it again as WAV or FLAC.",
        )
    return PcmStream(data, make_layout(encoding, channels, rate, found)), rest


def _check_rate(kind: bytes, cookie: bytes, rate: int) -> None:
    """Compare the rate with that of ALAC's settings, which may follow two atoms of QuickTime."""
    settings = cookie[24:48] if cookie[4:8] == b"frma" else cookie
    other = int.from_bytes(settings[20:24], "big")
    if kind == b"alac" and other not in {0, rate}:
        raise UnreadableAudioError(
            f"The CAF file gives {rate} Hz, and {other} Hz to its decoder.",
            hint="It is damaged; export it again.",
        )


def _open_codec(data: Data, kind: bytes, found: Extent, rest: Data | None) -> AudioStream:
    """Open a codec with libsndfile, or else with FFmpeg: libsndfile reads its own ALAC only."""
    try:
        return SndfileStream([(data, 0, len(data))], missing=found.missing())
    except UnreadableAudioError:
        if kind not in _NAMES:
            raise
    if kind == b"ilbc":
        raise unread_codec("CAF", _NAMES[kind])
    whole = ByteRange(data, 0, len(data) - len(rest or b""))
    return MediaStream(whole, missing=found.missing(), name=f"a CAF file with {_NAMES[kind]}")


_KNOWN: Final = frozenset(
    {"|i1", *(f"{order}{kind}" for order in "<>" for kind in ("i2", "i3", "i4", "f4", "f8"))}
)
