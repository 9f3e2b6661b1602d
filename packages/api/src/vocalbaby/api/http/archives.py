"""Recordings from a ZIP archive, read member by member and in memory.

A member's name is text and never used as a path. The unpacked bytes are counted while they are
decompressed, and a member that exceeds its declared size or a limit is given up, so a
decompression bomb is never unpacked. ``zipfile`` reads the archive's directory and its members;
docs/decisions/0012-http-libraries.md has the comparison with a reader of our own.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from vocalbaby.api.upload import MEMBER_MAGIC, RECORDING_HINT, Upload
from vocalbaby.audio import listing
from vocalbaby.audio.listing import Listed
from vocalbaby.exception import (
    ArchiveError,
    ArchiveMemberError,
    ArchiveTooLargeError,
    TooManyFilesError,
    VocalBabyError,
)

__all__ = ["Archive", "ArchiveLimits", "Item"]

_MIB: Final = 2**20
#: Bytes that are decompressed at a time.
_CHUNK_BYTES: Final = 2**18
#: A member may be arbitrarily compressible below this size: silence packs 1000 to 1.
_RATIO_FROM: Final = _MIB
_ZIP_MAGIC: Final = (MEMBER_MAGIC, b"PK\x05\x06", b"PK\x06\x06")
_ENTRY_MAGIC: Final = b"PK\x01\x02"
#: ``zipfile`` allocates about 370 bytes for each entry of the directory before any limit can
#: be checked. An archive with more entry signatures than this above the limit is not opened;
#: the margin is for archives within the archive, whose signatures are counted too.
_EXTRA_ENTRIES: Final = 4096
#: Most bytes of the directory for each entry of the limit. ``zipfile`` takes time with the square
#: of the extra field, which may have 64 KiB; a name of 255 characters and common fields have 1 KiB.
_ENTRY_BYTES: Final = 2048
_LEAST_ENTRIES: Final = 16
_END_MAGIC: Final = b"PK\x05\x06"
#: The ends of archives and of larger ones, up to the size of the directory.
_END: Final = struct.Struct("<12xL6x")
_LARGE_END: Final = struct.Struct("<40xQ8x")
_LARGE_LOCATOR_BYTES: Final = 20
#: Flag bits: encrypted, strongly encrypted, header masked; the name is UTF-8.
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_UTF8_NAME: Final = 0x0800
#: What ``zipfile`` raises for damaged archives and members.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)

#: A member's recording, or why there is none.
Item = Upload | VocalBabyError


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits on what is unpacked from one archive.

    Attributes:
        members: Maximum number of members, folders included.
        member_bytes: Maximum unpacked size of one member.
        total_bytes: Maximum unpacked size of all members together.
        ratio: Maximum ratio of unpacked to packed size, for members of more than 1 MiB.
    """

    members: int = 256
    member_bytes: int = 32 * _MIB
    total_bytes: int = 128 * _MIB
    ratio: float = 100.0


