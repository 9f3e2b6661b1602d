"""Checksums of a log file: every message of its Arrow stream is sealed.

A seal is padding at the end of the metadata of an Arrow message, where readers of Arrow ignore it.
It has the place of the message in the file, and a checksum of all other bytes of the message. The
bytes after the end of the stream are sealed too: a copy of the schema, and the number of batches
and rows of the file. docs/decisions/0036-prediction-log-checksums.md compares other places.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from vocalbaby.monitoring.prediction_log.encoding import END

__all__ = [
    "Message",
    "Seal",
    "complete_until",
    "copied_schema",
    "end_message",
    "is_sealed",
    "messages",
    "seal",
    "without_seal",
]

#: First bytes of a seal: they are neither text nor a plausible number.
_MAGIC: Final = b"\xffVBlog\r\n"
_SEAL: Final = struct.Struct("<8s28sIIIIQI")
_CHECKSUM: Final = struct.Struct("<I")
_LENGTH: Final = struct.Struct("<i")
_SIZE: Final = _SEAL.size
#: Continuation marker and length, which begin an Arrow message.
_PREFIX: Final = 8


class Seal(NamedTuple):
    """What the seal of a message says.

    Attributes:
        name: Name of the file, `LogFileKey.name`, cut to 28 bytes.
        number: Place in the file: 0 for the schema, 1 for the first batch. The end of a file has
            the number of the messages before it.
        head: Bytes from the start of the message to the end of the seal.
        size: Bytes of the message.
        rows: Rows of the batch.
        rows_before: Rows of all batches before it.
    """

    name: bytes
    number: int
    head: int
    size: int
    rows: int
    rows_before: int


class Message(NamedTuple):
    """A sealed message that is undamaged.

    Attributes:
        start: Offset of its first byte.
        seal: Its seal.
        ends: Whether it is the end of the file.
    """

    start: int
    seal: Seal
    ends: bool

    @property
    def end(self) -> int:
        """Offset after its last byte."""
        return self.start + self.seal.size


def seal(message: bytes, name: str, number: int, rows: int, rows_before: int) -> bytes:
    """Add a seal to an Arrow message.

    Args:
        message: One encoded message: the schema or a batch.
        name: Name of the file.
        number: Place in the file.
        rows: Rows of the batch; 0 for the schema.
        rows_before: Rows of all batches before it.
    """
    (length,) = _LENGTH.unpack_from(message, 4)
    head = message[:4] + _LENGTH.pack(length + _SIZE) + message[_PREFIX : _PREFIX + length]
    return _sealed(head, message[_PREFIX + length :], name, number, rows, rows_before)


def end_message(schema: bytes, name: str, number: int, rows: int) -> bytes:
    """The end of a file: the end of the Arrow stream, and what readers of Arrow do not read.

    Args:
        schema: The encoded schema without a seal, from which rows can be read if the first one
            is damaged; empty if it is not known.
        name: Name of the file.
        number: Number of messages in the file.
        rows: Number of rows in the file.
    """
    return _sealed(END + schema, b"", name, number, 0, rows)


def _sealed(head: bytes, body: bytes, name: str, number: int, rows: int, rows_before: int) -> bytes:
    length = len(head) + _SIZE
    fields = (name.encode()[:28], number, length, length + len(body), rows, rows_before)
    head += _SEAL.pack(_MAGIC, *fields, 0)[: -_CHECKSUM.size]
    return b"".join((head, _CHECKSUM.pack(zlib.crc32(body, zlib.crc32(head))), body))


def without_seal(message: bytes) -> bytes:
    """The schema as it was before it was sealed."""
    (length,) = _LENGTH.unpack_from(message, 4)
    return message[:4] + _LENGTH.pack(length - _SIZE) + message[_PREFIX:-_SIZE]


def is_sealed(data: bytes) -> bool:
    """Whether a file has checksums, which files of former versions do not have."""
    return _MAGIC in data


def messages(data: bytes) -> Iterator[Message]:
    """Find every undamaged message of a file, in the order of its bytes."""
    view = memoryview(data)
    at = 0
    while (place := data.find(_MAGIC, at)) >= 0:
        message = _checked(view, place)
        at = place + 1 if message is None else message.end
        if message is not None:
            yield message


def complete_until(data: bytes, start: int) -> int | None:
    """Offset after the message at ``start``, as its seal states it; None if it has no seal."""
    place = data.find(_MAGIC, start)
    found = _seal_at(memoryview(data), place) if place >= 0 else None
    return None if found is None or place + _SIZE - found.head != start else start + found.size


def copied_schema(data: bytes, message: Message) -> bytes:
    """The copy of the schema in the end of a file; empty if there is none."""
    return data[message.start + len(END) : message.start + message.seal.head - _SIZE]


def _seal_at(view: memoryview, place: int) -> Seal | None:
    if place + _SIZE > len(view):
        return None
    _, name, number, head, size, rows, before, _ = _SEAL.unpack_from(view, place)
    return Seal(name.rstrip(b"\0"), number, head, size, rows, before)


def _checked(view: memoryview, place: int) -> Message | None:
    found = _seal_at(view, place)
    if found is None:
        return None
    middle = place + _SIZE
    start = middle - found.head
    if (
        start < 0
        or bytes(view[start : start + 4]) != END[:4]
        or found.size < found.head
        or start + found.size > len(view)
    ):
        return None
    (checksum,) = _CHECKSUM.unpack_from(view, middle - _CHECKSUM.size)
    before = zlib.crc32(view[start : middle - _CHECKSUM.size])
    if zlib.crc32(view[middle : start + found.size], before) != checksum:
        return None
    return Message(start, found, ends=bytes(view[start : start + len(END)]) == END)
