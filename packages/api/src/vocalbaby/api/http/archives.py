"""Recordings out of a ZIP archive, member by member and in memory; bombs stay packed.

A member's name is a name and never a path. What comes out is counted while it comes out,
and a member that grows over the size declared for it is given up.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vocalbaby.api.http.zip_directory import (
    DEFLATED,
    STORED,
    Entry,
    body_of,
    read_directory,
)
from vocalbaby.api.upload import MEMBER_MAGIC, Upload
from vocalbaby.exception import (
    ArchiveError,
    ArchiveMemberError,
    ArchiveTooLargeError,
    TooManyFilesError,
    VocalBabyError,
)

__all__ = ["Archive", "ArchiveLimits", "Item"]

_MIB: Final = 2**20
#: Packed bytes handed to zlib at once, and most bytes taken from it at once.
_BITE: Final = 2**16
_GULP: Final = 2**18
#: Below this a member may be as compressible as it likes: silence packs 1000 to 1.
_RATIO_FROM: Final = _MIB
_ZIP_MAGIC: Final = (MEMBER_MAGIC, b"PK\x05\x06", b"PK\x06\x06")
#: Files that operating systems add to archives on their own.
_SYSTEM_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})

#: A member's recording, or why there is none.
Item = Upload | VocalBabyError


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What may come out of one archive.

    Attributes:
        members: Most members, folders included.
        member_bytes: Most bytes of one member.
        total_bytes: Most bytes of all members.
        ratio: Most bytes out per byte in of one member of more than 1 MiB.
    """

    members: int = 256
    member_bytes: int = 32 * _MIB
    total_bytes: int = 128 * _MIB
    ratio: float = 100.0


class Archive:
    """An archive's recordings, and what else it holds.

    Args:
        data: The archive.
        limits: What may come out of it.

    Attributes:
        names: The recordings' names, in the archive's order; a name may stand twice.
        skipped: Names and reasons of members that cannot be recordings: folders, and
            files that operating systems add.

    Raises:
        ArchiveError: It cannot be read, or holds no recording.
        TooManyFilesError: It has more members than the limit.
    """

    def __init__(self, data: bytes, limits: ArchiveLimits) -> None:
        self._data = data
        self._limits = limits
        self._entries: list[Entry] = []
        self._left = limits.total_bytes
        self.skipped: list[tuple[str, str]] = []
        for entry in read_directory(data):
            if len(self._entries) + len(self.skipped) == limits.members:
                raise TooManyFilesError(
                    f"The archive has more than {limits.members} members.",
                    hint="Send several smaller archives.",
                )
            reason = _skip_reason(entry.name)
            if reason is None:
                self._entries.append(entry)
            else:
                self.skipped.append((entry.name, reason))
        self.names = [entry.name for entry in self._entries]
        if not self._entries:
            raise ArchiveError("The archive holds no files.", hint="Pack recordings into it.")

    def batches(self, *, clips: int, size: int) -> Iterator[list[Item]]:
        """All recordings in order, in lists of at most ``clips``.

        A list ends early with the recording that brings it over ``size`` bytes, so that
        little is unpacked at a time.
        """
        batch: list[Item] = []
        held = 0
        for entry in self._entries:
            item = self._read(entry)
            batch.append(item)
            held += len(item.data) if isinstance(item, Upload) else 0
            if len(batch) == clips or held > size:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch

    def _read(self, entry: Entry) -> Item:
        try:
            return Upload(entry.name, self._unpack(entry))
        except VocalBabyError as error:
            return error.without_trace()

    def _unpack(self, entry: Entry) -> bytes:
        if entry.encrypted:
            raise ArchiveMemberError("It is encrypted.", hint="Pack it without a password.")
        if entry.method not in {STORED, DEFLATED}:
            raise ArchiveMemberError(
                f"It is packed by method {entry.method}.", hint="Pack it with Deflate."
            )
        packed = body_of(self._data, entry)
        if packed is None:
            raise _damaged()
        self._check(entry.size, entry.packed)
        pieces = _inflate(packed) if entry.method == DEFLATED else _slices(packed)
        out = bytearray()
        for piece in pieces:
            self._left -= len(piece)
            out += piece
            if len(out) > entry.size:
                raise _damaged()
            self._check(len(out), entry.packed)
            if out.startswith(_ZIP_MAGIC):
                raise ArchiveMemberError(
                    "It is an archive in the archive.", hint="Pack the recordings themselves."
                )
        if len(out) != entry.size or zlib.crc32(out) != entry.crc:
            raise _damaged()
        return bytes(out)

    def _check(self, size: int, packed: int) -> None:
        """Refuse a member of which ``size`` bytes are out, or said to be."""
        limits = self._limits
        if size > limits.member_bytes:
            raise ArchiveTooLargeError(
                f"It has more than {limits.member_bytes / _MIB:g} MiB.",
                hint="Cut the recording into single vocalizations.",
            )
        if size > _RATIO_FROM and size > limits.ratio * packed:
            raise ArchiveTooLargeError(
                f"It expands to more than {limits.ratio:g} times its packed size.",
                hint="If it really is a recording, send it by itself.",
            )
        if self._left < 0:
            raise ArchiveTooLargeError(
                f"With it, more than {limits.total_bytes / _MIB:g} MiB come out of the archive.",
                hint="Send the rest in another archive.",
            )


def _skip_reason(name: str) -> str | None:
    """Why a member is no recording, by its name."""
    path = name.replace("\\", "/")
    if path.endswith("/"):
        return "folder"
    folder, _, last = path.rpartition("/")
    added = last.lower() in _SYSTEM_FILES or last.startswith("._")
    return "system file" if added or "__MACOSX" in folder.split("/") else None


def _slices(packed: memoryview) -> Iterator[memoryview]:
    return (packed[at : at + _GULP] for at in range(0, len(packed), _GULP))


def _inflate(packed: memoryview) -> Iterator[bytes]:
    """What Deflate makes of the bytes, in small pieces; raises when they end early."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _BITE):
            bite: bytes | memoryview = packed[at : at + _BITE]
            while bite and not stream.eof:
                yield stream.decompress(bite, _GULP)
                bite = stream.unconsumed_tail
        while not stream.eof:
            piece = stream.decompress(b"", _GULP)
            if not piece:
                break
            yield piece
    except zlib.error as error:
        raise _damaged() from error
    if not stream.eof:
        raise _damaged()


def _damaged() -> ArchiveMemberError:
    return ArchiveMemberError("It is damaged in the archive.", hint="Pack it again.")
