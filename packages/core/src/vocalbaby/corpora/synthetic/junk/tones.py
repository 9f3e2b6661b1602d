"""Tones, partials and events, from which the kinds of junk are made."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.noise import coloured
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = [
    "FloatArray",
    "Synthesizer",
    "event_starts",
    "harmonic_tone",
    "log_uniform",
    "n_samples",
    "noise_floor",
    "over_floor",
    "partials",
    "pulse_shape",
    "time_axis",
    "vibrato",
]

FloatArray = NDArray[np.float64]
Synthesizer = Callable[[np.random.Generator, float], FloatArray]

_TOP_HZ = 7_800.0


def n_samples(duration_s: float) -> int:
    """Number of samples of a duration at 16 kHz."""
    return round(duration_s * SAMPLE_RATE)


def time_axis(duration_s: float) -> FloatArray:
    """Seconds, shape (n_samples,)."""
    return np.arange(n_samples(duration_s)) / SAMPLE_RATE


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a value whose logarithm is uniformly distributed."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def noise_floor(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Noise 30 to 60 dB below unit RMS, so that no sound is digital silence."""
    level = 10 ** (-rng.uniform(30, 60) / 20)
    return level * coloured(rng, n_samples(duration_s), -3.0).astype(np.float64)


def over_floor(rng: np.random.Generator, sound: FloatArray, duration_s: float) -> FloatArray:
    """Scale a sound to unit RMS and add a noise floor, shape (n_samples,)."""
    scale = max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    return sound / scale + noise_floor(rng, duration_s)


def harmonic_tone(frequency: FloatArray, levels: Sequence[float] | FloatArray) -> FloatArray:
    """Sum the harmonics of a gliding fundamental that stay below 7.8 kHz.

    Args:
        frequency: Fundamental in Hz, shape (n_samples,).
        levels: Amplitudes of the harmonics, the fundamental first.

    >>> harmonic_tone(np.full(4, 4000.0), [1.0, 1.0]).round(3)
    array([ 1.,  0., -1., -0.])
    """
    rotation = np.exp(2j * np.pi * np.cumsum(frequency) / SAMPLE_RATE)
    low, high = float(frequency.min(initial=_TOP_HZ)), float(frequency.max(initial=0.0))
    turn, out = rotation.copy(), np.zeros(len(frequency))
    for k, level in enumerate(levels, start=1):
        if k * low >= _TOP_HZ:
            break
        fade = 1.0 if k * high < _TOP_HZ - 100 else np.clip((_TOP_HZ - k * frequency) / 100, 0, 1)
        out += level * fade * turn.imag
        turn *= rotation
    return out


def partials(
    rng: np.random.Generator,
    time: FloatArray,
    frequencies: FloatArray,
    amplitudes: FloatArray,
    decays_s: FloatArray,
) -> FloatArray:
    """Sum decaying sinusoids that start at time 0 with random phases, shape (n_samples,)."""
    out = np.zeros(len(time))
    now = np.flatnonzero(time >= 0)
    after = time[now]
    for frequency, amplitude, decay_s in zip(frequencies, amplitudes, decays_s, strict=True):
        angle = 2 * np.pi * frequency * after + rng.uniform(0, 2 * np.pi)
        if frequency < _TOP_HZ:
            out[now] += amplitude * np.sin(angle) * np.exp(-after / decay_s)
    return out


def pulse_shape(time: FloatArray, length_s: float, attack_s: float, release_s: float) -> FloatArray:
    """Trapezoid from 0 to ``length_s`` with the given edges, shape (n_samples,)."""
    rise = np.clip(time / max(attack_s, 1e-3), 0, 1)
    fall = np.clip((length_s - time) / max(release_s, 1e-3), 0, 1)
    shape: FloatArray = np.minimum(rise, fall)
    return shape


def vibrato(
    rng: np.random.Generator, time: FloatArray, rate_hz: float, semitones: float
) -> FloatArray:
    """Periodic factor on a frequency, shape (n_samples,)."""
    factor: FloatArray = 2 ** (
        semitones / 12 * np.sin(2 * np.pi * rate_hz * time + rng.uniform(0, 6.28))
    )
    return factor


def event_starts(
    rng: np.random.Generator, duration_s: float, period_s: float, *, regular: float = 0.0
) -> list[float]:
    """Onsets of repeated events; at least one lies in the first three fifths of the clip.

    Args:
        rng: Random generator.
        duration_s: Duration of the clip in seconds.
        period_s: Mean interval in seconds.
        regular: Relative deviation of the intervals; 0 is a clockwork.
    """
    at = float(rng.uniform(0, min(period_s, 0.6 * duration_s))) - period_s
    starts = []
    while at < duration_s:
        starts.append(at)
        at += period_s * max(1 + regular * float(rng.standard_normal()), 0.3)
    if not any(0 <= start <= 0.6 * duration_s for start in starts):
        starts.append(float(rng.uniform(0, 0.6 * duration_s)))
    return sorted(starts)
