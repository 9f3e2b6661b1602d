"""FLAC: decoded to the real end, whatever the header says, and behind damaged parts.

libsndfile reads no more frames than the header counts, and nothing behind an error. It is
therefore given metadata that say no length. Where it fails, the next frames are decoded one
by one, and behind those that are damaged as usual.
"""

import math
import re
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import tags
from vocalbaby.audio.base import AudioStream, Data, matches
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.extent import is_unknown
from vocalbaby.audio.flac_frames import FlacFrame, FlacHead, frames, read_frame, read_head
from vocalbaby.audio.joining import JoinedStream
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

__all__ = ["FlacStream"]

#: Another FLAC file, joined behind a first one.
_JOINED: Final = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22.{34}", re.DOTALL)
_ID3: Final = re.compile(rb"ID3[\x02-\x04]")
#: Damaged parts behind which decoding goes on, and the most frames that are then decoded
#: one by one: they bound the time.
_MAX_DAMAGES: Final = 200
_MAX_SINGLE: Final = 64
_CUT: Final = "the file ends within a frame"


class FlacStream(AudioStream):
    """The samples of a FLAC file, or of several joined ones.

    Raises:
        UnreadableAudioError: The metadata are damaged.
        EmptyAudioError: There is nothing behind the metadata.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._end = tags.behind(data)
        self._head = head = read_head(data)
        if head.start >= self._end:
            raise EmptyAudioError(
                "The FLAC file holds no samples: it ends before its first frame.",
                hint="Send a recording.",
            )
        self._promised = _promise(head)
        self._done = 0
        self._damage: str | None = None
        self._junk = False
        self._next: int | None = None  # number of the sample behind those that were decoded
        self._stream = JoinedStream(self._parts())
        self.rate, self.channels = self._stream.rate, self._stream.channels
        self.frames_hint = self._promised or None

    def _parts(self) -> Iterator[AudioStream]:
        """Yield a stream from the first frame on, and what can be decoded behind errors."""
        head, start = self._head, self._head.start
        for _ in range(_MAX_DAMAGES):
            first = read_frame(self._data, start, head)
            part = _Run(self._data, head, start, self._end, self._lost_before(first))
            yield part
            self._done += part.done
            if part.done:
                self._next = _behind(first, part.done)
            if not part.damaged:
                return
            head, start = yield from self._one_by_one(part.done, head, start)
            if start == self._end:
                return
        self._damage = "it is damaged in too many places"

    def _one_by_one(
        self, done: int, head: FlacHead, start: int
    ) -> Generator[AudioStream, None, tuple[FlacHead, int]]:
        """Yield frames that can be decoded behind an error.

        Args:
            done: Samples that were decoded from ``start`` on, without an error.
            head: Their metadata.
            start: Where decoding began.

        Returns:
            Where decoding as usual goes on, and the metadata for it.
        """
        scan = frames(self._data, start, self._end, head)
        frame, last, seen, broken = next(scan, None), start, 0, False
        while frame and seen + frame.frames <= done:
            seen, last, frame = seen + frame.frames, frame.at, next(scan, None)
        for _ in range(_MAX_SINGLE):
            end = frame.at if frame else self._end
            for at, _ in matches(self._data, _JOINED, last, end, 42):
                joined = read_head(self._data, at)
                more = _promise(joined)
                self._promised = more and self._promised and self._promised + more
                self._next = None
                return joined, min(joined.start, self._end)
            if frame is None:
                self._junk = not broken and not self._ends_with_tag(last)
                return head, self._end
            following = next(scan, None)
            end = following.at if following else self._end
            block = _decode_one(self._data, head, frame, end)
            if block is None:
                broken = True
                self._damage = "a part of it is damaged" if following else _CUT
            elif broken:
                return head, frame.at
            else:
                kept = block[max(done - seen, 0) :]
                self._done += len(kept)
                lost = 0 if len(kept) < len(block) else self._lost_before(frame)
                yield _Block(kept, head.rate, lost)
                self._next = _behind(frame, frame.frames)
            seen, last, frame = seen + frame.frames, frame.at, following
        self._damage = "a part of it is damaged"
        return head, frame.at if frame else self._end

    def _lost_before(self, frame: FlacFrame | None) -> int:
        """Return how many samples are lost in front of a frame, by its number."""
        if frame is None or frame.first is None or self._next is None:
            return 0
        return max(frame.first - self._next, 0)

    def _ends_with_tag(self, start: int) -> bool:
        """Whether the bytes from a position on end with a tag, or with zeros that fill a disk."""
        if not self._data[max(self._end - 16, start) : self._end].strip(b"\0"):
            return True
        marks = matches(self._data, _ID3, start, self._end, 10)
        return any(tags.skip(self._data, at) >= self._end for at, _ in islice(marks, _MAX_SINGLE))

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        try:
            block = self._stream.read(n_frames)
        except UnreadableAudioError as error:
            raise UnreadableAudioError(
                "The FLAC file is damaged, or it ends within its first frame.",
                hint="Export it again as WAV or FLAC.",
            ) from error
        self.lost_before = self._stream.lost_before
        if not len(block):
            self.missing = self._what_is_missing()
        elif self._damage:  # before these samples
            self.missing = self._damage
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
        """See `AudioStream`."""
        total, head, start = 0.0, self._head, self._head.start
        joints = matches(self._data, _JOINED, start, self._end, 42)
        for _ in range(_MAX_DAMAGES):
            joint, _ = next(joints, (self._end, b""))
            for frame in frames(self._data, start, joint, head):
                total += frame.frames * self.rate / max(head.rate, 1)
                if total > stop:
                    return stop + 1
            if joint == self._end:
                return math.ceil(total)
            head = read_head(self._data, joint)
            start = head.start
            total += 1  # of the conversion
        return stop + 1

    def close(self) -> None:
        """Release the decoder."""
        self._stream.close()


def _promise(head: FlacHead) -> int:
    """Return the samples that a header promises; 0 if its writer read from a pipe."""
    size = head.frames * head.channels * ((head.bits + 7) // 8)
    return 0 if is_unknown(size) or is_unknown(head.frames) else head.frames


def _behind(frame: FlacFrame | None, frames: int) -> int | None:
    """Return the number of the sample that follows some from the start of a frame on."""
    return None if frame is None or frame.first is None else frame.first + frames


class _Run(SndfileStream):
    """The samples from a frame on; of a block with an error none, as it is not known which."""

    _keeps_damaged = False

    def __init__(
        self, data: Data, head: FlacHead, start: int, stop: int, lost_before: int = 0
    ) -> None:
        super().__init__([(head.head, 0, len(head.head)), (data, start, stop)])
        self._lost = lost_before

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        block = super().read(n_frames)
        self.lost_before, self._lost = (self._lost, 0) if len(block) else (0, self._lost)
        return block


class _Block(AudioStream):
    """Samples that are decoded already."""

    def __init__(self, samples: NDArray[np.float32], rate: int, lost_before: int) -> None:
        self.rate, self.channels = rate, samples.shape[1]
        self._lost = lost_before
        self._samples = samples

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        block, self._samples = self._samples[:n_frames], self._samples[n_frames:]
        self.lost_before, self._lost = self._lost, 0
        return block

    def frames_bound(self, _stop: int, /) -> int:
        """See `AudioStream`."""
        return len(self._samples)


def _decode_one(
    data: Data, head: FlacHead, frame: FlacFrame, stop: int
) -> NDArray[np.float32] | None:
    """Decode a frame that ends before ``stop``; None if it is damaged."""
    with _Run(data, head, frame.at, stop) as run:
        try:
            block = run.read(frame.frames)
        except UnreadableAudioError:
            return None
    return block if len(block) == frame.frames else None
