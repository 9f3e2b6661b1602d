"""Where the samples of a file end, by its headers together and by what really follows."""

import re
from itertools import islice
from typing import Final, NamedTuple

from vocalbaby.audio import tags
from vocalbaby.audio.base import ByteRange, Data, matches
from vocalbaby.audio.chunks import BEHIND, Grammar, Steps, after, is_plausible, steps, walk
from vocalbaby.utils.wording import counted

__all__ = ["Extent", "extent", "is_unknown", "split"]


#: Sizes that writers leave who cannot know better: sox 0x7F000000 and 0x7FFFF000, arecord
#: 0x80000000, ffmpeg 0xFFFFFFFF (or -1), others near them; headers may be subtracted.
_UNKNOWN: Final = tuple(
    (value - 2**16, value + 2**16) for value in (0x7F000000, 2**31, 2**32, 2**63, 2**64)
)
#: How much of the end of a file of unknown length is searched for chunks, and for what can be
#: searched faster: tags, and another file that is joined to it.
_CHUNK_TAIL: Final = 2**20
_TAIL: Final = 2**26
_MOST_CANDIDATES: Final = 64
#: Fewer bytes than a header has are no recording.
_LEAST_UNREAD: Final = 16


class Extent(NamedTuple):
    """The part of a file that holds samples.

    Attributes:
        pieces: First and last position (exclusive) of each part.
        promised: How many bytes the header promises, if that is a promise and more.
        unread: How many bytes behind the samples could not be explained.
        open_ended: Whether the samples end where the file ends.
        align: The size of the samples is padded to a multiple of so many bytes.
    """

    pieces: tuple[tuple[int, int], ...]
    promised: int | None = None
    unread: int = 0
    open_ended: bool = False
    align: int = 2

    @property
    def size(self) -> int:
        """The number of bytes with samples."""
        return sum(stop - start for start, stop in self.pieces)

    def missing(self, width: int = 1, bytes_per_s: int = 0) -> str | None:
        """Return what is missing at the end, as of `AudioStream`.

        Args:
            width: Bytes of a frame, or of a block that is decoded as a whole.
            bytes_per_s: Bytes of a second of sound; 0 if that is not known.
        """
        if self.promised is not None:
            if not bytes_per_s:
                promised = counted(self.promised, "byte")
                return f"its header promises {promised}, the file holds {self.size}"
            held, claim = self.size / bytes_per_s, self.promised / bytes_per_s
            return f"its header promises {claim:.2f} s, the file holds {held:.2f} s"
        rest = self.size % max(width, 1)
        padding = rest < self.align and self.size % self.align == 0
        if rest and not padding:
            return f"the {'file ends' if self.open_ended else 'samples end'} within a frame"
        if self.unread:
            return f"it holds {counted(self.unread, 'byte')} behind its samples, in no chunk"
        return None


def extent(
    data: Data,
    body: int,
    size: int,
    claim: int,
    grammar: Grammar | None,
    left: Steps | None = None,
) -> Extent:
    """Find where samples end.

    Args:
        data: The file.
        body: Where the samples begin.
        size: How many bytes their chunk has, as its header says.
        claim: Where the file ends, as its header says; 0 where it does not.
        grammar: How chunks behind the samples are written; None if there cannot be any.
        left: Where the chunks that are looked at are counted, together with others.
    """
    found = _extent(data, body, size, claim, grammar, left or steps())
    return found._replace(align=grammar.align) if grammar else found


def _extent(
    data: Data, body: int, size: int, claim: int, grammar: Grammar | None, left: Steps
) -> Extent:
    end = len(data)
    body = min(body, end)
    available = end - body
    complete = 0 <= end - claim <= 1  # with or without padding
    unknown = is_unknown(size)
    if size == 0:
        if complete or (grammar and is_plausible(data, body, grammar)):
            return Extent(((body, body),), unread=_unexplained(data, body, 0, grammar, left))
    elif size <= available and (
        not unknown or complete or (grammar and is_plausible(data, body + size, grammar))
    ):
        if (available - size) % 2**32 == 0:  # also a size that has overflowed
            return Extent(((body, end),))
        unread = _unexplained(data, body, size, grammar, left)
        return Extent(((body, body + size),), unread=unread)
    elif size > available and not unknown and not complete:
        return Extent(((body, body + available),), promised=size)
    stop, following = _open_end(data, body, grammar, left)
    return Extent(((body, stop),), unread=end - following, open_ended=True)


def is_unknown(size: int) -> bool:
    """Whether a size is one of those that writers leave who cannot know it."""
    return any(low <= size < high for low, high in _UNKNOWN)


def split(data: Data, found: Extent, grammar: Grammar | None) -> tuple[Extent, Data | None]:
    """Return the samples of a file, and another file of the same kind that is joined to it."""
    start = len(data) - found.unread
    if not found.unread or not _is_joined(data, start, grammar):
        return found, None
    return found._replace(unread=0), ByteRange(data, start, len(data))


def _unexplained(data: Data, body: int, size: int, grammar: Grammar | None, left: Steps) -> int:
    """Return how many bytes behind a chunk are neither chunks nor tags nor padding."""
    at = after(data, body, size, grammar) if grammar else body + size
    rest = len(data) - _explained(data, at, grammar, left)
    return rest if rest >= _LEAST_UNREAD else 0


def _explained(data: Data, at: int, grammar: Grammar | None, left: Steps) -> int:
    """Return where the chunks, tags and zeros from a position on end."""
    for _ in range(_MOST_CANDIDATES):
        start = at
        if grammar:
            for chunk in walk(data, at, grammar, strict=True, left=left):
                at = after(data, chunk.body, chunk.size, grammar)
        at = tags.skip(data, at, left)
        if at == start:
            break
    return len(data) if at >= tags.behind(data) else at


def _open_end(data: Data, body: int, grammar: Grammar | None, left: Steps) -> tuple[int, int]:
    """Return where samples of unknown number end, and where the part that is not read begins.

    They end before chunks and tags that reach to the end of the file or to another file.
    """
    end, stop = len(data), tags.behind(data)
    for at in sorted(_candidates(data, body, stop, grammar)):
        following = _explained(data, at, grammar, left)
        if end - following <= 1:
            return at, end
        if _is_joined(data, following, grammar):
            return at, following
    return max(stop, body), end


def _candidates(data: Data, body: int, stop: int, grammar: Grammar | None) -> set[int]:
    """Return positions where what is not sound may begin."""
    start, near = max(body, stop - _TAIL), max(body, stop - _CHUNK_TAIL)
    searches = [
        (re.compile(re.escape(data[:4])), start),
        (re.compile(rb"ID3[\x02-\x04][^\xff]"), start),
        (re.compile(rb"APETAGEX"), start),
        *([(BEHIND, near)] if grammar else []),
    ]
    found: set[int] = set()
    for pattern, first in searches:
        more = [at for at, _ in islice(matches(data, pattern, first, stop, 8), _MOST_CANDIDATES)]
        found.update(more)
        if len(more) == _MOST_CANDIDATES:  # of many joined files, each would search all others
            stop = more[-1]
    found |= {at - 8 for at in found if data[at - 8 : at - 4].lower() == b"id3 "}
    found |= {at - 128 for at in found if data[at - 128 : at - 125] == b"TAG"}
    return {at for at in found if at >= body}


def _is_joined(data: Data, at: int, grammar: Grammar | None) -> bool:
    """Whether another file of the same kind begins at a position."""
    first, second = data[:12], data[at : at + 12]
    same = slice(8, 12) if grammar else slice(4, 8)
    return first[:4] == second[:4] and first[same] == second[same]
