"""What the voice does over time: energy envelope, rhythm, F0 contour, voice quality."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.f0 import Track
from vocalbaby.features.frames import Layout
from vocalbaby.features.functionals import mean_std, quantiles, segment_max, segment_sum

__all__ = ["MODULATION_HZ", "envelope", "harmonic_difference", "modulation", "neighbour"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

MODULATION_HZ: Final = (2, 3, 4, 5, 6, 8, 10, 12)


def neighbour(layout: Layout, offset: int) -> NDArray[np.intp]:
    """Index of the frame `offset` later in the same clip, held at the clip's ends."""
    first = layout.starts[layout.clip]
    last = first + layout.counts[layout.clip] - 1
    return np.clip(np.arange(len(layout.rows)) + offset, first, last)


@cache
def _waves(frame_s: float) -> NDArray[np.float64]:
    return 2j * np.pi * np.array(MODULATION_HZ)[:, None] * frame_s


def modulation(energy: Array, layout: Layout, frame_s: float) -> Array:
    """Depth of the envelope's modulation at each of `MODULATION_HZ`.

    Args:
        energy: Power of every frame, (n_frames,).
        layout: The clips.
        frame_s: Seconds between frames.

    Returns:
        (len(MODULATION_HZ), n_clips): amplitude of each modulation of the Hann-weighted
        amplitude envelope relative to its mean; NaN for clips under 0.2 s.
    """
    place = np.arange(len(layout.rows)) - layout.starts[layout.clip]
    count = layout.counts[layout.clip]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / count)).astype(np.float32)
    amplitude = np.sqrt(energy)
    weight = segment_sum(window, layout)
    level = segment_sum(window * amplitude, layout) / weight
    centred = window * (amplitude - level[layout.clip])
    phase = _waves(frame_s) * place
    cosine, sine = np.cos(phase.imag).astype(np.float32), np.sin(phase.imag).astype(np.float32)
    real, imaginary = segment_sum(centred * cosine, layout), segment_sum(centred * sine, layout)
    depth = 2 * np.sqrt(real**2 + imaginary**2) / (weight * np.maximum(level, np.float32(1e-10)))
    return np.where(layout.counts * frame_s < 0.2, np.float32(np.nan), depth).astype(np.float32)


def envelope(energy: Array, layout: Layout, frame_s: float) -> Array:
    """Shape of the energy envelope, (7, n_clips): see the columns of the set."""
    level = np.float32(10) * np.log10(np.maximum(energy, np.float32(1e-6)))[None]
    mean, std = mean_std(level, layout)
    low, high = quantiles(level, layout, (0.1, 0.9))
    rise = (level[:, neighbour(layout, 1)] - level[:, neighbour(layout, -1)]) / (2 * frame_s)
    smooth = sum(level[0, neighbour(layout, k)] for k in range(-2, 3)) / np.float32(5)
    around = np.max([smooth[neighbour(layout, k)] for k in range(-5, 6)], axis=0)
    apart = smooth != smooth[neighbour(layout, -1)]
    peak = (smooth >= around) & apart & (smooth > -20)
    seconds = (layout.counts * frame_s).astype(np.float32)
    rate = segment_sum(peak.astype(np.float32), layout) / seconds
    place = (np.arange(len(layout.rows)) - layout.starts[layout.clip]).astype(np.float32)
    weight = segment_sum(energy, layout)
    centre = segment_sum(energy * place, layout) / weight / np.maximum(layout.counts - 1, 1)
    rows = [mean[0], std[0], high[0] - low[0], segment_max(rise, layout)[0],
            segment_max(-rise, layout)[0], rate, centre]
    return np.stack(rows).astype(np.float32)


def harmonic_difference(power: Array, layout: Layout, track: Track, n_fft: int) -> Array:
    """H1-H2: level of the first harmonic less that of the second, dB, (n_frames,)."""
    bin_hz = SAMPLE_RATE / n_fft
    levels = []
    for harmonic in (1, 2):
        at = np.rint(track.hz * harmonic / bin_hz).astype(np.intp).clip(1, n_fft // 2 - 1)
        three = [power[layout.rows, at + k] for k in (-1, 0, 1)]
        levels.append(np.float32(10) * np.log10(np.maximum(np.max(three, axis=0), 1e-20)))
    return (levels[0] - levels[1]).astype(np.float32)
