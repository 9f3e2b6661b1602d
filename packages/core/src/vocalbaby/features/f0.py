"""Fundamental frequency: autocorrelation candidates and the cheapest path through them.

After Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound": the autocorrelation of the windowed signal
is divided by that of the window, its peaks are candidates beside "unvoiced", and dynamic
programming over the frames of a clip weighs their strengths against jumps.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.frames import Framing, Layout, hann, scratch

__all__ = ["F0_MAX", "F0_MIN", "Track", "track"]

Array = NDArray[np.float32]

F0_MIN: Final = 100.0
F0_MAX: Final = 2000.0
_CANDIDATES: Final = 5
#: Cost of a candidate per octave below F0_MAX: of a period and its multiples the
#: shortest wins.
_OCTAVE_COST: Final = 0.04
#: Cost of a jump per octave and 10 ms, and of a change between voiced and unvoiced.
_JUMP_COST: Final = 0.35
_VOICING_COST: Final = 0.14
_VOICING_THRESHOLD: Final = 0.45
#: Amplitude, relative to the clip's loudest frame, below which a frame tends to unvoiced.
_SILENCE: Final = 0.03
#: The autocorrelation hears the band below this; it fades out over the next kilohertz.
_BAND_HZ: Final = 3500.0
_FADE_HZ: Final = 1000.0
_LOW_HZ: Final = 80.0
_BLOCK: Final = 64
#: Strength of a candidate that is not there.
_NONE: Final = np.float32(-1)
_SHORTEST: Final = int(SAMPLE_RATE / F0_MAX)
_LONGEST: Final = int(SAMPLE_RATE / F0_MIN)


@dataclass(frozen=True, slots=True)
class Track:
    """F0 of every frame of a batch.

    Attributes:
        hz: F0 of the best voiced candidate on the path, (n_frames,); meaningless where
            not voiced.
        semitones: The same relative to 100 Hz.
        voiced: Whether the frame is voiced.
        strength: Normalised autocorrelation at the period, 0 to 1: the share of
            periodic power.
        periodicity: The strength of the frame's strongest candidate, voiced or not.
    """

    hz: Array
    semitones: Array
    voiced: NDArray[np.bool_]
    strength: Array
    periodicity: Array


@cache
def _weights(framing: Framing) -> tuple[Array, Array, Array]:
    """Band weights of the power spectrum, window correction and cost of each lag."""
    hz = framing.hz
    band = np.clip((_BAND_HZ + _FADE_HZ - hz) / _FADE_HZ, 0, 1) * np.clip(hz / _LOW_HZ, 0, 1)
    window = hann(framing.window).astype(np.float64)
    own = np.correlate(window, window, "full")[len(window) - 1 :]
    correction = (own[0] / own[_SHORTEST - 1 : _LONGEST + 2]).astype(np.float32)
    cost = _OCTAVE_COST * np.log2(np.arange(_SHORTEST, _LONGEST + 1) / _SHORTEST)
    return band.astype(np.float32), correction, cost.astype(np.float32)


def _peaks(power: Array, framing: Framing) -> tuple[Array, Array, Array]:
    """Candidate lags (samples), autocorrelations and strengths, (_CANDIDATES, n) each."""
    band, correction, cost = _weights(framing)
    weighted = np.multiply(power, band)
    acf: Any = scratch("acf", (len(power), framing.n_fft))  # numpy's stub wants float64
    np.fft.irfft(weighted, framing.n_fft, axis=1, out=acf)
    r = acf[:, _SHORTEST - 1 : _LONGEST + 2] * correction
    r /= acf[:, :1] + np.float32(1e-12)
    rises = r[:, 1:] > r[:, :-1]
    score = np.where(rises[:, :-1] > rises[:, 1:], r[:, 1:-1] - cost, _NONE)
    row = np.arange(len(power))
    best = np.empty((_CANDIDATES, len(power)), np.intp)
    strengths = np.empty((_CANDIDATES, len(power)), np.float32)
    for k in range(_CANDIDATES):
        score.argmax(axis=1, out=best[k])
        strengths[k] = score[row, best[k]]
        score[row, best[k]] = _NONE
    # A parabola through each peak and its neighbours; where there is no peak, any lag does.
    left, middle, right = (r[row, best + k] for k in range(3))
    found = strengths > _NONE
    shift = np.float32(0.5) * (left - right) / np.where(found, left - 2 * middle + right, _NONE)
    rise = np.where(found, np.float32(-0.25) * (left - right) * shift, 0)
    heights = np.clip(np.where(found, middle + rise, 0), 0, 1)
    lags = (best + np.where(found, shift, 0)).astype(np.float32) + np.float32(_SHORTEST)
    return lags, heights, strengths + rise


def _cheapest_path(octaves: Array, gains: Array, layout: Layout) -> NDArray[np.intp]:
    """The state of every frame, (n_frames,), by dynamic programming over all clips at once.

    Args:
        octaves: Pitch of each voiced state, (_CANDIDATES, n_frames).
        gains: What each state earns, (_CANDIDATES + 1, n_frames); the last is unvoiced.
        layout: Where the clips stand.
    """
    index, inside = layout.table()
    pitch = np.moveaxis(octaves[:, index], 0, 2)
    # Beyond its end a clip earns nothing and stays in its state, which changes nothing.
    gain = np.where(inside[..., None], np.moveaxis(gains[:, index], 0, 2), 0)
    n_states = len(gains)
    cost = np.full((*inside.shape, n_states, n_states), _VOICING_COST, np.float32)
    jump = np.abs(pitch[:, 1:, :, None] - pitch[:, :-1, None, :])
    cost[:, 1:, :-1, :-1] = np.float32(_JUMP_COST) * jump
    cost[:, :, -1, -1] = 0
    cost[~inside] = np.where(np.eye(n_states, dtype=np.bool_), 0, np.float32(1e9))
    came_from = np.empty((inside.shape[1], inside.shape[0], n_states), np.intp)
    total = gain[:, 0]
    for t in range(1, inside.shape[1]):
        reach = total[:, None, :] - cost[:, t]
        reach.argmax(axis=2, out=came_from[t])
        total = reach.max(axis=2) + gain[:, t]
    path = np.empty(inside.shape, np.intp)
    path[:, -1] = total.argmax(axis=1)
    clip = np.arange(len(path))
    for t in range(inside.shape[1] - 1, 0, -1):
        path[:, t - 1] = came_from[t, clip, path[:, t]]
    return path[inside]


def track(power: Array, layout: Layout, framing: Framing, energy: Array) -> Track:
    """Track F0 in every clip.

    Args:
        power: Power spectra, (n_rows, framing.n_bins), up to 4.5 kHz at least.
        layout: Where the clips stand.
        framing: The cutting; the window must hold three periods of the lowest F0.
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
    """
    blocks = range(0, len(layout.rows), _BLOCK)
    parts = [_peaks(power[layout.rows[begin : begin + _BLOCK]], framing) for begin in blocks]
    lags, heights, strengths = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    loudness = np.sqrt(energy) * np.float32((1 + _VOICING_THRESHOLD) / _SILENCE)
    unvoiced = np.float32(_VOICING_THRESHOLD) + np.maximum(0, 2 - loudness)
    path = _cheapest_path(np.log2(lags), np.concatenate([strengths, unvoiced[None]]), layout)
    voiced = path < _CANDIDATES
    chosen = np.where(voiced, path, 0), np.arange(len(path))
    hz = (SAMPLE_RATE / lags[chosen]).astype(np.float32)
    return Track(
        hz=hz,
        semitones=np.float32(12) * np.log2(hz / np.float32(100)),
        voiced=voiced,
        strength=heights[chosen],
        periodicity=heights[0],
    )
