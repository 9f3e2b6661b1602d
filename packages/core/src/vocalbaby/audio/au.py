"""Reading AU files of Sun and NeXT.

Source: Sun Microsystems, audio(5) and the header audio_filehdr.h; "dns." is its little-endian form.
"""

import struct
from typing import Final

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.extent import extent, split
from vocalbaby.audio.joining import open_joined
from vocalbaby.audio.pcm import PcmStream, make_layout
from vocalbaby.audio.wav import open_g711
from vocalbaby.exception import UnreadableAudioError

__all__ = ["is_au", "open_au"]

_ENCODINGS: Final = {2: "i1", 3: "i2", 4: "i3", 5: "i4", 6: "f4", 7: "f8"}
_G711: Final = {1: 7, 27: 6}


def is_au(head: bytes) -> bool:
    """Whether the first bytes are those of an AU file."""
    return head[:4] in (b".snd", b"dns.")


def open_au(data: Data) -> AudioStream:
    """Open a file of which `is_au` is true, or several that are joined.

    Raises:
        UnreadableAudioError: The header is cut, or libsndfile cannot read the codec.
    """
    return open_joined(data, _open)


def _open(data: Data) -> tuple[AudioStream, Data | None]:
    """Open the first file, and return what is joined to it."""
    order = ">" if data[:4] == b".snd" else "<"
    header = data[4:24]
    if len(header) < 20:
        raise UnreadableAudioError("The AU file's header is cut short.", hint="Export it again.")
    offset, size, kind, rate, channels = struct.unpack(order + "5I", header)
    found, rest = split(data, extent(data, max(offset, 24), size, 0, None), None)
    if kind in _G711:
        return open_g711(data, found, codec=_G711[kind], rate=rate, channels=channels), rest
    encoding = _ENCODINGS.get(kind)
    if encoding is None:
        return SndfileStream([(data, 0, len(data))], missing=found.missing()), rest
    encoding = "|i1" if encoding == "i1" else order + encoding
    return PcmStream(data, make_layout(encoding, channels, rate, found)), rest
