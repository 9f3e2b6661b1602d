"""The frames of sound of an MPEG audio file, and whether each joined part has all of its own."""

from itertools import islice
from typing import Final

from vocalbaby.audio.base import ByteRange, Data
from vocalbaby.audio.mpeg_frames import MpegFrames
from vocalbaby.audio.mpeg_headers import Header, Info, read_info

__all__ = ["FrameQueue"]

#: Fewer frames than this behind those that a header counts may be an error of its writer.
_FEW_FRAMES: Final = 3


class FrameQueue:
    """The frames of sound of a file, with a look at the next one.

    Attributes:
        info: The Xing, Info or VBRI header in front.
        header: Of the next frame, or None at the end.
        frame: Its bytes.
        count: Frames that were taken.
        junk: Bytes between the frames, of parts whose header does not say that all are there.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._scan = MpegFrames(data)
        self._frames = iter(self._scan)
        self._parts: list[tuple[Info, int]] = []  # that have ended, and their frames
        self._part, self._part_start, self._part_junk = Info(0, 0, exact=False), 0, 0
        self.count = self.junk = 0
        self.header: Header | None = None
        self.frame = b""
        self._info_at = -1
        self._advance()
        self.info = self._part

    @property
    def cut(self) -> bool:
        """Whether the file ends within a frame; known at the end."""
        return self._scan.cut

    @property
    def cut_inside(self) -> int:
        """Frames that are cut within the file; see `MpegFrames`."""
        return self._scan.cut_inside

    def others_follow(self) -> bool:
        """Whether frames follow those that the header in front counts."""
        if not self.info.size:
            return self.info.frames > 0
        end = self._info_at + self.info.size
        behind = MpegFrames(ByteRange(self._data, min(end, len(self._data)), len(self._data)))
        return len(list(islice(behind, _FEW_FRAMES))) == _FEW_FRAMES

    def short_part(self) -> tuple[str, int, int] | None:
        """Return which part has fewer frames than its header counts, and both numbers."""
        for number, (info, count) in enumerate(self._parts, 1):
            if count >= _least(info):
                continue
            if number == 1 and 0 <= info.frames - self.count <= len(self._parts):
                continue  # a program that joins files may count all parts in the first header
            which = f" of part {number}" if len(self._parts) > 1 else ""
            return which, info.frames, count
        return None

    def take(self) -> None:
        """Go to the next frame of sound."""
        self.count += 1
        self._advance()

    def _advance(self) -> None:
        for at, size, header in self._frames:
            self.frame, self.header = self._scan.bytes_at(at, size), header
            if (info := read_info(self.frame, header)) is None:
                return
            if self._info_at < 0:
                self._info_at = at
            self._end_part(info)
        self.frame, self.header = b"", None
        self._end_part(Info(0, 0, exact=False))

    def _end_part(self, following: Info) -> None:
        count, junk = self.count - self._part_start, self._scan.junk - self._part_junk
        if _least(self._part) > 0 or count:
            self._parts.append((self._part, count))
        if _least(self._part) <= 0:
            self.junk += junk
        self._part, self._part_start, self._part_junk = following, self.count, self._scan.junk


def _least(info: Info) -> int:
    """Return the number of frames that a header promises."""
    return info.frames - (0 if info.exact else 1)
