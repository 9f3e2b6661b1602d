"""The chunks of RIFF, AIFF, CAF and Wave64 files: a name, a size, a body, and padding."""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from vocalbaby.audio.base import Data

__all__ = [
    "AIFF",
    "BEHIND",
    "CAF",
    "RIFF",
    "RIFX",
    "W64",
    "Chunk",
    "Grammar",
    "Steps",
    "after",
    "is_plausible",
    "steps",
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
#: Chunks that are written behind samples.
BEHIND: Final = re.compile(rb"LIST|id3 |ID3 |iXML|bext|cue |toc |fact|PEAK|NAME|ANNO|MARK|APPL")
#: Other chunks, which are known by their names.
_KNOWN: Final = re.compile(BEHIND.pattern + rb"|fmt |data|JUNK|junk|PAD |COMM|SSND|ds64")
#: Of a damaged file, millions could be found.
_MOST_CHUNKS: Final = 10_000
#: They begin a recording, never a chunk.
_FILES: Final = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM")
_PRINTABLE: Final = re.compile(rb"[ -~]{4}")
#: Counts what is left to look at.
Steps = Iterator[int]


class Chunk(NamedTuple):
    """The name of a chunk, where its body begins, and the size that its header gives."""

    name: bytes
    body: int
    size: int


def steps() -> Steps:
    """Return the number of chunks that may be looked at in one file, for `walk` and `extent`.

    The chunks of a damaged file may be looked at from many positions.
    """
    return iter(range(_MOST_CHUNKS))


def walk(
    data: Data, at: int, grammar: Grammar, *, strict: bool = False, left: Steps | None = None
) -> Iterator[Chunk]:
    """Yield the chunks of a container, from a position on.

    Args:
        data: The file.
        at: Where a chunk begins.
        grammar: The container's.
        strict: End where the bytes do not look like a chunk within the file.
        left: Where the chunks that are looked at are counted, together with others.
    """
    for _ in steps() if left is None else left:
        chunk = _chunk(data, at, grammar)
        if chunk is None or chunk.name in _FILES:
            return
        if strict and not is_plausible(data, at, grammar):
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


def is_plausible(data: Data, at: int, grammar: Grammar) -> bool:
    """Whether the bytes at a position look like a chunk that the file can hold."""
    chunk = _chunk(data, at, grammar)
    if chunk is None or not _is_name(data[at : at + grammar.name_bytes]):
        return False
    cut = BEHIND.match(chunk.name) is not None
    return cut or chunk.body + chunk.size <= len(data)


def _is_name(name: bytes) -> bool:
    known = name[4:] in (b"", _W64_NAME) or name.startswith(b"list")
    return known and name not in _FILES and _PRINTABLE.match(name) is not None
