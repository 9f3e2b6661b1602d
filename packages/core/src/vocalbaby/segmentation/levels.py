"""Level of each slot, and the noise floor of a recording.

The level is that of a band about 0.3 to 5 kHz: neighbouring samples are averaged, which is half
of the sample rate, and their differences are taken, which lowers rumble. So it needs no spectrum,
and tells which parts of a recording need one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.segmentation.config import SLOT
from vocalbaby.segmentation.evidence import Evidence

__all__ = ["SILENT_DB", "FloorTracker", "floors_of", "slot_levels"]

#: Level of digital silence, and the lowest floor.
SILENT_DB: Final = -120.0
_LOWEST_DB: Final = -84.0
_EMPHASIS: Final = np.float32(0.9)
#: Slots per step.
_PART: Final = 100
#: Levels of histograms are in steps of 1 dB from -120 to 20 dB.
_STEPS: Final = 140
#: Blocks before and after that the floor of a block is taken from.
_AROUND: Final = 4


def slot_levels(samples: NDArray[np.float32], before: float = 0.0) -> NDArray[np.int16]:
    """Return the level of each slot in 0.01 dB relative to full scale.

    Args:
        samples: float32, (n_slots * 160,).
        before: The mean of the two samples before.

    Returns:
        int16, (n_slots,).
    """
    power = np.empty(len(samples) // SLOT, np.float32)
    # In parts that stay in the cache.
    for first in range(0, len(power), _PART):
        part = samples[first * SLOT : (first + _PART) * SLOT]
        half = part[::2] + part[1::2]
        half *= np.float32(0.5)
        rise = half.copy()
        rise[1:] -= half[:-1] * _EMPHASIS
        rise[0] -= np.float32(before) * _EMPHASIS
        before = float(half[-1])
        slots = rise.reshape(-1, SLOT // 2)
        offset = slots.mean(axis=1)  # of the recorder, which is no sound
        np.multiply(rise, rise, out=rise)
        power[first : first + _PART] = slots.mean(axis=1) - offset * offset
    np.nan_to_num(power, copy=False)
    decibels = 10.0 * np.log10(np.maximum(power.astype(np.float64), 10.0 ** (SILENT_DB / 10)))
    levels: NDArray[np.int16] = np.rint(100.0 * np.minimum(decibels, 20.0)).astype(np.int16)
    return levels


def _histogram(level: NDArray[np.int16]) -> NDArray[np.int64]:
    step = np.clip((level.astype(np.int32) + 12_000) // 100, 0, _STEPS - 1)
    return np.bincount(step, minlength=_STEPS)


def _quantile(counts: NDArray[np.int64], quantile: float) -> float:
    """Return a quantile of levels, in dB; digital silence does not count."""
    total = np.cumsum(counts[1:])
    if total[-1] == 0:
        return _LOWEST_DB
    wanted = quantile * total[-1]
    step = int(np.searchsorted(total, wanted, "left")) + 1
    inside = (wanted - (total[step - 1] - counts[step])) / counts[step]
    return max(step + float(inside) - 120.0, _LOWEST_DB)


class FloorTracker:
    """The noise floor while a recording is heard: a low quantile of the levels of some minutes.

    Args:
        blocks: Number of blocks, of 30 s each, that the floor is taken from.
        quantile: Share of the slots that are below the floor.
    """

    def __init__(self, blocks: int = 10, quantile: float = 0.1) -> None:
        self._quantile = quantile
        self._held = np.zeros((blocks, _STEPS), np.int64)
        self._next = 0

    def add(self, level: NDArray[np.int16]) -> None:
        """Take the levels of one more block into account."""
        self._held[self._next % len(self._held)] = _histogram(level)
        self._next += 1

    def floor_db(self) -> float:
        """Return the floor, in dB relative to full scale."""
        return _quantile(self._held.sum(axis=0), self._quantile)


def floors_of(evidence: Evidence, quantile: float) -> NDArray[np.float64]:
    """Return the noise floor in the middle of each block, from the blocks around it, in dB."""
    counts = np.zeros((evidence.n_blocks + 1, _STEPS), np.int64)
    for number, block in enumerate(evidence.blocks(), start=1):
        counts[number] = counts[number - 1] + _histogram(block["level"])
    floors = np.empty(evidence.n_blocks)
    for i in range(evidence.n_blocks):
        first, last = max(0, i - _AROUND), min(evidence.n_blocks, i + _AROUND + 1)
        floors[i] = _quantile(counts[last] - counts[first], quantile)
    return floors
