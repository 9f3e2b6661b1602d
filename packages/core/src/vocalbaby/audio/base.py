"""What every format gives: a stream of samples, read from bytes that need not be in memory."""

import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["AudioStream", "ByteRange", "Data", "FileData", "Pieces", "id3_end", "matches"]

_WINDOW: Final = 2**18


class Data(Protocol):
    """Bytes to slice: ``bytes`` itself, or a `FileData` that reads each slice."""

    def __len__(self) -> int: ...

    def __getitem__(self, at: slice, /) -> bytes: ...


class FileData:
    """The bytes of a seekable binary file, read slice by slice.

    Examples:
        >>> import io
        >>> data = FileData(io.BytesIO(b"RIFF....WAVE"))
        >>> len(data), data[8:12], data[8:99]
        (12, b'WAVE', b'WAVE')
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size: Final = file.seek(0, io.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: slice, /) -> bytes:
        start, stop, _ = at.indices(self._size)
        self._file.seek(start)
        return self._file.read(max(stop - start, 0))


class ByteRange:
    """A part of other bytes.

    Examples:
        >>> ByteRange(b"ID3....RIFF....", 7, 11)[:99]
        b'RIFF'
    """

    def __init__(self, data: Data, start: int, stop: int) -> None:
        if isinstance(data, ByteRange):  # no range of a range of a range
            start, stop = data.start + start, data.start + stop
            data = data.data
        self.data: Final[Data] = data
        self.start: Final[int] = start
        self.stop: Final[int] = stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, at: slice, /) -> bytes:
        start, stop, _ = at.indices(len(self))
        return self.data[self.start + start : self.start + max(start, stop)]


def id3_end(data: Data, at: int = 0) -> int:
    """Return the position behind an ID3v2 tag, or 0 if there is none.

    Source: id3.org, ID3v2.4.0, section 3.1. The position may be beyond the data.
    """
    head = data[at : at + 10]
    if head[:3] != b"ID3" or len(head) < 10 or max(head[6:]) > 0x7F or head[3] == 0xFF:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return at + size + (20 if head[5] & 0x10 else 10)


def matches(
    data: Data, pattern: re.Pattern[bytes], start: int, stop: int, width: int
) -> Iterator[tuple[int, bytes]]:
    """Search for a pattern of at most ``width`` bytes, in constant memory.

    Yields:
        Each position from ``start`` to ``stop`` where it matches, and the ``width`` bytes
        there, which are fewer at the end of the data.

    Examples:
        >>> list(matches(b"..RIFF..RIFX", re.compile(b"RIF."), 0, 99, 6))
        [(2, b'RIFF..'), (8, b'RIFX')]
    """
    for base in range(start, min(stop, len(data)), _WINDOW):
        window = data[base : base + _WINDOW + width]
        for match in pattern.finditer(window, 0, _WINDOW + width):
            at = match.start()
            if at >= min(_WINDOW, stop - base):
                break
            yield base + at, window[at : at + width]


class Pieces(io.RawIOBase):
    """A read-only file made of pieces of other bytes, for decoder libraries.

    A seek before the start has no effect, as in C: damaged files make libsndfile try it,
    and an exception cannot pass through the library.

    Args:
        pieces: Each the bytes, and the first and the last position (exclusive) of the part.

    Examples:
        >>> Pieces([(b"ID3....", 0, 3), (b"0123456789", 2, 5)]).read()
        b'ID3234'
    """

    def __init__(self, pieces: Sequence[tuple[Data, int, int]]) -> None:
        self._pieces = pieces
        self._size = sum(stop - start for _, start, stop in pieces)
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        base = (0, self._at, self._size)[whence]
        if base + offset >= 0:
            self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override] # any buffer
        """Fill a buffer, and return how many bytes there were."""
        wanted, done, position = len(buffer), 0, 0
        for data, start, stop in self._pieces:
            skip = self._at + done - position
            position += stop - start
            if skip < stop - start and done < wanted:
                part = data[start + skip : min(start + skip + wanted - done, stop)]
                buffer[done : done + len(part)] = part
                done += len(part)
        self._at += done
        return done


class AudioStream(ABC):
    """The samples of a recording, decoded piece by piece until their real end.

    `vocalbaby.audio.open_stream` opens one. A format module subclasses it, sets the attributes in
    ``__init__`` and implements `read`, `frames_bound` and, where there is something to close,
    `close`.

    Attributes:
        rate: Frames per second, of the first samples.
        channels: Number of channels, of the first samples. Where they change within a file,
            the format module converts what follows, or raises from `read`.
        frames_hint: How many frames the header claims, or None. It is for progress bars:
            nothing is allocated or cut by it.
        missing: After the end: what is missing there, as a clause that follows
            "Sound may be missing:", such as "the file ends within a frame"; None when the
            recording is whole. A length that the writer could not know is no promise.
        lost_before: Frames that are known to be lost in front of the samples that `read`
            returned last, by the numbers in the file.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> with audio.open_stream(audio.wav_bytes(np.zeros((9000, 2)), 48_000)) as stream:
        ...     print(stream.rate, stream.channels, stream.read(4096).shape)
        48000 2 (4096, 2)
    """

    rate: int
    channels: int
    frames_hint: int | None = None
    missing: str | None = None
    lost_before: int = 0

    @abstractmethod
    def read(self, n_frames: int) -> NDArray[np.float32]:
        """Decode the next frames.

        Args:
            n_frames: Largest number of frames to return, at least 1.

        Returns:
            float32, shape (n, n_channels), full scale 1.0, in memory of its own, with
            1 <= n <= ``n_frames``, or n = 0 at the end and ever after.

        Raises:
            UnreadableAudioError: Nothing can be decoded at all. Damage behind the first
                samples ends the stream, and ``missing`` says so.
        """

    @abstractmethod
    def frames_bound(self, stop: int, /) -> int:
        """Return a number of frames that decoding cannot exceed, without decoding.

        It is found from the data and not from what a header claims, so that it cannot be
        too low.

        Args:
            stop: The count may end as soon as it is above this number.

        Returns:
            The bound, in frames.
        """

    def close(self) -> None:  # noqa: B027 - not every format has something to release
        """Release the decoder; the source stays open, if the caller opened it."""

    def blocks(self, n_frames: int = 65_536) -> Iterator[NDArray[np.float32]]:
        """Yield the samples in blocks until the end.

        Args:
            n_frames: Largest number of frames of a block.

        Yields:
            float32, shape (n, n_channels), n > 0.

        Examples:
            >>> import numpy as np
            >>> from vocalbaby import audio
            >>> with audio.open_stream(audio.wav_bytes(np.zeros(9000), 48_000)) as stream:
            ...     [len(block) for block in stream.blocks(4096)]
            [4096, 4096, 808]
        """
        while len(block := self.read(n_frames)):
            yield block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()
