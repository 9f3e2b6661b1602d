"""A reader of Universal Binary JSON as XGBoost writes it, safe on hostile bytes.

Format: https://ubjson.org/type-reference/. Nothing is allocated before the bytes for it
are known to be there, so time and memory are linear in the size of the input.
"""

import struct
from typing import Final

import numpy as np

from vocalbaby.exception import BundleError

__all__ = ["MAX_BYTES", "read_ubj"]

#: Larger files are refused unread.
MAX_BYTES: Final = 64 * 2**20

_MAX_DEPTH: Final = 32
_MAX_VALUES: Final = 2_000_000
_INTEGERS: Final = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q"}
_NUMBERS: Final = _INTEGERS | {"d": ">f", "D": ">d"}
_CONSTANTS: Final = {"T": True, "F": False, "Z": None, "N": None}


def read_ubj(data: bytes | bytearray) -> object:
    """Parse one value.

    Args:
        data: The whole file.

    Returns:
        dict, list, str, int, float, bool, None, or a numpy array for an array of numbers
        of one type (in the file's byte order).

    Raises:
        BundleError: The bytes are not UBJ, end early, go on too long, or nest too deeply.
    """
    if len(data) > MAX_BYTES:
        raise BundleError(f"A booster of {len(data)} bytes is over the limit of {MAX_BYTES}.")
    reader = _Reader(bytes(data))
    value = reader.value(reader.marker(), 0)
    if reader.position != len(data):
        raise BundleError(f"The booster has {len(data) - reader.position} bytes after its end.")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.values = 0

    def fail(self, what: str) -> BundleError:
        return BundleError(
            f"The booster is damaged at byte {self.position}: {what}.",
            hint="Fetch or train the model again.",
        )

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self.data) - self.position:
            raise self.fail(f"{size} more bytes are announced than there are")
        self.position += size
        return self.data[self.position - size : self.position]

    def marker(self) -> str:
        return self.take(1).decode("latin-1")

    def integer(self) -> int:
        kind = self.marker()
        if kind not in _INTEGERS:
            raise self.fail(f"a length of type {kind!r}")
        return int(self.number(kind))

    def number(self, kind: str) -> int | float:
        code = _NUMBERS[kind]
        value: int | float = struct.unpack(code, self.take(struct.calcsize(code)))[0]
        return value

    def string(self) -> str:
        try:
            return self.take(self.integer()).decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail("a text that is not UTF-8") from None

    def value(self, kind: str, depth: int) -> object:
        self.values += 1
        if depth > _MAX_DEPTH or self.values > _MAX_VALUES:
            raise self.fail("too many or too deeply nested values")
        if kind in _NUMBERS:
            return self.number(kind)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind == "S":
            return self.string()
        if kind == "{":
            return self.mapping(depth)
        if kind == "[":
            return self.array(depth)
        raise self.fail(f"an unknown type {kind!r}")

    def mapping(self, depth: int) -> dict[str, object]:
        result: dict[str, object] = {}
        while self.data[self.position : self.position + 1] != b"}":
            key = self.string()
            if key in result:
                raise self.fail(f"the key {key!r} stands twice")
            result[key] = self.value(self.marker(), depth + 1)
        self.position += 1
        return result

    def array(self, depth: int) -> object:
        kind = self.marker()
        if kind == "$":
            kind = self.marker()
            if kind not in _NUMBERS or self.marker() != "#":
                raise self.fail("an array of no number type or no length")
            dtype = np.dtype(_NUMBERS[kind])
            return np.frombuffer(self.take(self.integer() * dtype.itemsize), dtype)
        items: list[object] = []
        if kind == "#":
            items.extend(self.value(self.marker(), depth + 1) for _ in range(self.counted()))
            return items
        while kind != "]":
            items.append(self.value(kind, depth + 1))
            kind = self.marker()
        return items

    def counted(self) -> int:
        count = self.integer()
        if not 0 <= count <= len(self.data) - self.position:
            raise self.fail(f"{count} items are announced, more than there are bytes")
        return count
