"""MP3 (MPEG audio, layers I to III): every frame of a file is decoded, whatever its headers say.

libsndfile stops where the length that libmpg123 estimates ends, and libmpg123 writes lines
to stderr about what it does not expect. They are therefore given the frames alone, as a
stream without an end, and delay and padding are removed here, as FFmpeg does it.
"""

import io
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data
from vocalbaby.audio.codecs import SndfileStream
from vocalbaby.audio.joining import JoinedStream
from vocalbaby.audio.mpeg_frames import MpegFrames
from vocalbaby.audio.mpeg_parts import FrameQueue
from vocalbaby.audio.quiet import c_stderr_discarded
from vocalbaby.audio.signatures import describe
from vocalbaby.exception import UnreadableAudioError
from vocalbaby.utils.wording import counted

__all__ = ["MpegStream", "has_frames", "has_mark"]

#: Delay of an MP3 decoder in samples, which the LAME header does not count.
_DECODER_DELAY: Final = 529
#: Size that a stream of frames claims to have.
_ENDLESS: Final = 2**40
#: Bytes behind the position that stay in memory: libmpg123 goes back to the first frame.
_KEPT: Final = 2**16
#: Frames in a row by which a file is known to be MPEG audio.
_FRAMES_IN_ROW: Final = 4
#: So many are sound whatever else is in the file.
_SURE_FRAMES: Final = 8


def has_mark(head: bytes) -> bool:
    """Whether the first bytes are those of an MPEG frame, or of a tag in front of one."""
    return head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 > 0xE0)


def has_frames(head: bytes) -> bool:
    """Whether several MPEG frames in a row are found: a recorded stream begins within one."""
    return _longest_run(MpegFrames(head), _FRAMES_IN_ROW) >= _FRAMES_IN_ROW


def _longest_run(frames: MpegFrames, enough: int) -> int:
    """Return the largest number of frames of one kind in a row; ``enough`` ends the search.

    Frames of free format and of layer I do not count: in the former any two headers seem to be
    in a row, and tables of negative numbers in programs look like the latter (FF FF 48).
    """
    longest, run, end, key = 0, 0, -1, None
    for at, size, header in frames:
        run = run + 1 if (at, header.key) == (end, key) else 1
        end, key = at + size, header.key
        if not header.free and header.key[1] != 1:
            longest = max(longest, run)
        if longest >= enough:
            break
    return longest


def _is_by_chance(data: Data) -> bool:
    """Whether what looks like frames lies scattered in other data, as in a program."""
    if _longest_run(MpegFrames(data), _SURE_FRAMES) >= _SURE_FRAMES:
        return False
    frames = MpegFrames(data)
    sound = sum(size for _, size, _ in frames)
    return frames.junk > sound


