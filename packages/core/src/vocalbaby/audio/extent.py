"""Where the samples of a file end, by its headers together and by what really follows."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from vocalbaby.audio import tags
from vocalbaby.audio.base import ByteRange, Data, matches

__all__ = [
    "AIFF",
    "CAF",
    "RIFF",
    "RIFX",
    "W64",
    "Chunk",
    "Extent",
    "Grammar",
    "after",
    "extent",
    "is_unknown",
    "split",
    "walk",
]


class Grammar(NamedTuple):
    """How a container writes its chunks: a name, a size, a body, and padding.

    Attributes:
        order: Byte order of the size.
        name_bytes: Length of the name.
        size_bytes: Length of the size.
        align: Chunks begin at multiples of so many bytes.
        inclusive: Whether the size counts name and size.
    """

    order: Literal["little", "big"]
    name_bytes: int = 4
    size_bytes: int = 4
    align: int = 2
    inclusive: bool = False


RIFF: Final = Grammar("little")
RIFX: Final = Grammar("big")
AIFF: Final = Grammar("big")
CAF: Final = Grammar("big", size_bytes=8, align=1)
W64: Final = Grammar("little", 16, 8, 8, inclusive=True)

#: The last 12 bytes of the name of every Wave64 chunk but LIST.
_W64_NAME: Final = bytes.fromhex("f3acd3118cd100c04f8edb8a")
#: Sizes that writers leave who cannot know better: sox 0x7F000000 and 0x7FFFF000, arecord
#: 0x80000000, ffmpeg 0xFFFFFFFF (or -1), others near them; headers may be subtracted.
_UNKNOWN: Final = tuple(
    (value - 2**16, value + 2**16) for value in (0x7F000000, 2**31, 2**32, 2**63, 2**64)
)
#: Chunks that are written behind samples.
_BEHIND: Final = re.compile(rb"LIST|id3 |ID3 |iXML|bext|cue |toc |fact|PEAK|NAME|ANNO|MARK|APPL")
#: Other chunks, which are known by their names.
_KNOWN: Final = re.compile(_BEHIND.pattern + rb"|fmt |data|JUNK|junk|PAD |COMM|SSND|ds64")
#: Of a damaged file, millions could be found.
_MOST_CHUNKS: Final = 10_000
#: They begin a recording, never a chunk.
_FILES: Final = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM")
_PRINTABLE: Final = re.compile(rb"[ -~]{4}")
#: How much of the end of a file of unknown length is searched for chunks, and for what can be
#: searched faster: tags, and another file that is joined to it.
_CHUNK_TAIL: Final = 2**20
_TAIL: Final = 2**26
_MOST_CANDIDATES: Final = 64
#: Fewer bytes than a header has are no recording.
_LEAST_UNREAD: Final = 16


class Chunk(NamedTuple):
    """The name of a chunk, where its body begins, and the size that its header gives."""

    name: bytes
    body: int
    size: int


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
        """Return what is missing at the end, as of :class:`~vocalbaby.audio.base.AudioStream`.

        Args:
            width: Bytes of a frame, or of a block that is decoded as a whole.
            bytes_per_s: Bytes of a second of sound; 0 if that is not known.
        """
        if self.promised is not None:
            if not bytes_per_s:
                return f"its header promises {self.promised} bytes, the file holds {self.size}"
            held, promised = self.size / bytes_per_s, self.promised / bytes_per_s
            return f"its header promises {promised:.2f} s, the file holds {held:.2f} s"
        rest = self.size % max(width, 1)
        padding = rest < self.align and self.size % self.align == 0
        if rest and not padding:
            return f"the {'file ends' if self.open_ended else 'samples end'} within a frame"
        if self.unread:
            return f"{self.unread} bytes behind its samples belong to no chunk, and are not read"
        return None


def walk(data: Data, at: int, grammar: Grammar, *, strict: bool = False) -> Iterator[Chunk]:
    """Yield the chunks of a container, from a position on.

    Args:
        data: The file.
        at: Where a chunk begins.
        grammar: The container's.
        strict: End where the bytes do not look like a chunk within the file.
    """
    for _ in range(_MOST_CHUNKS):
        chunk = _chunk(data, at, grammar)
        if chunk is None or (strict and not _is_plausible(data, at, grammar)):
            return
        yield chunk
        at = after(data, chunk.body, chunk.size, grammar)


def after(data: Data, body: int, size: int, grammar: Grammar) -> int:
    """Return where the next chunk begins, even if a writer has forgotten the padding."""
    at = body + size
    padding = -size % grammar.align
    return at if padding and _KNOWN.match(data[at : at + 4]) else at + padding


def _chunk(data: Data, at: int, grammar: Grammar) -> Chunk | None:
    body = at + grammar.name_bytes + grammar.size_bytes
    head = data[at:body]
    size = int.from_bytes(head[grammar.name_bytes :], grammar.order)
    size -= len(head) if grammar.inclusive and size else 0
    return Chunk(head[:4], body, size) if body <= len(data) and size >= 0 else None


def _is_plausible(data: Data, at: int, grammar: Grammar) -> bool:
    """Whether the bytes at a position look like a chunk that the file can hold."""
    chunk = _chunk(data, at, grammar)
    if chunk is None or not _is_name(data[at : at + grammar.name_bytes]):
        return False
    cut = _BEHIND.match(chunk.name) is not None
    return cut or chunk.body + chunk.size <= len(data)


def _is_name(name: bytes) -> bool:
    known = name[4:] in (b"", _W64_NAME) or name.startswith(b"list")
    return known and name not in _FILES and _PRINTABLE.match(name) is not None


def extent(data: Data, body: int, size: int, claim: int, grammar: Grammar | None) -> Extent:
    """Find where samples end.

    Args:
        data: The file.
        body: Where the samples begin.
        size: How many bytes their chunk has, as its header says.
        claim: Where the file ends, as its header says; 0 where it does not.
        grammar: How chunks behind the samples are written; None if there cannot be any.
    """
    found = _extent(data, body, size, claim, grammar)
    return found._replace(align=grammar.align) if grammar else found


def _extent(data: Data, body: int, size: int, claim: int, grammar: Grammar | None) -> Extent:
    end = len(data)
    body = min(body, end)
    available = end - body
    complete = 0 <= end - claim <= 1  # with or without padding
    unknown = is_unknown(size)
    if size == 0:
        if complete or (grammar and _is_plausible(data, body, grammar)):
            return Extent(((body, body),), unread=_unexplained(data, body, 0, grammar))
    elif size <= available and (
        not unknown or complete or (grammar and _is_plausible(data, body + size, grammar))
    ):
        if (available - size) % 2**32 == 0:  # also a size that has overflowed
            return Extent(((body, end),))
        return Extent(((body, body + size),), unread=_unexplained(data, body, size, grammar))
    elif size > available and not unknown and not complete:
        return Extent(((body, body + available),), promised=size)
    stop, following = _open_end(data, body, grammar)
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


def _unexplained(data: Data, body: int, size: int, grammar: Grammar | None) -> int:
    """Return how many bytes behind a chunk are neither chunks nor tags nor padding."""
    at = after(data, body, size, grammar) if grammar else body + size
    rest = len(data) - _explained(data, at, grammar)
    return rest if rest >= _LEAST_UNREAD else 0


def _explained(data: Data, at: int, grammar: Grammar | None) -> int:
    """Return where the chunks, tags and zeros from a position on end."""
    for _ in range(_MOST_CANDIDATES):
        start = at
        if grammar:
            for chunk in walk(data, at, grammar, strict=True):
                at = after(data, chunk.body, chunk.size, grammar)
        at = tags.skip(data, at)
        if at == start:
            break
    return len(data) if at >= tags.behind(data) else at


def _open_end(data: Data, body: int, grammar: Grammar | None) -> tuple[int, int]:
    """Return where samples of unknown number end, and where the part that is not read begins.

    They end before chunks and tags that reach to the end of the file or to another file.
    """
    end, stop = len(data), tags.behind(data)
    for at in sorted(_candidates(data, body, stop, grammar)):
        following = _explained(data, at, grammar)
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
        *([(_BEHIND, near)] if grammar else []),
    ]
    found: set[int] = set()
    for pattern, first in searches:
        found |= {at for at, _ in islice(matches(data, pattern, first, stop, 8), _MOST_CANDIDATES)}
    found |= {at - 8 for at in found if data[at - 8 : at - 4].lower() == b"id3 "}
    found |= {at - 128 for at in found if data[at - 128 : at - 125] == b"TAG"}
    return {at for at in found if at >= body}


def _is_joined(data: Data, at: int, grammar: Grammar | None) -> bool:
    """Whether another file of the same kind begins at a position."""
    first, second = data[:12], data[at : at + 12]
    same = slice(8, 12) if grammar else slice(4, 8)
    return first[:4] == second[:4] and first[same] == second[same]
