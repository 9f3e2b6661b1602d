"""The chunks of WAV files: their format and where their samples are.

Source: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications
1.0" (1991), chapter 3; WAVE_FORMAT_EXTENSIBLE (2001); EBU Tech 3306 (RF64); ITU-R
BS.2088 (BW64); Sony Pictures Digital, "Sony Wave64" (2003).
"""

import struct
from typing import Final, NamedTuple

from vocalbaby.audio.base import Data
from vocalbaby.audio.chunks import RIFF, RIFX, W64, Grammar, after, steps, walk
from vocalbaby.audio.extent import Extent, extent
from vocalbaby.exception import UnreadableAudioError

__all__ = ["FIELDS", "Format", "Wave", "contradiction", "is_riff", "parse"]

#: The fields of a format chunk in little-endian order.
FIELDS: Final = struct.Struct("<HHIIHH")
_EXTENSIBLE: Final = 0xFFFE
#: All but the first field of the GUIDs whose first field is a number of the older list.
_GUID: Final = [0, 0x10, bytes.fromhex("800000aa00389b71")]
#: What sox writes behind the number to big-endian files.
_GUID_OF_SOX: Final = bytes.fromhex("000000001000800000aa00389b71")
_W64: Final = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")


class Format(NamedTuple):
    """The fields of a format chunk."""

    codec: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    bits: int


class Wave(NamedTuple):
    """What a WAV file says of itself, and where its samples are."""

    format: Format
    body: bytes
    order: str
    extent: Extent


def is_riff(head: bytes) -> bool:
    """Whether the first bytes are those of a file that `open_wav` reads."""
    wave = head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE"
    return wave or head.startswith(_W64)


def parse(data: Data) -> Wave:
    """Read all chunks of a file, those behind the samples too."""
    grammar = {b"RIFX": RIFX, b"riff": W64}.get(data[:4], RIFF)
    if grammar is W64:
        at, claim = 40, int.from_bytes(data[16:24], "little")
    else:
        at, claim = 12, 8 + int.from_bytes(data[4:8], grammar.order)
    if data[:4] in (b"RF64", b"BW64"):
        claim = 0  # until the ds64 chunk
    long_size = 0
    formats: set[tuple[Format, bytes]] = set()
    extents: list[Extent] = []
    left = steps()
    chunks = walk(data, at, grammar, left=left)
    while chunk := next(chunks, None):
        name, body, size = chunk
        if name == b"fmt ":
            formats.add(_read_format(data[body : body + min(size, 4096)], grammar))
        elif name == b"ds64" and size >= 16 and claim == 0:
            claim, long_size = struct.unpack("<QQ", data[body : body + 16].ljust(16, b"\0"))
            claim += 8
        elif name == b"data":
            if data[:4] in (b"RF64", b"BW64") and size in (0, 0xFFFFFFFF):
                claim, size = (claim, long_size) if long_size else (0, 0)
            found = extent(data, body, size, claim, grammar, left)
            extents.append(found)
            if found.size != chunk.size:
                at = after(data, body, found.size, grammar)
                chunks = walk(data, at, grammar, strict=True, left=left)
    return _combine(formats, extents, grammar)


def _read_format(body: bytes, grammar: Grammar) -> tuple[Format, bytes]:
    """Return the fields of a format chunk, and its body."""
    if len(body) < 16:
        raise UnreadableAudioError(
            "The WAV file's format chunk is cut short.", hint="Export the file again."
        )
    order = ">" if grammar is RIFX else "<"
    form = Format(*struct.unpack(order + "HHIIHH", body[:16]))
    if form.codec == _EXTENSIBLE and len(body) >= 40:
        codec, *rest = struct.unpack(order + "IHH8s", body[24:40])
        if rest == _GUID:
            form = form._replace(codec=codec)
        elif order == ">" and body[26:40] == _GUID_OF_SOX:
            form = form._replace(codec=codec >> 16)
    return form, body


def _combine(formats: set[tuple[Format, bytes]], extents: list[Extent], grammar: Grammar) -> Wave:
    """Return what the chunks say together."""
    if not formats or not extents:
        raise UnreadableAudioError(
            f"The WAV file has no {'data' if formats else 'format'} chunk.",
            hint="It is damaged; export it again.",
        )
    form, body = min(formats)
    if len({other for other, _ in formats}) > 1:
        raise contradiction("has two format chunks that differ")
    held = [found for found in extents if found.size] or extents[:1]
    if len(held) > 1:  # each part holds whole frames
        block = max(form.block, 1)
        pieces = [(a, b - (b - a) % block) for found in held for a, b in found.pieces]
        before = sum(b - a for a, b in pieces[:-1])
        promised = held[-1].promised
        held[-1] = held[-1]._replace(
            pieces=tuple(pieces), promised=None if promised is None else before + promised
        )
    return Wave(form, body, ">" if grammar is RIFX else "<", held[-1])


def contradiction(what: str) -> UnreadableAudioError:
    """Return the error for a header that says two things at once."""
    return UnreadableAudioError(
        f"The header of the WAV file {what}: it contradicts itself.",
        hint="Export it again with the program that recorded it.",
    )
