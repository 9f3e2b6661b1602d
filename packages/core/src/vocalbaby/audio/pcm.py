"""Samples of a fixed width: from their bytes to float32, for every container that holds them."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data, Pieces
from vocalbaby.audio.extent import Extent
from vocalbaby.exception import UnreadableAudioError

__all__ = ["PcmLayout", "PcmStream", "make_layout", "read_samples"]


class PcmLayout(NamedTuple):
    """Where the samples of a file are, and their encoding.

    Attributes:
        encoding: NumPy's name of the type of a sample; ``<i3`` and ``>i3`` are 24-bit integers.
        channels: Number of channels.
        rate: Frames per second.
        frames: How many whole frames the file holds.
        pieces: First and last position (exclusive) of each part of the file with samples.
        missing: As of `AudioStream`.
    """

    encoding: str
    channels: int
    rate: int
    frames: int
    pieces: tuple[tuple[int, int], ...]
    missing: str | None = None


def make_layout(encoding: str, channels: int, rate: int, extent: Extent) -> PcmLayout:
    """Return the layout of samples that lie in an extent of a file.

    Raises:
        UnreadableAudioError: No channels, or a rate of 0.
    """
    if channels <= 0 or rate <= 0:
        raise UnreadableAudioError(
            f"The header gives {channels} channels at {rate} Hz.",
            hint="The header is damaged; export the file again.",
        )
    width = channels * int(encoding[2:])
    return PcmLayout(
        encoding,
        channels,
        rate,
        extent.size // width,
        extent.pieces,
        extent.missing(width, rate * width),
    )


def read_samples(data: bytes, layout: PcmLayout) -> NDArray[np.float32]:
    """Return all samples as float32, shape (n_frames, n_channels), full scale 1.0."""
    count, start = layout.frames * layout.channels, layout.pieces[0][0]
    if len(layout.pieces) > 1:
        data, start = b"".join(data[a:b] for a, b in layout.pieces), 0
    return _READERS[layout.encoding](data, start, count).reshape(layout.frames, layout.channels)


class PcmStream(AudioStream):
    """The samples of a file with a `PcmLayout`."""

    def __init__(self, data: Data, layout: PcmLayout) -> None:
        self.rate, self.channels = layout.rate, layout.channels
        self.frames_hint = layout.frames
        self.missing = layout.missing
        self._reader: Final = _READERS[layout.encoding]
        self._width: Final = layout.channels * int(layout.encoding[2:])
        self._file: Final = Pieces([(data, start, stop) for start, stop in layout.pieces])
        self._left = layout.frames

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        wanted = min(n_frames, self._left)
        raw = self._file.read(wanted * self._width) or b""
        frames = len(raw) // self._width
        self._left -= frames
        if frames < wanted:
            self.missing, self._left = "the file became shorter while it was read", 0
        return self._reader(raw, 0, frames * self.channels).reshape(frames, self.channels)

    def frames_bound(self, _stop: int, /) -> int:
        """See `AudioStream`."""
        return self.frames_hint or 0


def _uint8(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    raw = np.frombuffer(data, np.uint8, count, offset).astype(np.float32)
    return (raw - np.float32(128)) * np.float32(2**-7)


class _Integer:
    """Reads signed integers of a type that NumPy has."""

    def __init__(self, kind: str) -> None:
        self._kind: Final = np.dtype(kind)
        self._scale: Final = np.float32(2.0 ** (1 - 8 * self._kind.itemsize))

    def __call__(self, data: bytes, offset: int, count: int) -> NDArray[np.float32]:
        samples = np.frombuffer(data, self._kind, count, offset).astype(np.float32)
        samples *= self._scale
        return samples


def _int24_little(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    return _int24(data, offset, count, "<i4", slice(1, 4))


def _int24_big(data: bytes, offset: int, count: int) -> NDArray[np.float32]:
    return _int24(data, offset, count, ">i4", slice(0, 3))


def _int24(data: bytes, offset: int, count: int, kind: str, upper: slice) -> NDArray[np.float32]:
    wide = np.zeros((count, 4), np.uint8)
    wide[:, upper] = np.frombuffer(data, np.uint8, 3 * count, offset).reshape(count, 3)
    return wide.view(kind).ravel().astype(np.float32) * np.float32(2**-31)


class _Float:
    """Reads floating point numbers."""

    def __init__(self, kind: str) -> None:
        self._kind: Final = np.dtype(kind)

    def __call__(self, data: bytes, offset: int, count: int) -> NDArray[np.float32]:
        with np.errstate(over="ignore", invalid="ignore"):  # inf and NaN are refused later
            return np.frombuffer(data, self._kind, count, offset).astype(np.float32)


_READERS: Final[dict[str, Callable[[bytes, int, int], NDArray[np.float32]]]] = {
    "|u1": _uint8,
    "|i1": _Integer("|i1"),
    "<i3": _int24_little,
    ">i3": _int24_big,
    **{order + kind: _Integer(order + kind) for order in "<>" for kind in ("i2", "i4")},
    **{order + kind: _Float(order + kind) for order in "<>" for kind in ("f4", "f8")},
}
