"""Statistics of the F0 contour and of voice quality over a clip."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.features import Column
from vocalbaby.features.f0 import Track
from vocalbaby.features.frames import Framing, Layout
from vocalbaby.features.functionals import mean_std, quantiles, segment_sum, slope
from vocalbaby.features.spectral import decibels

__all__ = ["COLUMNS", "summarise"]

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

_FLOOR: Final = np.float32(1e-6)
_FEWEST: Final = 3


def _harmonic_difference(power: Array, layout: Layout, framing: Framing, hz: Array) -> Array:
    """H1-H2 in dB at an F0 of `hz`, (n_frames,): from parabolas through the levels."""
    levels: list[Array] = []
    for harmonic in (1, 2):
        bins = np.rint(hz * np.float32(harmonic * framing.n_fft / SAMPLE_RATE)).astype(np.intp)
        bins = np.clip(bins, 2, framing.n_bins - 3)
        near = decibels(np.stack([power[layout.rows, bins + k] for k in range(-2, 3)]))
        top = near[1:-1].argmax(axis=0)
        left, middle, right = (np.take_along_axis(near, top[None] + k, 0)[0] for k in range(3))
        bend = np.minimum(left - 2 * middle + right, np.float32(-1e-3))
        rise = (left - right) * (left - right) / (np.float32(-8) * bend)
        levels.append(middle + np.minimum(rise, np.float32(6)))
    return levels[0] - levels[1]


def _pitch(semitones: Array, voiced: Mask, layout: Layout, frame_s: float) -> list[Array]:
    before, after = layout.neighbour(-1), layout.neighbour(1)
    mean, std = mean_std(semitones[None], layout, voiced, fewest=_FEWEST)
    low, middle, high = quantiles(semitones, layout, (0.1, 0.5, 0.9), voiced)
    line = slope(semitones, layout, voiced, _FEWEST) / np.float32(frame_s)
    inner = voiced[before] & voiced & voiced[after] & (after - before == 2)
    steps = np.abs(semitones[after] - semitones[before])[None] / np.float32(2 * frame_s)
    movement, _ = mean_std(steps, layout, inner)
    starts = voiced & (~voiced[before] | (layout.place == 0))
    n_voiced, n_runs = segment_sum(np.stack([voiced, starts]).astype(np.float32), layout)
    n_frames = layout.counts.astype(np.float32)
    seconds = np.float32(frame_s)
    length = n_voiced * seconds / np.where(n_runs > 0, n_runs, np.float32(np.nan))
    rate = n_runs / (n_frames * seconds)
    return [
        mean[0],
        std[0],
        low,
        middle,
        high,
        line,
        movement[0],
        n_voiced / n_frames,
        rate,
        length,
    ]


def _voice(
    power: Array, layout: Layout, framing: Framing, track: Track, energy: Array, active: Mask
) -> list[Array]:
    before, after = layout.neighbour(-1), layout.neighbour(1)
    inner = track.voiced[before] & track.voiced & track.voiced[after] & (after - before == 2)
    contours = np.stack([track.semitones, decibels(np.maximum(energy, _FLOOR))])
    middle = (contours[:, before] + contours[:, after]) * np.float32(0.5)
    jitter, shimmer = mean_std(np.abs(contours - middle), layout, inner)[0]
    periodicity = mean_std(track.periodicity[None], layout, active, fewest=_FEWEST)
    share = np.clip(track.strength, np.float32(1e-3), np.float32(0.9999))
    ratio = decibels(share / (1 - share))
    tilt = _harmonic_difference(power, layout, framing, track.hz)
    mean, std = mean_std(np.stack([ratio, tilt]), layout, track.voiced, fewest=_FEWEST)
    return [jitter, shimmer, periodicity[0][0], periodicity[1][0], mean[0], std[0], mean[1], std[1]]


def summarise(
    power: Array, layout: Layout, framing: Framing, track: Track, energy: Array, active: Mask
) -> Array:
    """The values of `COLUMNS`.

    Args:
        power: Power spectra, (n_rows, framing.n_bins).
        layout: Where the clips stand.
        framing: How they were cut.
        track: F0 of every frame.
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
        active: Frames that are loud enough to count, (n_frames,).

    Returns:
        (len(COLUMNS), n_clips); NaN where nothing is voiced.
    """
    frame_s = framing.hop / SAMPLE_RATE
    pitch = _pitch(track.semitones, track.voiced, layout, frame_s)
    return np.stack([*pitch, *_voice(power, layout, framing, track, energy, active)])
