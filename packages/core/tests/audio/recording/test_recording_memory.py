"""The memory does not grow with the recording."""

import tracemalloc

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import AudioStream, Recording


class Endless(AudioStream):
    """Noise of any length, made when it is read."""

    def __init__(self, seconds: int) -> None:
        self.rate, self.channels = 44_100, 2
        self._left = seconds * self.rate
        self._noise = np.random.default_rng(0).normal(0, 0.1, (400_000, 2)).astype(np.float32)

    def read(self, n_frames: int) -> NDArray[np.float32]:
        n = min(n_frames, self._left, len(self._noise))
        self._left -= n
        return self._noise[:n].copy()

    def frames_bound(self, _stop: int, /) -> int:
        return self._left


def peak(seconds: int) -> int:
    blocks = Recording(Endless(seconds)).blocks()
    tracemalloc.start()
    for _ in blocks:
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_the_memory_does_not_grow_with_the_recording() -> None:
    peak(8)  # fills caches
    short, long = peak(20), peak(120)
    assert long < 1.05 * short
    assert long < 30e6
