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
from vocalbaby.features.frames import Framing, Layout, hann
from vocalbaby.features.spectral_prosodic.spectrum import TINY, autocorrelation

__all__ = [
    "CANDIDATES",
    "F0_MAX",
    "F0_MIN",
    "Candidates",
    "Track",
    "candidates",
    "track",
    "weights",
]

Array = NDArray[np.float32]

F0_MIN: Final = 100.0
F0_MAX: Final = 2000.0
#: Voiced states of a frame.
CANDIDATES: Final = 5
#: Cost of a candidate per octave below F0_MAX: of a period and its multiples the
#: shortest wins.
_OCTAVE_COST: Final = 0.04
#: Cost of a jump per octave and 10 ms, and of a change between voiced and unvoiced.
_JUMP_COST: Final = 0.35
_VOICING_COST: Final = 0.14
_VOICING_THRESHOLD: Final = 0.45
#: Amplitude, relative to the clip's loudest frame, below which a frame tends to unvoiced.
_SILENCE: Final = 0.03
#: The autocorrelation uses the band below this; weights fade over the next kilohertz.
_BAND_HZ: Final = 3500.0
_FADE_HZ: Final = 1000.0
_LOW_HZ: Final = 80.0
#: Strength of a missing candidate, and what is subtracted where there is no peak.
_NONE: Final = np.float32(-1)
_OFF: Final = np.float32(8)
_ZERO: Final = np.float32(0)
#: A lag and its two neighbours.
_AROUND: Final = np.arange(-1, 2)[:, None, None]
_SHORTEST: Final = int(SAMPLE_RATE / F0_MAX)
_LONGEST: Final = int(SAMPLE_RATE / F0_MIN)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of every frame, the strongest first, each (CANDIDATES, n_frames).

    Attributes:
        lags: Periods in samples.
        octaves: The same on an octave scale.
        heights: Normalised autocorrelation at the period, 0 to 1: the share of periodic power.
        strengths: Scores, which favour short periods.
    """

    lags: Array
    octaves: Array
    heights: Array
    strengths: Array


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
def weights(framing: Framing) -> tuple[Array, Array, Array]:
    """Return band weights of the power spectrum, window correction and cost of each lag."""
    hz = framing.hz
    band = np.clip((_BAND_HZ + _FADE_HZ - hz) / _FADE_HZ, 0, 1) * np.clip(hz / _LOW_HZ, 0, 1)
    window = hann(framing.window).astype(np.float64)
    own = np.correlate(window, window, "full")[len(window) - 1 :]
    correction = (own[0] / own[_SHORTEST - 1 : _LONGEST + 2]).astype(np.float32)
    cost = _OCTAVE_COST * np.log2(np.arange(_SHORTEST, _LONGEST + 1) / _SHORTEST)
    cost = np.pad(cost, 1, constant_values=2 * _OFF)
    band = band[: np.flatnonzero(band)[-1] + 1]
    return band.astype(np.float32), correction, cost.astype(np.float32)


def _scores(power: Array, framing: Framing) -> tuple[Array, Array]:
    """Return the normalised autocorrelation, and its scores as candidates, each (n_frames, n_lags).

    The first and the last lag serve as neighbours only; they cannot be candidates.
    """
    band, correction, cost = weights(framing)
    weighted = power[: len(band)] * band[:, None]
    lags, norm = autocorrelation(weighted, range(_SHORTEST - 1, _LONGEST + 2))
    lags *= correction[:, None]
    lags /= norm + TINY
    acf = np.ascontiguousarray(lags.T)
    # Selection by arithmetic, ends of rows included: np.where is slow with random masks.
    score = acf - cost
    flat = acf.reshape(-1)
    rises = flat[1:] > flat[:-1]
    off = (rises[:-1] <= rises[1:]).astype(np.float32)
    off *= _OFF
    score.reshape(-1)[1:-1] -= off
    return acf, score


def _peaks(acf: Array, score: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """Return the best peaks of the autocorrelation; overwrites `score`.

    Returns:
        Lags from _SHORTEST, (CANDIDATES, n); scores, the same; the autocorrelation there
        and one lag before and after, (3, CANDIDATES, n).
    """
    n, n_lags = score.shape
    best = np.empty((CANDIDATES, n), np.intp)
    scores = np.empty((CANDIDATES, n), np.float32)
    flat, begin = score.reshape(-1), np.arange(0, score.size, n_lags)
    at = np.empty_like(best)
    for k in range(CANDIDATES):
        score.argmax(axis=1, out=best[k])
        np.add(best[k], begin, out=at[k])
        flat.take(at[k], out=scores[k], mode="clip")
        flat[at[k]] = -_OFF
    # Every row has an inner lag that exceeds its ends, so a neighbour always exists.
    return best - 1, scores, acf.take(at + _AROUND, mode="clip")


def _refined(best: NDArray[np.intp], scores: Array, around: Array) -> tuple[Array, Array, Array]:
    """Return lags (samples), autocorrelations and strengths by a parabola, (CANDIDATES, n) each."""
    left, middle, right = around
    found = scores > _NONE
    # Where there is no peak, the lag does not matter.
    shift = np.float32(0.5) * (left - right) / np.where(found, left - 2 * middle + right, _NONE)
    rise = np.where(found, np.float32(-0.25) * (left - right) * shift, _ZERO)
    heights = np.where(found, np.minimum(np.maximum(middle + rise, 0), 1), _ZERO)
    lags = (best + np.where(found, shift, _ZERO)).astype(np.float32) + np.float32(_SHORTEST)
    return lags, heights, np.where(found, scores, _NONE) + rise


def _cheapest_path(octaves: Array, gains: Array, layout: Layout) -> NDArray[np.intp]:
    """Return the state of every frame, (n_frames,), by dynamic programming over all clips at once.

    Args:
        octaves: Pitch of each voiced state, (CANDIDATES, n_frames).
        gains: Score of each state, (CANDIDATES + 1, n_frames); the last is unvoiced.
        layout: Positions of the clips.
    """
    # Beyond the end of a clip its first frame is repeated; those values are not used.
    index = layout.table[0].T
    pitch = octaves[:, index].transpose(1, 0, 2)
    gain = np.ascontiguousarray(gains[:, index].transpose(1, 0, 2))
    n_times, n_states, n_clips = gain.shape
    # To a state (axis 1) from a state (axis 2), by time and clip.
    reach = np.full((n_times - 1, n_states, n_states, n_clips), _VOICING_COST, np.float32)
    jump = pitch[1:, :, None] - pitch[:-1, None]
    np.abs(jump, out=jump)
    np.multiply(jump, np.float32(_JUMP_COST), out=reach[:, :-1, :-1])
    reach[:, -1, -1] = 0
    totals = gain.copy()
    best = np.empty((n_times - 1, n_states, n_clips), np.float32)
    # Two axes at a time where that is enough: a third costs as much as a numpy call.
    flat = reach.reshape(n_times - 1, n_states, n_states * n_clips)
    before = totals.reshape(n_times, n_states * n_clips)
    for row, earlier, step, largest, total, earned in zip(
        flat, before[:-1], reach, best, totals[1:], gain[1:], strict=True
    ):
        np.subtract(earlier, row, out=row)
        np.maximum.reduce(step, axis=1, out=largest)
        np.add(largest, earned, out=total)
    # The first state that reaches the largest: numpy's argmax takes four times as long.
    hits = (reach == best[:, :, None]).view(np.uint8)
    hits *= np.arange(n_states, 0, -1, dtype=np.uint8)[:, None]
    came_from = (n_states - np.maximum.reduce(hits, axis=2)).tobytes()
    final = totals[layout.counts - 1, :, np.arange(n_clips)].argmax(axis=1)
    path = bytearray(len(layout.place))
    ends = zip(final.tolist(), layout.starts.tolist(), layout.counts.tolist(), strict=True)
    for clip, (last, start, count) in enumerate(ends):
        state = path[start + count - 1] = last
        at = (count - 2) * n_states * n_clips + clip
        for frame in range(start + count - 2, start - 1, -1):
            state = path[frame] = came_from[at + state * n_clips]
            at -= n_states * n_clips
    return np.frombuffer(path, np.uint8).astype(np.intp)


def candidates(power: Array, framing: Framing) -> Candidates:
    """Return the candidates of every frame.

    Args:
        power: Power spectra, (framing.n_bins, n_frames), up to 4.5 kHz at least.
        framing: How signals were divided into frames; the window must hold three periods of the
            lowest F0.
    """
    lags, heights, strengths = _refined(*_peaks(*_scores(power, framing)))
    return Candidates(lags, np.log2(lags), heights, strengths)


def track(found: Candidates, layout: Layout, energy: Array) -> Track:
    """Track F0 in every clip.

    Args:
        found: Candidates of every frame.
        layout: Positions of the clips.
        energy: Power of every frame relative to the clip's loudest, (n_frames,).
    """
    loudness = np.sqrt(energy) * np.float32((1 + _VOICING_THRESHOLD) / _SILENCE)
    unvoiced = np.float32(_VOICING_THRESHOLD) + np.maximum(0, 2 - loudness)
    gains = np.concatenate([found.strengths, unvoiced[None]])
    path = _cheapest_path(found.octaves, gains, layout)
    voiced = path < CANDIDATES
    chosen = np.where(voiced, path, 0) * len(path) + np.arange(len(path))
    hz = np.float32(SAMPLE_RATE) / found.lags.take(chosen)
    return Track(
        hz=hz,
        semitones=np.float32(12) * np.log2(hz / np.float32(100)),
        voiced=voiced,
        strength=found.heights.take(chosen),
        periodicity=found.heights[0],
    )
