"""An object in S3 as a file that can seek: only the ranges that are read cross the network."""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["RangeReader", "buffered"]

#: Bytes of a request, which takes some 20 ms. Requests begin at multiples of it.
_BLOCK: Final = 2**22
#: Blocks that are kept. A decoder reads forward, and returns to an index at the begin or the end.
_KEPT: Final = 4
#: Bytes that are copied at once from a block: decoders read some bytes at a time.
_BUFFER: Final = 2**17


class RangeReader(io.RawIOBase):
    """Reads blocks of an object, and keeps the last ones.

    Args:
        fetch: Returns the bytes from an offset, as many as are asked for.
        size: Size of the object in bytes.
        block: Bytes of a request.

    Examples:
        >>> data = b"0123456789"
        >>> reader = RangeReader(lambda start, length: data[start : start + length], len(data))
        >>> reader.seek(-3, 2), reader.read(2), reader.tell()
        (7, b'78', 9)
    """

    def __init__(
        self, fetch: Callable[[int, int], bytes], size: int, *, block: int = _BLOCK
    ) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._block = block
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0

    def readable(self) -> bool:
        """Return whether the object can be read: it can."""
        return True

    def seekable(self) -> bool:
        """Return whether the position can be set: it can."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position.

        Args:
            offset: Bytes from the origin.
            whence: The origin: 0 for the begin, 1 for the position, 2 for the end.

        Returns:
            The new position.

        Raises:
            ValueError: The position would be negative.
        """
        origin = (0, self._position, self._size)[whence]
        if origin + offset < 0:
            raise ValueError(f"The position {origin + offset} is negative.")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer fits
        """Read into a buffer, at most to the end of a block.

        Args:
            buffer: The buffer.

        Returns:
            The number of bytes; 0 at the end.
        """
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, self._block)
        data = self._read(number)[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * self._block
        data = self._fetch(start, min(self._block, self._size - start))
        self._blocks[number] = data
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return data


def buffered(
    fetch: Callable[[int, int], bytes], size: int, *, block: int = _BLOCK
) -> io.BufferedReader:
    """Return a reader that requests some MB at once, and keeps the last ones.

    Args:
        fetch: Returns the bytes from an offset, as many as are asked for.
        size: Size of the object in bytes.
        block: Bytes of a request.

    Examples:
        >>> requests = []
        >>> def fetch(start, length):
        ...     requests.append((start, length))
        ...     return bytes(length)
        >>> reader = buffered(fetch, 100)
        >>> len(reader.read(10)), reader.seek(-5, 2), len(reader.read(10)), requests
        (10, 95, 5, [(0, 100)])
    """
    return io.BufferedReader(RangeReader(fetch, size, block=block), _BUFFER)
