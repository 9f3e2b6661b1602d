"""The frames of an MPEG audio file (MP3, layers I to III), found without decoding."""

import re
from collections.abc import Iterator
from typing import Final

from vocalbaby.audio import tags
from vocalbaby.audio.base import Data
from vocalbaby.audio.mpeg_headers import Header, Key, read_header

__all__ = ["MpegFrames"]

_WINDOW: Final = 2**18
#: Largest frame of free format that libmpg123 decodes.
_MAX_FREE: Final = 3456
#: Where a search for the next frame looks: at headers, and at tags, which are no sound.
_LANDMARK: Final = re.compile(
    rb"\xff[\xe2-\xff][^\xf0-\xff]|ID3[\x02-\x04]|APETAGEX|LYRICSBEGIN|TAG", re.DOTALL
)
#: Headers that may prove false before the rest of a file is given up: it bounds the time.
_MAX_FALSE: Final = 100_000


class MpegFrames:
    """Iterate over the frames of a file: position, size and header of each.

    Tags are passed over, and so is what is no frame. A header is believed if it is of the
    stream so far, or if others of its kind follow at the distances that they say.

    Attributes:
        junk: Bytes behind the first frame that are neither frames nor tags.
        cut: Whether the file ends within a frame.
        cut_inside: Frames that end before their last byte, as where cut files are joined.
    """

    def __init__(self, data: Data) -> None:
        self.junk = self.cut_inside = 0
        self.cut = False
        self._data = data
        self._end = len(data)
        if data[max(self._end - 128, 0) : self._end][:3] == b"TAG":
            self._end -= 128
        self._base, self._window = 0, b""
        self._free: dict[Key, int] = {}
        self._false = 0

    def bytes_at(self, at: int, size: int) -> bytes:
        """Return bytes of the file; fewer at its end."""
        start = self._load(at, size)
        return self._window[start : start + size]

    def _load(self, at: int, size: int) -> int:
        """Return where in the window the bytes are."""
        start = at - self._base
        if start < 0 or start + size > len(self._window):
            self._base, start = at, 0
            self._window = self._data[at : min(at + max(size, _WINDOW), self._end)]
        return start

    def __iter__(self) -> Iterator[tuple[int, int, Header]]:
        at, lost = 0, -1  # where the stream was lost, or -1
        key: Key | None = None
        while at < self._end and self._false < _MAX_FALSE:
            if behind := self._behind_tag(at):
                if lost >= 0:
                    self.junk += max(self._tag_start(at) - lost, 0)
                    lost = -1
                at = behind
                continue
            header, size = self._frame_at(at, key, lost)
            if header:
                self.junk += at - lost if lost >= 0 else 0
                key, lost = header.key, -1
                begin = self._begins_within(at, size, header)
                if not begin:
                    if at + size > self._end:
                        self.cut = True
                        return
                    yield at, size, header
                at = begin or at + size
                continue
            if key and lost < 0:
                if self._end - at < 4 and self.bytes_at(at, 1) == b"\xff":
                    self.cut = True
                    return
                lost = at
            at = self._next_landmark(at + 1)
        if lost >= 0 and self.bytes_at(lost, _WINDOW).strip(b"\0"):
            self.junk += self._end - lost

    def _frame_at(self, at: int, key: Key | None, lost: int) -> tuple[Header | None, int]:
        """Return the frame that begins at a position, if one does, and its size."""
        header = read_header(self.bytes_at(at, 4))
        if header and (size := self._size(at, header)):
            known = key in {None, header.key}
            if (known and key and lost < 0) or self._is_followed(at, size, header, 2 - known):
                return header, size
        return None, 0

    def _begins_within(self, at: int, size: int, header: Header) -> int:
        """Return where frames or a tag begin within a frame that none follows, or 0."""
        if self._is_followed(at, size, header, 1):
            return 0
        for match in _LANDMARK.finditer(self.bytes_at(at, size + 3), 4):
            begin = at + match.start()
            if begin >= at + size:
                break
            other = read_header(self.bytes_at(begin, 4))
            length = self._size(begin, other) if other else self._behind_tag(begin) - begin
            if length <= 0 or begin + length <= at + size <= self._end:
                continue
            if other:
                begins = self._is_followed(begin, length, other, -2)
            else:
                begins = read_header(self.bytes_at(begin + length, 4)) is not None
            if begins:
                self.cut_inside += 1
                return begin
        return 0

    def _next_landmark(self, at: int) -> int:
        self._false += 1
        while at < self._end:
            start = self._load(at, 16)
            if match := _LANDMARK.search(self._window, start):
                return self._base + match.start()
            at = max(self._base + len(self._window) - 16, at + 1)
            if self._base + len(self._window) == self._end:
                break
        return self._end

    def _size(self, at: int, header: Header) -> int:
        """Return the size of a frame in bytes, or 0 if it cannot be found."""
        if not header.free:
            return header.size
        base = self._free.get(header.key)
        if base is None:
            window = self.bytes_at(at, _MAX_FREE + 4)
            step = window.find(b"\xff", 24)
            while step >= 0:
                self._false += 1
                other = read_header(window[step : step + 4])
                if other and other.free and other.key == header.key:
                    if self._has_frames(at, step):
                        return 0
                    base = self._free[header.key] = step - header.size
                    break
                step = window.find(b"\xff", step + 1)
        return base + header.size if base else 0

    def _has_frames(self, at: int, size: int) -> bool:
        """Whether three frames of known sizes follow each other from within a frame.

        The parts of a joined file may have the same bytes that look like a free format's header:
        the distance of the parts is then taken for the size of a frame.
        """
        for match in _LANDMARK.finditer(self.bytes_at(at, size), 4):
            begin, key = at + match.start(), None
            for _ in range(3):
                other = read_header(self.bytes_at(begin, 4))
                if other is None or other.free or key not in {None, other.key}:
                    break
                begin, key = begin + other.size, other.key
            else:
                return True
        return False

    def _is_followed(self, at: int, size: int, header: Header, times: int) -> bool:
        """Whether so many frames of the same kind follow; or the end or a tag, unless negative."""
        for _ in range(abs(times)):
            at += size
            if times > 0 and (at == self._end or self._behind_tag(at)):
                return True
            follower = read_header(self.bytes_at(at, 4))
            if follower is None or follower.key != header.key:
                return False
            size = self._size(at, follower)
        return True

    def _behind_tag(self, at: int) -> int:
        """Return the position behind the tag at a position, or 0 if there is none."""
        head = self.bytes_at(at, 32)
        if not head.startswith(tags.MARKS):
            return 0
        behind = tags.end(self._data, at)
        if behind > self._end and head.startswith(b"ID3"):  # frames may follow a wrong size
            return at + 10
        return min(behind, self._end)

    def _tag_start(self, at: int) -> int:
        """Return where the tag begins: an APE tag may have its only header at its end."""
        if self.bytes_at(at, 8) == b"APETAGEX" and tags.end(self._data, at) == at + 32:
            return at + 32 - tags.size_before(self._data, at + 32)
        return at
