"""FLAC: decoded to the real end, whatever the header says, and behind damaged parts.

libsndfile reads no more frames than the header counts, and nothing behind an error. It is
therefore given metadata that say no length, and opened again behind a damaged part.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data, matches
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.flac_frames import FlacHead, frames, read_head
from vocalbaby.audio.joining import JoinedStream
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

__all__ = ["FlacStream"]

#: Another FLAC file, joined behind a first one.
_JOINED: Final = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
#: Damaged parts behind which decoding goes on: it bounds the time.
_MAX_DAMAGES: Final = 1_000


class FlacStream(AudioStream):
    """The samples of a FLAC file, or of several joined ones.

    Raises:
        UnreadableAudioError: The metadata are damaged.
        EmptyAudioError: There is nothing behind the metadata.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._end = len(data)
        if data[max(self._end - 128, 0) : self._end][:3] == b"TAG":
            self._end -= 128
        self._head = head = read_head(data)
        if head.start >= self._end:
            raise EmptyAudioError("The FLAC file holds no samples.", hint="Send a recording.")
        self._promised = head.frames  # 0 if a header does not say it
        self._done = 0
        self._damage: str | None = None
        self._junk = False
        self._stream = JoinedStream(self._parts())
        self.rate, self.channels = self._stream.rate, self._stream.channels
        self.frames_hint = head.frames or None

    def _parts(self) -> Iterator[AudioStream]:
        """Yield a stream from the first frame, and one from behind each damaged part."""
        head, start = self._head, self._head.start
        for _ in range(_MAX_DAMAGES):
            part = SndfileStream([(head.head, 0, len(head.head)), (self._data, start, self._end)])
            yield part
            self._done += part.done
            if not part.damaged:
                return
            head, start = self._behind(part.done, head, start)
            if start == self._end:
                return
        self._damage = "it is damaged in too many places"

    def _behind(self, done: int, head: FlacHead, start: int) -> tuple[FlacHead, int]:
        """Return where decoding goes on behind an error, and the metadata for it.

        Args:
            done: Frames that were decoded from ``start`` on.
            head: Their metadata.
            start: Where decoding began.
        """
        seen, last, behind = 0, start, self._end
        for frame in frames(self._data, start, self._end, head):
            if seen >= done and frame.at > start:
                behind = frame.at
                break
            seen, last = seen + frame.frames, frame.at
        if seen > done:
            self._damage = "a part of it is damaged, or the file ends within a frame"
        for at, _ in matches(self._data, _JOINED, last, behind, 8):
            joined = read_head(self._data, at)
            self._promised = self._promised and joined.frames and self._promised + joined.frames
            return joined, min(joined.start, self._end)
        if behind < self._end:
            self._damage = "a part of it is damaged"
        elif seen <= done:
            self._junk = True
        return head, behind

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See :class:`~vocalbaby.audio.base.AudioStream`."""
        try:
            block = self._stream.read(n_frames)
        except UnreadableAudioError as error:
            raise UnreadableAudioError(
                "The FLAC file is damaged, or it ends within its first frame.",
                hint="Export it again as WAV or FLAC.",
            ) from error
        if not len(block):
            self.missing = self._what_is_missing()
        return block

    def _what_is_missing(self) -> str | None:
        if self._damage:
            return self._damage
        if self._done < self._promised:
            return f"its header counts {self._promised} samples, and {self._done} are there"
        if self._junk and not self._promised:
            return "the data behind the last frame are no FLAC frame"
        return None

    def frames_bound(self, stop: int, /) -> int:
        """See :class:`~vocalbaby.audio.base.AudioStream`."""
        total = 0
        for frame in frames(self._data, self._head.start, self._end, self._head):
            total += frame.frames
            if total > stop:
                break
        return total

    def close(self) -> None:
        """Release the decoder."""
        self._stream.close()
