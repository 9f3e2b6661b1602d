"""Rooms, weather, knocks and rustling: noises of a home that have no pitch."""

import numpy as np

from vocalbaby.audio.acoustics.noise import babble, coloured, hum, wander
from vocalbaby.corpora.synthetic.junk.tones import FloatArray, n_samples
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["knocks", "quiet", "rustle", "weather"]


def quiet(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A quiet room: noise floor, sometimes with mains hum or distant voices.

    Examples:
        >>> import numpy as np
        >>> quiet(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    out = coloured(rng, n, rng.uniform(-10, -1)).astype(np.float64)
    if rng.random() < 0.4:
        out += rng.uniform(0.1, 1.0) * hum(rng, n)
    if rng.random() < 0.4:
        out += rng.uniform(0.1, 1.5) * babble(rng, n)
    return out


def weather(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Rain, wind, water or crackling: coloured noise of varying level, with drops.

    Examples:
        >>> import numpy as np
        >>> weather(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    out = coloured(rng, n, rng.uniform(-10, 2)).astype(np.float64)
    out += rng.uniform(0, 1) * band_noise(rng, n, rng.uniform(300, 6000), rng.uniform(0.3, 1.5))
    out *= np.exp(rng.uniform(0, 1.2) * wander(rng, n, rng.uniform(1, 12), SAMPLE_RATE))
    if rng.random() < 0.5:
        drops = rng.random(n) < rng.uniform(20, 400) / SAMPLE_RATE
        clicks = np.zeros(n)
        clicks[drops] = rng.exponential(rng.uniform(2, 15), int(drops.sum()))
        decay = np.exp(-np.arange(160) / rng.uniform(4, 40)) * rng.standard_normal(160)
        out += np.convolve(clicks, decay)[:n]
    return out


def knocks(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Clicks, taps or bangs: damped resonances, excited once or several times.

    Examples:
        >>> import numpy as np
        >>> knocks(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    out = 10 ** (-rng.uniform(25, 60) / 20) * coloured(rng, n, -3.0).astype(np.float64)
    resonances = np.exp(rng.uniform(np.log(80), np.log(4000), int(rng.integers(2, 7))))
    decay_s = np.exp(rng.uniform(np.log(0.002), np.log(0.08)))
    for _ in range(int(rng.integers(1, 5))):
        start = int(rng.uniform(0, 0.85) * n)
        t = np.arange(n - start) / SAMPLE_RATE
        ring = sum(
            rng.uniform(0.2, 1) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in resonances
        )
        strike = ring + rng.uniform(0, 2) * rng.standard_normal(n - start)
        out[start:] += rng.uniform(0.3, 1) * strike * np.exp(-t / decay_s)
    return out


def rustle(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Cloth or paper on the microphone: noise of rapidly varying level.

    Examples:
        >>> import numpy as np
        >>> rustle(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n = n_samples(duration_s)
    noise = band_noise(rng, n, rng.uniform(150, 5000), rng.uniform(0.6, 2.0))
    rate = rng.uniform(8, 60)
    return noise * np.exp(rng.uniform(0.8, 1.6) * wander(rng, n, rate, SAMPLE_RATE))