class MpegStream(AudioStream):
    """The samples of an MPEG audio file.

    Where the rate or the number of channels changes, as in joined files, what follows is
    converted to those of the first frame.

    Raises:
        UnreadableAudioError: There is no frame that can be decoded.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._frames = frames = FrameQueue(data)
        if frames.header is None:
            raise _damaged()
        if not frames.info.frames and _is_by_chance(data):
            raise UnreadableAudioError(
                f"This is {describe(data[:400])}, not audio that can be read.",
                hint="Export the recording as WAV or FLAC.",
            )
        self._info = frames.info
        length = self._info.frames * frames.header.frames
        if frames.others_follow():  # joined: the count is of a part
            length = 0
        self._skip = 0 if self._info.delay is None else self._info.delay + _DECODER_DELAY
        self._padding = range(length - max(self._info.padding - _DECODER_DELAY, 0), length)
        self._done = 0
        try:
            self._stream = JoinedStream(self._parts())
        except StopIteration:
            raise _damaged() from None
        self.rate, self.channels = self._stream.rate, self._stream.channels
        if length:
            self.frames_hint = max(length - self._skip - len(self._padding), 0)

    def _parts(self) -> Iterator[AudioStream]:
        """Yield a stream for each run of frames of one kind, and for what follows an error."""
        frames = self._frames
        while frames.header is not None:
            before = frames.count
            try:
                part = _QuietStream(_FrameFile(frames))
            except UnreadableAudioError:
                self.missing = "some of its frames cannot be decoded"
                if frames.count == before:
                    frames.take()
            else:
                yield part

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        while len(block := self._stream.read(n_frames)):
            start = self._done
            self._done += len(block)
            block = self._trim(block, start)
            if len(block):
                return block
        self.missing = self._what_is_missing()
        return block

    def _trim(self, block: NDArray[np.float32], start: int) -> NDArray[np.float32]:
        """Remove what the encoder put in front and behind."""
        block, start = block[max(self._skip - start, 0) :], max(start, self._skip)
        padding = self._padding
        if start >= padding.stop or start + len(block) <= padding.start:
            return block
        kept = block[: max(padding.start - start, 0)], block[padding.stop - start :]
        return np.concatenate(kept)

    def _what_is_missing(self) -> str | None:
        frames = self._frames
        if frames.cut:
            return "the file ends within a frame"
        if short := frames.short_part():
            return "the header{} counts {} frames, and {} are there".format(*short)
        if frames.cut_inside:
            return "a frame ends before its last byte, where another begins"
        if frames.junk:
            return f"the file has {counted(frames.junk, 'byte')} outside of frames of sound"
        return self.missing or self._stream.missing

    def frames_bound(self, stop: int, /) -> int:
        """See `AudioStream`."""
        total = -float(self._skip)
        frames = FrameQueue(self._data)
        while frames.header and total <= stop:
            total += frames.header.frames * self.rate / frames.header.rate
            frames.take()
        return max(int(total) + 1, 0)

    def close(self) -> None:
        """Release the decoder."""
        self._stream.close()


class _FrameFile(io.RawIOBase):
    """The next frames of one kind as a file, which claims to be endless.

    Near the end that it claims, libmpg123 looks for a tag, and finds zeros. As it does not
    open a single frame, a silent one is put behind it.

    Attributes:
        frames: Samples per channel of all frames so far, without the silent one.
    """

    def __init__(self, frames: FrameQueue) -> None:
        self._frames = frames
        self._key = frames.header and frames.header.key
        self._silent = frames.frame[:4] + bytes(max(len(frames.frame) - 4, 0))
        self.frames = 0
        self._held = bytearray()
        self._held_from = self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        self._at = max((0, self._at, _ENDLESS)[whence] + offset, 0)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override] # any buffer
        """Fill a buffer, and return how many bytes there were."""
        if self._at >= _ENDLESS // 2:
            buffer[:] = bytes(len(buffer))
            self._at += len(buffer)
            return len(buffer)
        frames, held = self._frames, self._held
        while self._at + len(buffer) > self._held_from + len(held):
            if frames.header and frames.header.key == self._key:
                held += frames.frame
                self._silent = self._silent if self.frames == 0 else b""
                self.frames += frames.header.frames
                frames.take()
            elif self._silent:
                held += self._silent
                self._silent = b""
            else:
                break
        start = self._at - self._held_from
        part = held[start : start + len(buffer)] if start >= 0 else b""
        buffer[: len(part)] = bytes(part)
        self._at += len(part)
        if self._at - self._held_from > 2 * _KEPT:
            del held[:_KEPT]
            self._held_from += _KEPT
        return len(part)


class _QuietStream(SndfileStream):
    """The samples of frames, without the lines that libmpg123 writes about damaged ones."""

    def __init__(self, file: _FrameFile) -> None:
        with c_stderr_discarded():
            super().__init__(file, endless=True)
        self._frames = file

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        before = self.done
        with c_stderr_discarded():
            block = super().read(n_frames)
        return block[: max(self._frames.frames - before, 0)]


def _damaged() -> UnreadableAudioError:
    return UnreadableAudioError(
        "The MP3 file is damaged: no frame of it can be decoded.",
        hint="Export it again as WAV or FLAC.",
    )
