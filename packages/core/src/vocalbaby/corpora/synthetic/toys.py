"""Tonal and mechanical sounds of the class Junk: toys, music, animals and engines."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.noise import coloured, wander
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["animal", "beeps", "engine"]

FloatArray = NDArray[np.float64]


def _tone(frequency: FloatArray, levels: FloatArray) -> FloatArray:
    """Harmonics of a gliding fundamental that stay below 7.8 kHz."""
    phase = 2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE
    out = np.zeros(len(frequency))
    for k, level in enumerate(levels, start=1):
        out += level * np.sin(k * phase) * (k * frequency < 7_800)
    return out


def beeps(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An electronic toy or music: notes of a scale, plucked or sustained."""
    n = round(duration_s * SAMPLE_RATE)
    out = 0.003 * rng.standard_normal(n)
    levels = rng.uniform(0.05, 1, int(rng.integers(1, 7)))
    root = np.exp(rng.uniform(np.log(200), np.log(2000)))
    note_s = rng.uniform(0.08, 0.5)
    decay_s = rng.uniform(0.05, 0.6)
    for start in np.arange(-rng.uniform(0, note_s), duration_s, note_s):
        t = np.arange(n) / SAMPLE_RATE - start
        pitch = root * 2 ** (rng.choice((0, 2, 4, 5, 7, 9, 12)) / 12)
        shape = np.where((t >= 0) & (t < 3 * note_s), np.exp(-np.maximum(t, 0) / decay_s), 0)
        attack = np.clip(t / 0.004, 0, 1)
        out += shape * attack * _tone(np.full(n, pitch), levels / np.arange(1, len(levels) + 1))
    return out


def animal(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A bird, dog, rooster or cat: harmonic calls with typical F0 contours."""
    n = round(duration_s * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    out = 0.01 * coloured(rng, n, -3.0).astype(np.float64)
    pitch, length_s, count = (
        (rng.uniform(1800, 5000), rng.uniform(0.03, 0.15), int(rng.integers(2, 7))),
        (rng.uniform(250, 900), rng.uniform(0.06, 0.2), int(rng.integers(1, 3))),
        (rng.uniform(450, 1100), rng.uniform(0.3, 0.9), 1),
    )[int(rng.integers(3))]
    levels = 10 ** (-rng.uniform(0, 12, 12) / 20) / np.arange(1, 13) ** rng.uniform(0, 1)
    sweep = rng.normal(0, 4)
    for start in rng.uniform(-0.1, 0.9, count) * duration_s:
        x = np.clip((t - start) / length_s, 0, 1)
        contour = pitch * 2 ** ((sweep * x + rng.uniform(0, 4) * np.sin(np.pi * x)) / 12)
        call = _tone(contour, levels)
        call += rng.uniform(0, 1) * band_noise(rng, n, min(2 * pitch, 6000.0), 0.8)
        out += call * np.sin(np.pi * x) ** rng.uniform(0.3, 1)
    return out


def engine(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A motor, rotor, saw or vacuum cleaner: noise and a buzz that pulse at a steady rate."""
    n = round(duration_s * SAMPLE_RATE)
    rate = np.exp(rng.uniform(np.log(8), np.log(200)))
    drift = 1 + 0.03 * wander(rng, n, 3, SAMPLE_RATE)
    cycle = np.cumsum(rate * drift) / SAMPLE_RATE
    pulse = np.exp(rng.uniform(1, 4) * (np.cos(2 * np.pi * cycle) - 1))
    noise = coloured(rng, n, rng.uniform(-9, -2)).astype(np.float64)
    buzz = _tone(rate * drift * rng.integers(1, 5), np.arange(1.0, 25.0) ** -rng.uniform(0.5, 1.5))
    return noise * (pulse + rng.uniform(0, 0.5)) + rng.uniform(0, 0.8) * buzz
