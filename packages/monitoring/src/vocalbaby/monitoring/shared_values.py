"""Named numbers in anonymous shared memory, where Prometheus' client keeps its values.

The client creates each value of a metric by calling ``prometheus_client.values.ValueClass`` and
then calls ``inc``, ``set`` and ``get`` on it. `SharedValue` has these methods, and
`ValueArea` is the memory that holds the numbers.
"""

import json
import logging
import mmap
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import Final, NamedTuple

__all__ = ["Series", "SharedValue", "ValueArea"]

_WORD: Final = 8

_log = logging.getLogger(__name__)


class Series(NamedTuple):
    """One time series of a metric.

    Attributes:
        kind: ``counter``, ``gauge`` or ``histogram``.
        family: Name of the metric.
        meaning: Help text of the metric.
        sample: Name of the series, such as the metric's name with ``_total`` or ``_bucket``.
        labels: Names and values of the labels.
        highest: Whether workers are combined by their highest value instead of their sum.

    Examples:
        >>> series = Series("gauge", "up", "1 while it runs.", "up", {"worker": "0"}, highest=True)
        >>> Series.from_key(series.key()) == series
        True
    """

    kind: str
    family: str
    meaning: str
    sample: str
    labels: dict[str, str]
    highest: bool

    def key(self) -> bytes:
        """Return the series as bytes; `from_key` is the inverse."""
        return json.dumps(self).encode()

    @staticmethod
    @lru_cache(maxsize=2**14)
    def from_key(key: bytes) -> "Series":
        """Return the series of bytes that `key` returned.

        Args:
            key: The bytes.
        """
        return Series(*json.loads(key))


class SharedValue:
    """A number in shared memory, with the methods that Prometheus' client calls.

    Args:
        numbers: Memory as float64, shape (n,).
        index: Position of the number in it.
        lock: Held while a thread of this process changes a number of the memory.

    Examples:
        >>> value = SharedValue(memoryview(bytearray(16)).cast("d"), 1, Lock())
        >>> value.inc(2.5)
        >>> value.get()
        2.5
    """

    __slots__ = ("_index", "_lock", "_numbers")

    def __init__(self, numbers: "memoryview[float]", index: int, lock: Lock) -> None:
        self._numbers = numbers
        self._index = index
        self._lock = lock

    def inc(self, amount: float) -> None:
        """Add to the number.

        Args:
            amount: The amount.
        """
        with self._lock:
            self._numbers[self._index] += amount

    def set(self, value: float, timestamp: float | None = None) -> None:  # noqa: ARG002 - as its base
        """Replace the number.

        Args:
            value: The new number.
            timestamp: Is ignored.
        """
        with self._lock:
            self._numbers[self._index] = value

    def get(self) -> float:
        """Return the number, as this process wrote it."""
        return float(self._numbers[self._index])

    def set_exemplar(self, exemplar: object) -> None:
        """Ignore the exemplar, as the client's own multiprocess mode does.

        Args:
            exemplar: Is ignored.
        """

    def get_exemplar(self) -> None:
        """Return None, as the client's own multiprocess mode does."""


class ValueArea:
    """Numbers by key, written by one process and read by several.

    The memory is a sequence of words of 8 bytes. The first word is the index of the first free
    word. Each entry is the length of its key, the key, padded to whole words, and the number.
    Entries are only appended, and the first word changes last: a reader never sees half an
    entry, and a writer that is killed leaves at most free words changed.

    Args:
        size: Bytes of memory, a multiple of 8; the system provides pages on first use.

    Examples:
        >>> area = ValueArea(4096)
        >>> area.value(b"requests").inc(2.0)
        >>> list(area.items())
        [(b'requests', 2.0)]
    """

    def __init__(self, size: int) -> None:
        self._bytes = memoryview(mmap.mmap(-1, size))
        self._words = self._bytes.cast("q")
        self._numbers = self._bytes.cast("d")
        self._lock = Lock()
        self._positions: dict[bytes, int] | None = None

    def value(self, key: bytes) -> SharedValue:
        """Return the number of a key, which is appended as 0 if it is not there.

        When the memory is full, an error is logged and the number is not shared.

        Args:
            key: The key.
        """
        with self._lock:
            if self._positions is None:  # what an earlier worker counted here goes on
                self._positions = dict(self._entries())
            index = self._positions.get(key) or self._append(key)
            if index is not None:
                self._positions[key] = index
                return SharedValue(self._numbers, index, self._lock)
        _log.error("the shared memory for metrics is full: %s is not counted", key.decode())
        return SharedValue(memoryview(bytearray(_WORD)).cast("d"), 0, self._lock)

    def reload(self) -> None:
        """Look for the keys again: another process is about to append some."""
        self._positions = None

    def items(self) -> Iterator[tuple[bytes, float]]:
        """Yield every key and its number."""
        for key, index in self._entries():
            yield key, self._numbers[index]

    def clear(self) -> None:
        """Remove all numbers; only when the process that writes here has ended."""
        self._words[0] = 0

    def _entries(self) -> Iterator[tuple[bytes, int]]:
        at = 1
        while at < self._words[0]:
            start, length = _WORD * (at + 1), self._words[at]
            index = at + 1 + _words(length)
            yield bytes(self._bytes[start : start + length]), index
            at = index + 1

    def _append(self, key: bytes) -> int | None:
        at = max(self._words[0], 1)
        index = at + 1 + _words(len(key))
        if index >= len(self._words):
            return None
        self._words[at] = len(key)
        start = _WORD * (at + 1)
        self._bytes[start : start + len(key)] = key
        self._numbers[index] = 0.0
        self._words[0] = index + 1
        return index


def _words(length: int) -> int:
    """How many words hold so many bytes."""
    return -(-length // _WORD)
