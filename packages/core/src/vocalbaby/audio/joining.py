"""Several streams one after another, as in joined files, in the format of the first."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.exception import UnreadableAudioError

__all__ = ["JoinedStream", "open_joined"]

#: Of a damaged file, hundreds of thousands could be opened.
_MOST_PARTS: Final = 256


def open_joined(
    data: Data, open_one: Callable[[Data], tuple[AudioStream, Data | None]]
) -> AudioStream:
    """Open a file, and those of the same kind that are joined to it.

    Args:
        data: The file.
        open_one: Opens the first file of some bytes, and returns what follows it.
    """
    stream, rest = open_one(data)
    return stream if rest is None else JoinedStream(_parts(stream, rest, open_one))


def _parts(
    stream: AudioStream,
    rest: Data | None,
    open_one: Callable[[Data], tuple[AudioStream, Data | None]],
) -> Iterator[AudioStream]:
    yield stream
    while rest is not None:
        stream, rest = open_one(rest)
        yield stream


class JoinedStream(AudioStream):
    """The samples of all parts, converted to the rate and the channels of the first.

    Args:
        parts: Streams, each opened when the one before it has ended; at least one. They are
            closed here.
    """

    def __init__(self, parts: Iterator[AudioStream]) -> None:
        self._parts = parts
        self._part: AudioStream | None = next(parts)
        self.rate, self.channels = self._part.rate, self._part.channels
        self._resampler: soxr.ResampleStream | None = None
        self._error: UnreadableAudioError | None = None
        self._any = False
        self._left = _MOST_PARTS - 1
        self._lost = 0
        self._rest = self._nothing = np.empty((0, self.channels), np.float32)

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        while not len(self._rest) and self._part is not None:
            try:
                block = self._part.read(n_frames)
            except UnreadableAudioError as error:
                self._error = error
                self.missing = "a part of it cannot be decoded"
                block = self._nothing
            self._rest = self._convert(block)
            self._lost += self._part.lost_before * self.rate // self._part.rate
            if not len(block):
                self._advance(self._part)
        block, self._rest = self._rest[:n_frames], self._rest[n_frames:]
        self._any = self._any or len(block) > 0
        self.lost_before, self._lost = (self._lost, 0) if len(block) else (0, self._lost)
        if self._error and not self._any:
            raise self._error
        return block

    def _convert(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert a block of the current part; an empty one is its end."""
        if len(block) and block.shape[1] != self.channels:
            block = np.repeat(block.mean(axis=1, keepdims=True), self.channels, axis=1)
        if self._resampler is None:
            return block if len(block) else self._nothing
        last = not len(block)
        converted: NDArray[np.float32] = self._resampler.resample_chunk(
            self._nothing if last else block, last=last
        )
        return converted

    def _advance(self, part: AudioStream) -> None:
        self.missing = self.missing or part.missing
        part.close()
        self._left -= 1
        if self._left < 0:
            self._part = None
            self.missing = self.missing or f"it has more than {_MOST_PARTS:,} parts"
            return
        try:
            self._part = next(self._parts, None)
        except UnreadableAudioError:
            self._part = None
            self.missing = "a part of it cannot be decoded"
        self._resampler = None
        if self._part is not None and self._part.rate != self.rate:
            self._resampler = soxr.ResampleStream(
                self._part.rate, self.rate, self.channels, dtype="float32"
            )

    def frames_bound(self, stop: int, /) -> int:
        """Return more than ``stop``: the parts are not known before they are decoded."""
        return stop + 1

    def close(self) -> None:
        """Close the part that is being read.

        The others are let go: a generator and an error refer to their owner, and such circles
        would keep their memory until Python looks for them.
        """
        if self._part is not None:
            self._part.close()
        self._part, self._parts, self._error = None, iter(()), None
