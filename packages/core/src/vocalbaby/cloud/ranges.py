"""An object in S3 as a file that can seek: only the ranges that are read cross the network."""

import io
from collections.abc import Callable
from typing import Final

__all__ = ["RangeReader", "buffered"]

#: Bytes of a request: decoding reads forward, and a request takes some 20 ms.
_AHEAD: Final = 2**23


class RangeReader(io.RawIOBase):
    """Reads ranges of an object.

    Args:
        fetch: Returns the bytes from an offset, as many as are asked for.
        size: Size of the object in bytes.

    Examples:
        >>> data = b"0123456789"
        >>> reader = RangeReader(lambda start, length: data[start : start + length], len(data))
        >>> reader.seek(-3, 2), reader.read(2), reader.tell()
        (7, b'78', 9)
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Return whether the object can be read: it can."""
        return True

    def seekable(self) -> bool:
        """Return whether the position can be set: it can."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position.

        Args:
            offset: Bytes from the origin.
            whence: The origin: 0 for the begin, 1 for the position, 2 for the end.

        Raises:
            ValueError: The position would be negative.
        """
        origin = (0, self._position, self._size)[whence]
        if origin + offset < 0:
            raise ValueError(f"The position {origin + offset} is negative.")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer fits
        """Read into a buffer, and return the number of bytes; 0 at the end."""
        length = min(len(buffer), max(0, self._size - self._position))
        if length:
            data = self._fetch(self._position, length)
            buffer[: len(data)] = data
            self._position += len(data)
            return len(data)
        return 0


def buffered(fetch: Callable[[int, int], bytes], size: int) -> io.BufferedReader:
    """Return a reader that requests some MB at once.

    Args:
        fetch: Returns the bytes from an offset, as many as are asked for.
        size: Size of the object in bytes.

    Examples:
        >>> requests = []
        >>> def fetch(start, length):
        ...     requests.append((start, length))
        ...     return bytes(length)
        >>> reader = buffered(fetch, 100)
        >>> len(reader.read(10)), len(reader.read(10)), requests
        (10, 10, [(0, 100)])
    """
    return io.BufferedReader(RangeReader(fetch, size), _AHEAD)
