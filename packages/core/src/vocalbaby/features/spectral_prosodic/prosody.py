"""Statistics of the F0 contour and of voice quality over a clip."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.features import Column
from vocalbaby.features.frames import Framing, Layout
from vocalbaby.features.functionals import Masked, segment_sum, slope
from vocalbaby.features.spectral_prosodic.f0 import Track

__all__ = ["COLUMNS", "contours", "summarise"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

_PITCH: Final = (
    ("f0_mean", "semitones", "Mean F0 of the voiced frames, re 100 Hz."),
    ("f0_std", "semitones", "Standard deviation of F0."),
    ("f0_q10", "semitones", "10th percentile of F0, re 100 Hz."),
    ("f0_q50", "semitones", "Median F0, re 100 Hz."),
    ("f0_q90", "semitones", "90th percentile of F0, re 100 Hz."),
    ("f0_slope", "semitones/s", "Slope of the regression line through the F0 contour."),
    ("f0_movement", "semitones/s", "Mean absolute slope of F0 between frames 20 ms apart."),
    ("voiced_fraction", "1", "Share of the frames that are voiced."),
    ("voiced_run_rate", "1/s", "Voiced stretches per second."),
    ("voiced_run_length", "s", "Mean length of a voiced stretch."),
)
_VOICE: Final = (
    ("f0_jitter", "semitones", "Jitter-like: mean distance of F0 from its two neighbours' mean."),
    (
        "shimmer",
        "dB",
        "Shimmer-like: mean distance of the level from its neighbours' mean, voiced.",
    ),
    ("periodicity_mean", "1", "Mean of the highest autocorrelation peak over the active frames."),
    ("periodicity_std", "1", "Standard deviation of the highest autocorrelation peak."),
    ("hnr_mean", "dB", "Mean harmonics-to-noise ratio of the voiced frames (Boersma 1993)."),
    ("hnr_std", "dB", "Standard deviation of the harmonics-to-noise ratio."),
    ("h1_h2_mean", "dB", "Mean level difference of the first two harmonics."),
    ("h1_h2_std", "dB", "Standard deviation of the level difference of the first two harmonics."),
)

COLUMNS: Final = (
    *(Column(*row, "prosody") for row in _PITCH),
    *(Column(*row, "voice") for row in _VOICE),
)

_FEWEST: Final = 3
_HARMONICS: Final = np.array([[1], [2]], np.float32)
#: A bin and two on either side.
_AROUND: Final = np.arange(-2, 3)[:, None, None]


def _harmonic_difference(level: Array, framing: Framing, hz: Array) -> Array:
    """Return H1-H2 in dB at an F0 of `hz`, (n_frames,): from parabolas through the levels.

    Args:
        level: Power of the lowest bins in dB, (n_levels, n_frames).
        framing: How signals were divided into frames.
        hz: F0 of each frame, (n_frames,).
    """
    factors = _HARMONICS * np.float32(framing.n_fft / SAMPLE_RATE)
    bins = np.rint(hz * factors).astype(np.intp)
    np.minimum(np.maximum(bins, 2, out=bins), len(level) - 3, out=bins)
    near = np.take_along_axis(level[None], (bins + _AROUND).reshape(1, -1, len(hz)), axis=1)
    near = near.reshape(len(_AROUND), len(_HARMONICS), len(hz))
    top = near[1:-1].argmax(axis=0) * bins.size + np.arange(bins.size).reshape(bins.shape)
    left, middle, right = near.take(top + np.arange(3)[:, None, None] * bins.size)
    bend = np.minimum(left - 2 * middle + right, np.float32(-1e-3))
    fall = left - right
    rise = fall * fall / (np.float32(-8) * bend)
    first, second = middle + np.minimum(rise, np.float32(6))
    difference: Array = first - second
    return difference


def contours(
    bins: Array,
    layout: Layout,
    framing: Framing,
    track: Track,
    level: Array,
    active: Mask,
) -> list[Masked]:
    """Return the descriptors whose statistics `summarise` needs.

    Args:
        bins: Power of the lowest bins of the spectra in dB, (n_levels, n_frames).
        layout: Positions of the clips.
        framing: How they were divided into frames.
        track: F0 of every frame.
        level: Level of every frame in dB, (n_frames,).
        active: Frames that are loud enough to count, (n_frames,).

    Returns:
        Groups of descriptors with the frames that count.
    """
    voiced = track.voiced
    inner = layout.interior(1)
    inner[1:-1] &= voiced[:-2] & voiced[1:-1] & voiced[2:]
    share = np.minimum(np.maximum(track.strength, np.float32(1e-3)), np.float32(0.9999))
    along = np.empty((3, len(level)), np.float32)
    along[0] = track.semitones
    np.log10(share / (1 - share), out=along[1])
    along[1] *= np.float32(10)
    along[2] = _harmonic_difference(bins, framing, track.hz)
    # Steps of F0, then jitter and shimmer: distance of F0 and level from their neighbours.
    across = np.zeros((3, len(level)), np.float32)
    for row, contour in zip(across[1:, 1:-1], (track.semitones, level), strict=True):
        np.subtract(contour[1:-1], (contour[:-2] + contour[2:]) * np.float32(0.5), out=row)
    np.subtract(track.semitones[2:], track.semitones[:-2], out=across[0, 1:-1])
    np.abs(across, out=across)
    across[0] /= np.float32(2 * framing.hop / SAMPLE_RATE)
    return [(along, voiced), (across, inner), (track.periodicity[None], active)]


def summarise(
    track: Track,
    layout: Layout,
    frame_s: float,
    statistics: Sequence[tuple[Array, Array]],
    quantiles: Array,
) -> Array:
    """Return the values of `COLUMNS`.

    Args:
        track: F0 of every frame.
        layout: Positions of the clips.
        frame_s: Seconds between frames.
        statistics: Mean and standard deviation of each group of `contours`.
        quantiles: The 10th, 50th and 90th percentile of F0 in semitones, (3, n_clips).

    Returns:
        (len(COLUMNS), n_clips); NaN where nothing is voiced.
    """
    voiced = track.voiced
    (mean, std), (across, _), periodicity = statistics
    runs = np.empty((2, len(voiced)), np.float32)
    runs[0] = voiced
    runs[1, 1:] = voiced[1:] > voiced[:-1]
    runs[1, layout.starts] = voiced[layout.starts]
    n_voiced, n_runs = segment_sum(runs, layout)
    n_frames = layout.counts.astype(np.float32)
    seconds = np.float32(frame_s)
    values = np.empty((len(COLUMNS), len(n_frames)), np.float32)
    values[0], values[1] = mean[0], std[0]
    values[2:5] = quantiles
    values[5] = slope(track.semitones, layout, voiced, _FEWEST) / seconds
    values[6] = across[0]
    values[7] = n_voiced / n_frames
    values[8] = n_runs / (n_frames * seconds)
    values[9] = n_voiced * seconds / np.where(n_runs > 0, n_runs, np.float32(np.nan))
    values[10:12] = across[1:]
    values[12], values[13] = periodicity[0][0], periodicity[1][0]
    values[14::2], values[15::2] = mean[1:], std[1:]
    return values
