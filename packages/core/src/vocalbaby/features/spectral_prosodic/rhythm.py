"""The energy envelope of a clip and its modulation spectrum."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column
from vocalbaby.features.frames import Layout, sum_rows
from vocalbaby.features.functionals import segment_max, segment_sum

__all__ = ["COLUMNS", "MODULATION_HZ", "summarise", "waves", "window"]

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

_NAN: Final = np.float32(np.nan)
_MODULATION: Final = np.array(MODULATION_HZ)
#: Frames around each that a peak of the level is compared with.
_AROUND: Final = np.arange(-10, 11)[:, None]
_FEWEST: Final = 3
_PEAK_RISE_DB: Final = 3.0
_PEAK_RANGE_DB: Final = -20.0


@cache
def _waves(n_frames: int, frame_s: float) -> Array:
    """Cosines and sines of the modulation frequencies, (2, len(MODULATION_HZ), n_frames)."""
    hz = np.array(MODULATION_HZ)[:, None]
    phase = 2 * np.pi * frame_s * hz * np.arange(n_frames)
    return np.stack([np.cos(phase), np.sin(phase)]).astype(np.float32)


def waves(n_frames: int, frame_s: float) -> Array:
    """Return at least `n_frames` frames of `_waves`."""
    # Tables have power-of-two lengths, so few tables serve all lengths.
    return _waves(1 << n_frames.bit_length(), frame_s)


def window(place: NDArray[np.intp], last: NDArray[np.intp] | np.intp) -> Array:
    """Return the Hann window over a clip at the frame number `place` of 0 to `last`."""
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / (last + 1))
    return wave.astype(np.float32)


def _modulation(energy: Array, layout: Layout, frame_s: float) -> Array:
    """(len(MODULATION_HZ), n_clips); NaN where the clip is under half a period."""
    hann = window(layout.place, layout.last)
    amplitude = np.sqrt(energy)
    weight = segment_sum(hann, layout)
    level = segment_sum(hann * amplitude, layout) / weight
    centred = hann * (amplitude - layout.spread(level))
    turned: Array = waves(int(layout.counts.max()), frame_s).take(layout.place, axis=2)
    turned *= centred
    parts = segment_sum(turned, layout)
    np.multiply(parts, parts, out=parts)
    depth = 2 * np.sqrt(parts[0] + parts[1]) / (weight * level)
    periods = np.multiply.outer(_MODULATION, layout.counts * frame_s)
    return np.where(periods < 0.5, _NAN, depth)


def _peak_rate(near: Array, around: NDArray[np.intp], layout: Layout, frame_s: float) -> Array:
    """Peaks of the smoothed level per second, (n_clips,).

    Args:
        near: Level of the frames around each, (2 * _AROUND + 1, n_frames).
        around: Their indices, the same shape.
        layout: Positions of the clips.
        frame_s: Seconds between frames.
    """
    smooth = sum_rows(near[8:13]) / np.float32(5)
    near = smooth[around]
    highest = np.maximum.reduce(near[5:16], axis=0)
    lowest = np.maximum(np.minimum.reduce(near[:11], axis=0), np.minimum.reduce(near[10:], axis=0))
    peak = (smooth >= highest) & (smooth > near[9]) & (smooth > _PEAK_RANGE_DB)
    peak &= smooth - lowest > _PEAK_RISE_DB
    return segment_sum(peak.astype(np.float32), layout) / (layout.counts * np.float32(frame_s))


def summarise(
    energy: Array, level: Array, layout: Layout, frame_s: float, statistics: Array
) -> Array:
    """Return the values of `COLUMNS`.

    Args:
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
        level: The same in dB, down to a floor, (n_frames,).
        layout: Positions of the clips.
        frame_s: Seconds between frames.
        statistics: Mean, standard deviation and range of `level`, (3, n_clips).

    Returns:
        (len(COLUMNS), n_clips); NaN for clips of fewer than three frames.
    """
    around = layout.neighbour(_AROUND)
    near = level[around]
    values = np.empty((len(COLUMNS), len(layout.counts)), np.float32)
    values[:3] = statistics
    rise = near[11] - near[9]
    values[3] = segment_max(rise, layout)
    values[4] = segment_max(-rise, layout)
    values[3:5] /= np.float32(2 * frame_s)
    last = np.maximum(layout.counts - 1, 1).astype(np.float32)
    moment = segment_sum(energy * layout.place.astype(np.float32), layout)
    values[5] = moment / segment_sum(energy, layout) / last
    values[6] = _peak_rate(near, around, layout, frame_s)
    values[7:] = _modulation(energy, layout, frame_s)
    values[:, layout.counts < _FEWEST] = _NAN
    return values
