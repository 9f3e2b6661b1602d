"""The sound of an Ogg file."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.flac import FlacStream
from vocalbaby.audio.joining import JoinedStream
from vocalbaby.audio.ogg.codecs import FlacCodec
from vocalbaby.audio.ogg.links import Link, read_file
from vocalbaby.exception import AudioError, EmptyAudioError, UnreadableAudioError

__all__ = ["OggStream"]

#: Frames that a decoder may give less than its packets hold, by rounding of rates.
_ROUNDING: Final = 2
#: Damaged packets behind which decoding goes on: it bounds the time.
_MAX_DAMAGES: Final = 1_000


class OggStream(JoinedStream):
    """The links of an Ogg file, one after the other.

    Args:
        data: The bytes of the file.

    Raises:
        UnreadableAudioError: There is no link with usable headers.
    """

    def __init__(self, data: Data) -> None:
        file = read_file(data)
        if not file.links:
            raise UnreadableAudioError(
                f"The Ogg file cannot be read: {file.missing[0]}.",
                hint="Export it again as WAV or FLAC.",
            )
        self._links = file.links
        super().__init__(map(_LinkStream, file.links))
        self.missing = file.missing[0] if file.missing else None
        frames = [link.frames for link in file.links]
        if None not in frames:
            self.frames_hint = self.frames_bound(0)

    def frames_bound(self, stop: int, /) -> int:
        """See `AudioStream`."""
        total = 0
        for link in self._links:
            frames = _LinkStream(link).frames_bound(stop)
            total += -(-frames * self.rate // link.codec.rate)
        return total


class _LinkStream(AudioStream):
    """One link, whose decoder is opened when the first samples are read."""

    def __init__(self, link: Link) -> None:
        self.rate, self.channels, self.frames_hint = (
            link.codec.rate,
            link.codec.channels,
            link.frames,
        )
        self._link = link
        self._decoder: AudioStream | None = None
        self._done = self._damages = 0
        self._gaps = list(link.gaps)

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        nothing = np.empty((0, self.channels), np.float32)
        if self._link.frames == 0:
            return nothing
        try:
            self._decoder = self._decoder or _open(self._link)
        except EmptyAudioError:
            return nothing
        if (self._decoder.rate, self._decoder.channels) != (self.rate, self.channels):
            raise UnreadableAudioError(
                "The headers of the Ogg file are damaged.", hint="Export it again as WAV or FLAC."
            )
        lost = 0
        while self._gaps and self._gaps[0][0] <= self._done:
            lost += self._gaps.pop(0)[1]
        if self._gaps:  # a block ends where sound is lost
            n_frames = min(n_frames, self._gaps[0][0] - self._done)
        block = self._read_on(self._decoder, n_frames)
        self.lost_before = lost + self._decoder.lost_before if len(block) else 0
        self._done += len(block)
        if self._link.frames is None:
            self.missing = self._decoder.missing
        elif not len(block) and self._done < self._link.frames - _ROUNDING:
            self.missing = "some of its packets are damaged"
        return block

    def _read_on(self, decoder: AudioStream, n_frames: int) -> NDArray[np.float32]:
        """Read, also behind packets of Opus that cannot be decoded."""
        if not isinstance(decoder, SndfileStream):
            return decoder.read(n_frames)
        while self._damages < _MAX_DAMAGES:
            try:
                if len(block := decoder.read(n_frames)) or not decoder.damaged:
                    return block
            except UnreadableAudioError:
                pass
            decoder.damaged = False  # libsndfile goes on with the next packet
            self._damages += 1
        return np.empty((0, self.channels), np.float32)

    def frames_bound(self, stop: int, /) -> int:
        """See `AudioStream`."""
        if self._link.frames is not None:
            return self._link.frames
        try:
            with _open(self._link) as stream:
                return stream.frames_bound(stop)
        except AudioError:
            return 0

    def close(self) -> None:
        """Release the decoder."""
        if self._decoder is not None:
            self._decoder.close()


def _open(link: Link) -> AudioStream:
    if isinstance(link.codec, FlacCodec):
        return FlacStream(link.data)
    return SndfileStream([(link.data, 0, len(link.data))])
