"""The table of contents of a ZIP archive, read from bytes; nothing is unpacked here.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10 (2022), 4.3.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from vocalbaby.api.upload import MEMBER_MAGIC, RECORDING_HINT
from vocalbaby.exception import ArchiveError

__all__ = [
    "DEFLATED",
    "STORED",
    "Entry",
    "body_of",
    "read_directory",
]

#: Compression methods.
STORED: Final = 0
DEFLATED: Final = 8

_END: Final = struct.Struct("<4s4H2IH")
_END64_LOCATOR: Final = struct.Struct("<4sIQI")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_MAX_COMMENT: Final = 0xFFFF
_IN_ZIP64: Final = 0xFFFFFFFF
_ZIP64_EXTRA: Final = 1
#: General purpose bits: encrypted, strongly encrypted, header masked.
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000

_HINT: Final = "Pack it again."


class Entry(NamedTuple):
    """One member as the directory describes it; nothing of it may be believed."""

    name: str
    encrypted: bool
    method: int
    crc: int
    packed: int
    size: int
    header: int


def read_directory(data: bytes) -> Iterator[Entry]:
    """All members in the directory's order, one at a time.

    Raises:
        ArchiveError: There is no directory, it is damaged, or the archive has parts.
    """
    start, end, shift, count = _find_directory(data)
    found = 0
    while start < end:
        entry, start = _read_entry(data, start, end, shift)
        found += 1
        yield entry
    if found != count:
        raise ArchiveError(
            f"The archive says that it has {count} members and lists {found}.", hint=_HINT
        )


def body_of(data: bytes, entry: Entry) -> memoryview | None:
    """The packed bytes of a member; None when they are not there."""
    if entry.header + _LOCAL.size > len(data):
        return None
    fields = _LOCAL.unpack_from(data, entry.header)
    start = entry.header + _LOCAL.size + fields[9] + fields[10]
    if fields[0] != MEMBER_MAGIC or start + entry.packed > len(data):
        return None
    return memoryview(data)[start : start + entry.packed]


def _find_directory(data: bytes) -> tuple[int, int, int, int]:
    """Where the directory starts and ends, what to add to offsets, and its length."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - _MAX_COMMENT))
    if at < 0 or at + _END.size > len(data):
        if data.startswith(MEMBER_MAGIC):
            raise ArchiveError("The archive is cut short.", hint="Send a whole ZIP archive.")
        raise ArchiveError("The archive is not a ZIP archive.", hint=RECORDING_HINT)
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(data, at)
    end = at
    if _IN_ZIP64 in {size, offset} or count == 0xFFFF:
        end, disk, first_disk, here, count, size, offset = _read_end64(data, at)
    start = end - size
    shift = start - offset  # something stands before the archive, as in a self-extractor
    if disk or first_disk or here != count:
        raise ArchiveError("The archive is one part of several.", hint="Send it in one part.")
    if start < 0 or shift < 0:
        raise ArchiveError("The archive's directory is damaged.", hint=_HINT)
    return start, end, shift, count


def _read_end64(data: bytes, end: int) -> tuple[int, int, int, int, int, int, int]:
    at = end - _END64_LOCATOR.size
    if at >= 0 and data[at : at + 4] == b"PK\x06\x07":
        # The record stands before its locator; writers put nothing between them.
        at -= _END64.size
        if at >= 0 and data[at : at + 4] == b"PK\x06\x06":
            _, _, _, _, disk, first, here, count, size, offset = _END64.unpack_from(data, at)
            return at, disk, first, here, count, size, offset
    raise ArchiveError("The archive's ZIP64 directory is damaged.", hint=_HINT)


def _read_entry(data: bytes, at: int, end: int, shift: int) -> tuple[Entry, int]:
    if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\x01\x02":
        raise ArchiveError("The archive's directory is damaged.", hint=_HINT)
    fields = _CENTRAL.unpack_from(data, at)
    flags, method, crc = fields[3], fields[4], fields[7]
    name_at = at + _CENTRAL.size
    extra_at = name_at + fields[10]
    after = extra_at + fields[11] + fields[12]
    if after > end:
        raise ArchiveError("The archive's directory is damaged.", hint=_HINT)
    name = _text(data[name_at:extra_at])
    size, packed, header = _wide(
        data[extra_at : extra_at + fields[11]], fields[9], fields[8], fields[16]
    )
    entry = Entry(name, bool(flags & _ENCRYPTED), method, crc, packed, size, header + shift)
    return entry, after


def _wide(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """The three numbers, from the ZIP64 extra field where they did not fit."""
    numbers = [size, packed, header]
    missing = [i for i, number in enumerate(numbers) if number == _IN_ZIP64]
    at = 0
    while missing and at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == _ZIP64_EXTRA:
            room = min(length, len(extra) - at - 4) // 8
            for slot, i in enumerate(missing[:room]):
                (numbers[i],) = struct.unpack_from("<Q", extra, at + 4 + 8 * slot)
            break
        at += 4 + length
    return numbers[0], numbers[1], numbers[2]


def _text(raw: bytes) -> str:
    """A name; many writers send UTF-8 without saying so."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")
