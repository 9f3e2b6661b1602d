"""The energy envelope of a clip and its modulation spectrum."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column
from vocalbaby.features.frames import Layout, sum_rows
from vocalbaby.features.functionals import mean_std, quantiles, segment_max, segment_sum
from vocalbaby.features.spectral import decibels

__all__ = ["COLUMNS", "MODULATION_HZ", "summarise"]

Array = NDArray[np.float32]

MODULATION_HZ: Final = (2, 3, 4, 5, 6, 8, 10, 12)

COLUMNS: Final = (
    Column("energy_mean", "dB", "Mean level of the frames, re the loudest.", "energy"),
    Column("energy_std", "dB", "Standard deviation of the level.", "energy"),
    Column("energy_range", "dB", "Level range from the 10th to the 90th percentile.", "energy"),
    Column("energy_attack", "dB/s", "Steepest rise of the level in 20 ms.", "energy"),
    Column("energy_decay", "dB/s", "Steepest fall of the level in 20 ms.", "energy"),
    Column("energy_centre", "1", "Centre of the energy in time: 0 start, 1 end.", "energy"),
    Column(
        "energy_peak_rate",
        "1/s",
        "Maxima of the level smoothed over 50 ms that rise 3 dB above what lies 0.1 s around.",
        "energy",
    ),
    *(
        Column(
            f"modulation_{hz}hz",
            "1",
            f"Depth of the amplitude modulation at {hz} Hz (Hann-weighted, re the mean).",
            "modulation",
        )
        for hz in MODULATION_HZ
    ),
)

_FLOOR: Final = np.float32(1e-6)
_FEWEST: Final = 3
_PEAK_RISE_DB: Final = 3.0
_PEAK_RANGE_DB: Final = -20.0


def _modulation(energy: Array, layout: Layout, frame_s: float) -> Array:
    """(len(MODULATION_HZ), n_clips); NaN where the clip is under half a period."""
    place, count = layout.place, layout.counts[layout.clip]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / count)).astype(np.float32)
    amplitude = np.sqrt(energy)
    weight = segment_sum(window, layout)
    level = segment_sum(window * amplitude, layout) / weight
    centred = window * (amplitude - level[layout.clip])
    hz = np.array(MODULATION_HZ)[:, None]
    phase = 2 * np.pi * frame_s * hz * place
    real = segment_sum(centred * np.cos(phase).astype(np.float32), layout)
    imaginary = segment_sum(centred * np.sin(phase).astype(np.float32), layout)
    depth = 2 * np.sqrt(real * real + imaginary * imaginary) / (weight * level)
    return np.where(layout.counts * frame_s * hz < 0.5, np.float32(np.nan), depth)


def _peak_rate(level: Array, layout: Layout, frame_s: float) -> Array:
    """Peaks of the smoothed level per second, (n_clips,)."""
    around = layout.neighbour(np.arange(-10, 11)[:, None])
    smooth = sum_rows(level[around[8:13]]) / np.float32(5)
    near = smooth[around]
    peak = (smooth >= near[5:16].max(axis=0)) & (smooth > near[9]) & (smooth > _PEAK_RANGE_DB)
    lowest = np.maximum(near[:11].min(axis=0), near[10:].min(axis=0))
    peak &= smooth - lowest > _PEAK_RISE_DB
    return segment_sum(peak.astype(np.float32), layout) / (layout.counts * np.float32(frame_s))


def summarise(energy: Array, layout: Layout, frame_s: float) -> Array:
    """The values of `COLUMNS`.

    Args:
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
        layout: Where the clips stand.
        frame_s: Seconds between frames.

    Returns:
        (len(COLUMNS), n_clips); NaN for clips of fewer than three frames.
    """
    level = decibels(np.maximum(energy, _FLOOR))
    mean, std = mean_std(level[None], layout)
    low, high = quantiles(level, layout, (0.1, 0.9))
    rise = level[layout.neighbour(1)] - level[layout.neighbour(-1)]
    steepest = segment_max(np.stack([rise, -rise]), layout) / np.float32(2 * frame_s)
    moment = segment_sum(energy * layout.place.astype(np.float32), layout)
    last = np.maximum(layout.counts - 1, 1).astype(np.float32)
    centre = moment / segment_sum(energy, layout) / last
    rate = _peak_rate(level, layout, frame_s)
    envelope = np.stack([mean[0], std[0], high - low, *steepest, centre, rate])
    values = np.concatenate([envelope, _modulation(energy, layout, frame_s)])
    return np.where(layout.counts < _FEWEST, np.float32(np.nan), values)
