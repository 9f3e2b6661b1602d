"""Squeaks, and the sounds of toys, cartoons and games."""

import numpy as np

from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    harmonic_tone,
    log_uniform,
    n_samples,
    noise_floor,
    partials,
    pulse_shape,
    time_axis,
)
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["boing", "bubbles", "creak", "game", "modulated", "squeak", "sweep"]


def squeak(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A rubber toy or a shoe: a whistle that jumps up and falls, with rushing air.

    Examples:
        >>> import numpy as np
        >>> squeak(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitch = log_uniform(rng, 500, 3200)
    levels = 10 ** (-rng.uniform(0, 24, 10) / 20) * np.arange(1.0, 11) ** -rng.uniform(0, 0.8)
    length = rng.uniform(0.05, 0.35)
    bend, fall = rng.uniform(-0.3, 0.9), rng.uniform(-0.8, 0.4)
    air = band_noise(rng, n, min(rng.uniform(1, 3) * pitch, 6500.0), 0.7)
    period = length * rng.uniform(1.1, 3.0)
    for number, start in enumerate(event_starts(rng, duration_s, period, regular=0.15)):
        x = np.clip((t - start) / length, 0, 1)
        # The toy sounds at another pitch while it fills with air again.
        base = pitch * (0.75 if number % 2 else 1.0)
        frequency = base * 2 ** (bend * np.sin(np.pi * x) ** 0.5 + fall * x)
        shape = pulse_shape(t - start, length, rng.uniform(0.004, 0.03), rng.uniform(0.01, 0.08))
        out += shape * (harmonic_tone(frequency, levels) + rng.uniform(0, 0.6) * air)
    return out


def creak(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A door or a chair: clicks of stick and slip at a drifting rate, through resonances.

    Examples:
        >>> import numpy as np
        >>> creak(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    knots = np.exp(rng.uniform(np.log(15), np.log(420), 5))
    rate = np.exp(np.interp(t, np.linspace(0, duration_s, 5), np.log(knots)))
    count = np.cumsum(rate * np.exp(rng.normal(0, 0.1))) / SAMPLE_RATE
    clicks = np.diff(np.floor(count), prepend=0.0) * rng.uniform(0.4, 1.0, n)
    reach = np.arange(800) / SAMPLE_RATE
    resonances = np.exp(rng.uniform(np.log(300), np.log(5000), int(rng.integers(3, 8))))
    ring = partials(
        rng,
        reach,
        resonances,
        rng.uniform(0.2, 1, len(resonances)),
        np.exp(rng.uniform(np.log(0.001), np.log(0.012), len(resonances))),
    )
    return np.convolve(clicks, ring)[:n] + noise_floor(rng, duration_s)


def sweep(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A laser, a falling bomb or a power-up: exponential sweeps over one to four octaves.

    Examples:
        >>> import numpy as np
        >>> sweep(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    length = log_uniform(rng, 0.06, 1.5)
    octaves = rng.uniform(1, 4) * rng.choice((-1, -1, 1))
    top = log_uniform(rng, 900, 5000)
    levels = _waveform(rng)
    for start in event_starts(rng, duration_s, length * rng.uniform(1.0, 1.6)):
        x = np.clip((t - start) / length, 0, 1)
        frequency = top * 2 ** (octaves * x ** rng.uniform(0.6, 1.2) - max(octaves, 0))
        out += harmonic_tone(frequency, levels) * pulse_shape(t - start, length, 0.003, 0.02)
    return out


def boing(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A spring or a jaw harp: a twang whose pitch wobbles less and less.

    Examples:
        >>> import numpy as np
        >>> boing(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitch, rate = log_uniform(rng, 80, 700), rng.uniform(6, 25)
    depth, decay = rng.uniform(0.1, 0.8), rng.uniform(0.1, 0.5)
    levels = np.arange(1.0, 16) ** -rng.uniform(0.2, 1.2)
    for start in event_starts(rng, duration_s, rng.uniform(0.3, 1.2)):
        after = np.maximum(t - start, 0)
        wobble = depth * np.exp(-after / decay) * np.sin(2 * np.pi * rate * after)
        shape = (t >= start) * np.minimum(after / 0.003, 1) * np.exp(-after / (1.5 * decay))
        out += shape * harmonic_tone(pitch * 2 ** (wobble + 0.3 * after), levels)
    return out


def game(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A game console: fast arpeggios of square, triangle or pulse waves, or noise.

    Examples:
        >>> import numpy as np
        >>> game(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    note = rng.uniform(0.025, 0.14)
    steps = rng.choice((0, 3, 4, 5, 7, 9, 12, 16, 19, 24), int(rng.integers(2, 7)))
    if rng.random() < 0.5:
        steps = np.sort(steps)[:: int(rng.choice((-1, 1)))]
    index = ((t + rng.uniform(0, 1)) / note).astype(int) % len(steps)
    frequency = log_uniform(rng, 180, 1100) * 2 ** (steps[index] / 12)
    out = harmonic_tone(frequency, _waveform(rng))
    gate = (t / note) % 1 < rng.uniform(0.5, 1.0)
    if rng.random() < 0.3:
        held = rng.standard_normal(len(t) // 16 + 1).repeat(16)[: len(t)]
        out += rng.uniform(0.2, 1) * held * ((t / (4 * note)) % 1 < 0.4)
    return np.where(gate, out, 0.0) + noise_floor(rng, duration_s)


def modulated(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A science-fiction effect: frequency or ring modulation, with inharmonic side bands.

    Examples:
        >>> import numpy as np
        >>> modulated(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    carrier = log_uniform(rng, 150, 2500) * 2 ** (rng.uniform(-1, 1) * t)
    ratio, index = log_uniform(rng, 0.02, 2.5), rng.uniform(0.5, 8)
    modulator = 2 * np.pi * np.cumsum(carrier * ratio) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(carrier) / SAMPLE_RATE
    width = np.minimum(index, (7_500 - carrier) / np.maximum(carrier * ratio, 1.0)).clip(0)
    out: FloatArray = np.sin(phase + width * np.exp(-t / rng.uniform(0.2, 2)) * np.sin(modulator))
    if rng.random() < 0.4:
        out *= np.sin(2 * np.pi * rng.uniform(2, 120) * t)
    length = rng.uniform(0.15, 2)
    shape = pulse_shape(t + rng.uniform(0, 0.1), length, 0.01, rng.uniform(0.02, 0.2))
    return shape * out + noise_floor(rng, duration_s)


def bubbles(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Bubbles, drops and pops: short sinusoids of rising pitch (Minnaert, 1933).

    Examples:
        >>> import numpy as np
        >>> bubbles(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    for start in event_starts(rng, duration_s, log_uniform(rng, 0.03, 0.4), regular=0.5):
        after = np.maximum(t - start, 0)
        decay = rng.uniform(0.006, 0.06)
        frequency = log_uniform(rng, 250, 2500) * (1 + rng.uniform(0, 0.5) * after / decay)
        drop = harmonic_tone(np.minimum(frequency, 7_000), [1.0])
        out += rng.uniform(0.2, 1) * (t >= start) * np.exp(-after / decay) * drop
    return out


def _waveform(rng: np.random.Generator) -> FloatArray:
    """Amplitudes of the harmonics of a sine, square, triangle, saw or pulse wave."""
    k = np.arange(1.0, 25)
    odd = k % 2
    duty = rng.uniform(0.08, 0.4)
    waves = (
        (k == 1).astype(float),
        odd / k,
        odd / k**2,
        1 / k,
        np.abs(np.sin(np.pi * k * duty)) / k,
    )
    return waves[int(rng.integers(len(waves)))]