class Archive:
    """The recordings in an archive, and a list of the members that are not recordings.

    Args:
        data: The archive.
        limits: Limits on what is unpacked from it.

    Attributes:
        names: The recordings' names in the archive's order; a name may occur twice.
        skipped: Names and reasons of the other members, by the rules of
            `vocalbaby.audio.listing`. The reason of a folder is ``folder``.
        notes: Sentences about recordings whose names occur twice, or do so elsewhere.

    Raises:
        ArchiveError: It cannot be read, or holds no recording.
        TooManyFilesError: It has more members than the limit.
    """

    def __init__(self, data: bytes, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._left = limits.total_bytes
        self._file = _open(data, limits.members)
        self._recordings: list[tuple[str, zipfile.ZipInfo]] = []
        self.skipped: list[tuple[str, str]] = []
        for member in self._file.infolist():
            name = _name(member)
            reason = self._skip_reason(name, member)
            if reason:
                self.skipped.append((name, reason))
            else:
                self._recordings.append((name, member))
        self.names = [name for name, _ in self._recordings]
        self.notes = list(listing.describe_repeats(self.names))
        if not self.names:
            passed = listing.describe_counts(Listed(*skipped) for skipped in self.skipped)
            raise ArchiveError(
                f"The archive holds no recordings{', only ' if passed else ''}{passed}.",
                hint="Pack recordings into it.",
            )

    def batches(self, *, clips: int, size: int) -> Iterator[list[Item]]:
        """All recordings in order, in lists of at most ``clips``.

        A list ends early with the recording that brings it over ``size`` bytes, so that
        little is unpacked at a time.
        """
        batch: list[Item] = []
        unpacked = 0
        for name, member in self._recordings:
            item = self._read(name, member)
            batch.append(item)
            unpacked += len(item.data) if isinstance(item, Upload) else 0
            if len(batch) == clips or unpacked > size:
                yield batch
                batch, unpacked = [], 0
        if batch:
            yield batch

    def _skip_reason(self, name: str, member: zipfile.ZipInfo) -> str:
        """Return why a member is not a recording; empty if it is to be read."""
        reason = listing.by_name(name)
        if reason == "archive":  # reading it gives an error that says so
            return ""
        if reason == "not_audio" and _is_link(member):
            return reason if listing.suffix_of(name) else ""
        if reason == "not_audio":
            try:
                with self._open_member(member) as file:
                    return listing.by_head(name, file.read(listing.HEAD_BYTES))
            except (ArchiveMemberError, *_DAMAGE):
                return reason if listing.suffix_of(name) else ""
        return "folder" if reason == "subfolder" else reason

    def _read(self, name: str, member: zipfile.ZipInfo) -> Item:
        try:
            return Upload(name, self._unpack(member))
        except VocalBabyError as error:
            return error.without_trace()

    def _open_member(self, member: zipfile.ZipInfo) -> IO[bytes]:
        if _is_link(member):
            raise ArchiveMemberError(
                "It is a symbolic link, whose target is not in it.",
                hint="Pack the recordings themselves; `zip -y` packs links.",
            )
        if member.flag_bits & _ENCRYPTED:
            raise ArchiveMemberError("It is encrypted.", hint="Pack it without a password.")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ArchiveMemberError(
                f"It is packed by method {member.compress_type}.", hint="Pack it with Deflate."
            )
        return self._file.open(member)

    def _unpack(self, member: zipfile.ZipInfo) -> bytes:
        self._check(member.file_size, member.compress_size)
        out = bytearray()
        try:
            with self._open_member(member) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    self._left -= len(chunk)
                    out += chunk
                    self._check(len(out), member.compress_size)
                    if out.startswith(_ZIP_MAGIC):
                        raise ArchiveMemberError(
                            "It is an archive in the archive.",
                            hint="Pack the recordings themselves.",
                        )
        except _DAMAGE as error:
            raise _damaged() from error
        if len(out) != member.file_size:
            raise _damaged()
        return bytes(out)

    def _check(self, size: int, packed: int) -> None:
        """Refuse a member of which ``size`` bytes are unpacked or declared."""
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
                f"With it, the archive unpacks to more than {limits.total_bytes / _MIB:g} MiB.",
                hint="Send the rest in another archive.",
            )


def _open(data: bytes, members: int) -> zipfile.ZipFile:
    """Open an archive of at most ``members`` members."""
    if data.count(_ENTRY_MAGIC) > members + _EXTRA_ENTRIES:
        raise _too_many(members)
    if _directory_bytes(data) > (members + _LEAST_ENTRIES) * _ENTRY_BYTES:
        raise ArchiveError(
            "The archive's directory is too large: its names, comments or extra fields are.",
            hint="Pack the recordings under shorter names, without comments.",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE as error:
        if data.startswith(MEMBER_MAGIC):
            raise ArchiveError(
                "The archive is damaged or incomplete.", hint="Send a whole ZIP archive."
            ) from error
        raise ArchiveError("The file is not a ZIP archive.", hint=RECORDING_HINT) from error
    if len(archive.infolist()) > members:
        raise _too_many(members)
    return archive


def _directory_bytes(data: bytes) -> int:
    """The size of an archive's directory, as its end says; 0 if there is no end.

    ``zipfile`` reads the directory from this size, and finds the end at the same place.
    """
    at = len(data) - _END.size
    if not data.startswith(_END_MAGIC, max(at, 0)) or data[-2:] != b"\0\0":
        at = data.rfind(_END_MAGIC, max(0, len(data) - _END.size - 2**16))
    if at < 0 or at + _END.size > len(data):
        return 0
    locator = max(at - _LARGE_LOCATOR_BYTES, 0)
    large = max(locator - _LARGE_END.size, 0)
    if data.startswith(b"PK\x06\x07", locator) and data.startswith(b"PK\x06\x06", large):
        return int(_LARGE_END.unpack_from(data, large)[0])
    return int(_END.unpack_from(data, at)[0])


def _too_many(members: int) -> TooManyFilesError:
    return TooManyFilesError(
        f"The archive has more than {members} members.", hint="Send several smaller archives."
    )


def _name(member: zipfile.ZipInfo) -> str:
    """The name as it was written; many programs write UTF-8 without declaring it."""
    name = member.orig_filename
    if member.flag_bits & _UTF8_NAME:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return name


def _is_link(member: zipfile.ZipInfo) -> bool:
    """Whether a Unix program has stored a symbolic link."""
    return stat.S_ISLNK(member.external_attr >> 16)


def _damaged() -> ArchiveMemberError:
    return ArchiveMemberError("It is damaged in the archive.", hint="Pack it again.")
