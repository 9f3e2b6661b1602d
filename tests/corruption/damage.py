"""Damaged copies of bytes: some or all of their bytes changed one at a time, or cut."""

import io
import os
import zipfile
from collections.abc import Iterator
from typing import Final

__all__ = ["EVERY_BYTE", "changed", "cut", "headers"]

#: Whether every byte of everything is changed, as scripts/test_corruption.sh does.
EVERY_BYTE: Final = os.environ.get("VOCALBABY_EVERY_BYTE") == "1"
#: One bit and all bits; also the highest bit and every second one.
_MASKS: Final = (0x01, 0xFF, 0x80, 0x55) if EVERY_BYTE else (0x01, 0xFF)


def changed(
    data: bytes, *, wholly: range | set[int] = range(0), values: bool = False
) -> Iterator[tuple[int, bytes]]:
    """Copies in which one byte differs, and its place.

    Args:
        data: The bytes.
        wholly: Places of which every one is changed; of the others some are, unless
            `EVERY_BYTE`.
        values: Whether a byte of these places gets every other value, and not only some.
    """
    for place in range(len(data)):
        if EVERY_BYTE or place in wholly or place % _stride(data) == 0:
            masks = range(1, 256) if values and place in wholly else _MASKS
            for mask in masks:
                yield place, data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def cut(data: bytes, *, wholly: bool = False) -> Iterator[bytes]:
    """Copies that end early, at each length or at some."""
    for length in range(0, len(data), 1 if EVERY_BYTE or wholly else _stride(data)):
        yield data[:length]


def _stride(data: bytes) -> int:
    return max(1, len(data) // 97)


def headers(archive: bytes) -> set[int]:
    """Places of a zip that are not the contents of its members."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        places = set(range(opened.start_dir, len(archive)))
        for member in opened.infolist():
            start = member.header_offset
            name, extra = archive[start + 26 : start + 28], archive[start + 28 : start + 30]
            length = int.from_bytes(name, "little") + int.from_bytes(extra, "little")
            places |= set(range(start, start + 30 + length))
    return places
