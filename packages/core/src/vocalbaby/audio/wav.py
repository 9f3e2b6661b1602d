"""Reading plain WAV: its samples are copied once, without a decoder library.

docs/decisions/0008-wav-reader.md compares it with libsndfile and the standard library.

Source: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications
1.0" (1991), chapter 3, and WAVE_FORMAT_EXTENSIBLE (2001).
"""

import struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.exception import UnreadableAudioError

__all__ = ["WavAudio", "WavLayout", "WavStream", "is_wav", "read_layout", "read_samples"]

_PCM: Final = 1
_FLOAT: Final = 3
_EXTENSIBLE: Final = 0xFFFE
#: Data sizes in the headers of files written to a pipe, whose writer cannot seek back.
_OPEN_ENDED: Final = (0, 0xFFFFFFFF)


class WavLayout(NamedTuple):
    """Where the samples of a WAV file are, and their encoding."""

    codec: int
    bits: int
    channels: int
    rate: int
    offset: int
    frames: int
    frames_promised: int


class WavAudio(NamedTuple):
    """Samples as float32 of shape (n_frames, n_channels)."""

    samples: NDArray[np.float32]
    rate: int


def is_wav(data: bytes) -> bool:
    """Whether the first bytes are those of a RIFF WAVE file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def read_layout(data: Data) -> WavLayout | None:
    """Find the format and the samples of a RIFF WAVE file.

    Returns:
        The layout; None when the codec is neither PCM of 8, 16, 24 or 32 bits nor IEEE
        float of 32 or 64 bits, and a decoder library has to read the file.

    Raises:
        UnreadableAudioError: There is no usable ``fmt`` or ``data`` chunk.
    """
    position, end = 12, len(data)
    fmt: tuple[int, int, int, int] | None = None
    while position + 8 <= end:
        chunk, size = data[position : position + 4], _u32(data, position + 4)
        body = position + 8
        if chunk == b"fmt ":
            fmt = _read_format(data, body, size)
        elif chunk == b"data":
            if fmt is None:
                break
            return _layout(fmt, body, size, end - body)
        position = body + size + (size & 1)
    missing = "data" if fmt else "format"
    raise UnreadableAudioError(
        f"The WAV file has no {missing} chunk.", hint="It is damaged; export it again."
    )


def _u32(data: Data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _read_format(data: Data, body: int, size: int) -> tuple[int, int, int, int]:
    if size < 16 or body + 16 > len(data):
        raise UnreadableAudioError(
            "The WAV file's format chunk is cut short.", hint="Export the file again."
        )
    codec, channels, rate, _, _, bits = struct.unpack("<HHIIHH", data[body : body + 16])
    if codec == _EXTENSIBLE and size >= 40 and body + 26 <= len(data):
        codec = int.from_bytes(data[body + 24 : body + 26], "little")
    return codec, channels, rate, bits


def _layout(
    fmt: tuple[int, int, int, int], offset: int, size: int, available: int
) -> WavLayout | None:
    codec, channels, rate, bits = fmt
    if channels == 0 or rate == 0:
        raise UnreadableAudioError(
            f"The WAV header says {channels} channels at {rate} Hz.",
            hint="The header is damaged; export the file again.",
        )
    if (codec, bits) not in _READERS:
        return None
    width = channels * bits // 8
    promised = available // width if size in _OPEN_ENDED else size // width
    return WavLayout(
        codec, bits, channels, rate, offset, min(promised, available // width), promised
    )


def read_samples(data: bytes, layout: WavLayout) -> WavAudio:
    """Return the samples of a WAV file as float32, full scale 1.0."""
    count = layout.frames * layout.channels
    flat = _READERS[layout.codec, layout.bits](data, layout.offset, count)
    return WavAudio(flat.reshape(layout.frames, layout.channels), layout.rate)


def _pcm8(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    raw = np.frombuffer(data, np.uint8, count, offset).astype(np.float32)
    return (raw - np.float32(128)) * np.float32(2**-7)


def _pcm16(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    return np.frombuffer(data, "<i2", count, offset).astype(np.float32) * np.float32(2**-15)


def _pcm24(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    wide = np.zeros((count, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8, 3 * count, offset).reshape(count, 3)
    return wide.view("<i4").ravel().astype(np.float32) * np.float32(2**-31)


def _pcm32(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    return np.frombuffer(data, "<i4", count, offset).astype(np.float32) * np.float32(2**-31)


def _float32(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    return np.frombuffer(data, "<f4", count, offset).astype(np.float32)


def _float64(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # beyond float32 becomes inf, which is refused later
        return np.frombuffer(data, "<f8", count, offset).astype(np.float32)


_READERS: Final = {
    (_PCM, 8): _pcm8,
    (_PCM, 16): _pcm16,
    (_PCM, 24): _pcm24,
    (_PCM, 32): _pcm32,
    (_FLOAT, 32): _float32,
    (_FLOAT, 64): _float64,
}


class WavStream(AudioStream):
    """The samples of a plain WAV file."""

    def __init__(self, data: Data, layout: WavLayout) -> None:
        self.rate, self.channels = layout.rate, layout.channels
        self.frames_hint = layout.frames
        self._data, self._layout, self._done = data, layout, 0

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See :class:`~vocalbaby.audio.base.AudioStream`."""
        layout = self._layout
        count = min(n_frames, layout.frames - self._done)
        width = layout.channels * layout.bits // 8
        at = layout.offset + self._done * width
        block = self._data[at : at + count * width]
        self._done += count
        if self._done == layout.frames < layout.frames_promised:
            self.missing = "the file ends before its last samples"
        return read_samples(block, layout._replace(offset=0, frames=count)).samples

    def frames_bound(self, _stop: int, /) -> int:
        """See :class:`~vocalbaby.audio.base.AudioStream`."""
        return self._layout.frames
