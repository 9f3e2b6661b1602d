"""Fundamental frequency: autocorrelation candidates and the cheapest path through them.

After Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound": the autocorrelation of the windowed signal
is divided by that of the window, its peaks are candidates beside "unvoiced", and dynamic
programming over the frames of a clip weighs their strengths against jumps.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

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
_OCTAVE_COST: Final = 0.03
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
_BLOCK: Final = 128
_SHORTEST: Final = int(SAMPLE_RATE / F0_MAX)
_LONGEST: Final = int(SAMPLE_RATE / F0_MIN)


@dataclass(frozen=True, slots=True)
class Track:
    """F0 of every frame of a batch.

    Attributes:
        hz: F0 of the best voiced candidate on the path, (n_frames,); meaningless where
            not voiced.
        voiced: Whether the frame is voiced.
        strength: Normalised autocorrelation at the period, 0 to 1: the share of
            periodic power.
        periodicity: The strength of the frame's strongest candidate, voiced or not.
    """

    hz: Array
    voiced: NDArray[np.bool_]
    strength: Array
    periodicity: Array


@cache
def _weights(framing: Framing) -> tuple[Array, Array, Array]:
    """Band weights of the power spectrum, window correction and cost of each lag."""
    hz = np.fft.rfftfreq(framing.n_fft, 1 / SAMPLE_RATE)
    band = np.clip((_BAND_HZ + _FADE_HZ - hz) / _FADE_HZ, 0, 1) * np.clip(hz / _LOW_HZ, 0, 1)
    window = hann(framing.window).astype(np.float64)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * framing.n_fft)) ** 2)[: _LONGEST + 2]
    lags = np.arange(_LONGEST + 2)
    cost = _OCTAVE_COST * np.log2(np.maximum(lags, 1) / _SHORTEST)
    return band.astype(np.float32), (own[0] / own).astype(np.float32), cost.astype(np.float32)


def _peaks(power: Array, framing: Framing) -> tuple[Array, Array, Array]:
    """Candidate lags (samples), autocorrelations and strengths, (n, _CANDIDATES) each."""
    band, correction, cost = _weights(framing)
    n = len(power)
    weighted = np.multiply(power, band, out=scratch("weighted", power.shape).view(np.float32))
    acf = scratch("acf", (n, framing.n_fft)).view(np.float32)
    # complex input is what irfft takes: the imaginary part stays zero
    complex_power = scratch("complex_power", power.shape, np.complex64).view(np.complex64)
    complex_power[...] = weighted
    np.fft.irfft(complex_power, framing.n_fft, axis=1, out=acf)
    tiny = np.float32(1e-12)
    r = acf[:, : _LONGEST + 2] * correction / (acf[:, :1] + tiny)
    middle, left, right = r[:, _SHORTEST:-1], r[:, _SHORTEST - 1 : -2], r[:, _SHORTEST + 1 :]
    is_peak = (middle > left) & (middle >= right) & (middle > 0)
    score = np.where(is_peak, middle - cost[_SHORTEST:-1], np.float32(-1))
    row = np.arange(n)
    lags, heights, strengths = (np.empty((n, _CANDIDATES), np.float32) for _ in range(3))
    for k in range(_CANDIDATES):
        best = score.argmax(axis=1)
        found = score[row, best] > -1
        a, b, c = left[row, best], middle[row, best], right[row, best]
        bend = np.where(found, a - 2 * b + c, np.float32(-1))
        shift = np.where(found, np.float32(0.5) * (a - c) / bend, np.float32(0))
        heights[:, k] = np.where(found, np.minimum(b - np.float32(0.25) * (a - c) * shift, 1), 0)
        lags[:, k] = best.astype(np.float32) + _SHORTEST + shift
        penalty = cost[_SHORTEST:-1][best]
        strengths[:, k] = np.where(found, heights[:, k] - penalty, np.float32(-1))
        score[row, best] = -1
    return lags, heights, strengths


def _cheapest_path(octaves: Array, strengths: Array, layout: Layout) -> NDArray[np.intp]:
    """Viterbi over all clips at once; the last state is unvoiced. Returns (n_frames,)."""
    n_clips, longest = len(layout.counts), int(layout.counts.max())
    place = np.arange(longest)
    inside = place < layout.counts[:, None]
    index = np.where(inside, layout.starts[:, None] + place, 0)
    pitch, gain = octaves[index], strengths[index]
    states = gain.shape[-1]
    voiced = np.arange(states) < states - 1
    change = np.where(voiced[:, None] != voiced, np.float32(_VOICING_COST), np.float32(0))
    both = np.float32(_JUMP_COST) * (voiced[:, None] & voiced)
    back = np.empty((longest, n_clips, states), np.intp)
    total = gain[:, 0].copy()
    stay = np.arange(states)
    for t in range(1, longest):
        jump = np.abs(pitch[:, t, :, None] - pitch[:, t - 1, None, :])
        reach = total[:, None, :] - (jump * both + change)
        come = reach.argmax(axis=2)
        on = inside[:, t, None]
        back[t] = np.where(on, come, stay)
        best = np.take_along_axis(reach, come[..., None], 2)[..., 0]
        total = np.where(on, best + gain[:, t], total)
    path = np.empty((n_clips, longest), np.intp)
    path[:, -1] = total.argmax(axis=1)
    row = np.arange(n_clips)
    for t in range(longest - 1, 0, -1):
        path[:, t - 1] = back[t, row, path[:, t]]
    return path[inside]


def track(power: Array, layout: Layout, framing: Framing, energy: Array) -> Track:
    """Track F0 in every clip.

    Args:
        power: Power spectra, (n_rows, n_fft // 2 + 1).
        layout: Where the clips stand.
        framing: The cutting; the window must hold three periods of the lowest F0.
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
    """
    parts = []
    for begin in range(0, len(layout.rows), _BLOCK):
        parts.append(_peaks(power[layout.rows[begin : begin + _BLOCK]], framing))
    lags, heights, strengths = (np.concatenate(part) for part in zip(*parts, strict=True))
    loudness = np.sqrt(energy) * np.float32((1 + _VOICING_THRESHOLD) / _SILENCE)
    unvoiced = np.float32(_VOICING_THRESHOLD) + np.maximum(0, 2 - loudness)
    gain = np.concatenate([strengths, unvoiced[:, None]], axis=1)
    octaves = np.concatenate([np.log2(lags), np.zeros_like(unvoiced)[:, None]], axis=1)
    path = _cheapest_path(octaves, gain, layout)
    row = np.arange(len(path))
    voiced = path < _CANDIDATES
    chosen = np.where(voiced, path, 0)
    return Track(
        hz=np.float32(SAMPLE_RATE) / lags[row, chosen],
        voiced=voiced,
        strength=np.clip(heights[row, chosen], 0, 1),
        periodicity=np.clip(heights[:, 0], 0, 1),
    )
