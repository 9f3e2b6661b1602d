"""Engines, appliances, tools and brakes: steady or slowly gliding sounds of machines."""

import numpy as np

from vocalbaby.audio.acoustics.noise import coloured, wander
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    harmonic_tone,
    log_uniform,
    n_samples,
    noise_floor,
    time_axis,
)
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["appliance", "brakes", "clockwork", "engine", "tool"]


def engine(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A motor, rotor, saw or vacuum cleaner: noise and a buzz that pulse at a steady rate.

    Examples:
        >>> import numpy as np
        >>> engine(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = round(duration_s * SAMPLE_RATE)
    rate = np.exp(rng.uniform(np.log(8), np.log(200)))
    drift = 1 + 0.03 * wander(rng, n, 3, SAMPLE_RATE)
    cycle = np.cumsum(rate * drift) / SAMPLE_RATE
    pulse = np.exp(rng.uniform(1, 4) * (np.cos(2 * np.pi * cycle) - 1))
    noise = coloured(rng, n, rng.uniform(-9, -2)).astype(np.float64)
    buzz = harmonic_tone(
        rate * drift * rng.integers(1, 5), np.arange(1.0, 25.0) ** -rng.uniform(0.5, 1.5)
    )
    return noise * (pulse + rng.uniform(0, 0.5)) + rng.uniform(0, 0.8) * buzz


def appliance(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A vacuum cleaner, hair dryer, fan or pump: steady noise with the whine of a motor.

    Examples:
        >>> import numpy as np
        >>> appliance(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    noise = coloured(rng, n, rng.uniform(-7, 0)).astype(np.float64)
    noise += rng.uniform(0, 1) * band_noise(rng, n, rng.uniform(400, 4000), rng.uniform(0.2, 1))
    steady = 1 + 0.003 * wander(rng, n, 4, SAMPLE_RATE)
    levels = 10 ** (-rng.uniform(0, 25, 10) / 20)
    whine = harmonic_tone(log_uniform(rng, 90, 1800) * steady, levels)
    return noise + log_uniform(rng, 0.03, 2.0) * whine


def tool(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A drill, saw, mixer or toy car: a buzz whose pitch follows the load.

    Examples:
        >>> import numpy as np
        >>> tool(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    knots = rng.uniform(-0.5, 0.5, 4) * rng.uniform(0.1, 1.5)
    octaves = np.interp(t, np.linspace(0, duration_s, 4), knots)
    pitch = log_uniform(rng, 60, 900) * 2**octaves * (1 + 0.01 * wander(rng, n, 30, SAMPLE_RATE))
    levels = np.arange(1.0, 25) ** -rng.uniform(0.0, 1.0) * 10 ** (-rng.uniform(0, 12, 24) / 20)
    rattle = coloured(rng, n, rng.uniform(-4, 2)).astype(np.float64)
    return harmonic_tone(pitch, levels) + rng.uniform(0.1, 2) * rattle


def brakes(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Squealing brakes, tyres or hinges: one to three high tones without relation, with noise.

    Examples:
        >>> import numpy as np
        >>> brakes(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = rng.uniform(0.05, 0.8) * coloured(rng, n, -4.0).astype(np.float64)
    swell = np.exp(rng.uniform(0, 0.8) * wander(rng, n, rng.uniform(2, 15), SAMPLE_RATE))
    for _ in range(int(rng.integers(1, 4))):
        glide = 2 ** (rng.uniform(-0.4, 0.4) * t + 0.01 * wander(rng, n, 30, SAMPLE_RATE))
        tone = harmonic_tone(log_uniform(rng, 600, 5000) * glide, [1.0, rng.uniform(0, 0.5), 0.1])
        out += rng.uniform(0.2, 1.0) * swell * tone
    return out


def clockwork(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A clock, a keyboard, a ratchet or a printer: equal clicks at exact intervals.

    Examples:
        >>> import numpy as np
        >>> clockwork(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    period = round(log_uniform(rng, 0.02, 0.4) * SAMPLE_RATE)
    at = np.arange(int(rng.uniform(0, min(period, 0.8 * n))), n, period)
    clicks = np.zeros(n)
    clicks[at] = 1.0 if rng.random() < 0.5 else rng.uniform(0.5, 1.0, len(at))
    reach = np.arange(600) / SAMPLE_RATE
    ring = band_noise(rng, 600, rng.uniform(800, 6000), rng.uniform(0.2, 1.2))
    ring *= np.exp(-reach / log_uniform(rng, 0.001, 0.012))
    return np.convolve(clicks, ring)[:n] + noise_floor(rng, duration_s)
