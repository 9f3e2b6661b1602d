"""Birds, insects and frogs: pure or rough notes without the formants of a vocal tract."""

import numpy as np

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    harmonic_tone,
    log_uniform,
    n_samples,
    noise_floor,
    pulse_shape,
    time_axis,
    vibrato,
)
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["bird", "frog", "gull", "hoot", "insect"]


def bird(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A song bird: notes of 1.5 to 7 kHz, whistled, trilled or buzzing, that repeat exactly.

    Examples:
        >>> import numpy as np
        >>> bird(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitch = log_uniform(rng, 1500, 6500)
    length = log_uniform(rng, 0.015, 0.3)
    period = length * rng.uniform(1.1, 3.5)
    octaves, arch = rng.normal(0, 0.5), rng.normal(0, 0.4)
    trill, depth = rng.uniform(15, 90), rng.choice((0.0, rng.uniform(0.3, 2.5)))
    second = rng.uniform(0.0, 0.4)
    harsh = rng.choice((0.0, rng.uniform(0.2, 2.0)), p=(0.75, 0.25))
    air = band_noise(rng, n, min(pitch, 6000.0), 0.4)
    for start in event_starts(rng, duration_s, period, regular=float(rng.choice((0.0, 0.3)))):
        x = np.clip((t - start) / length, 0, 1)
        frequency = pitch * 2 ** (octaves * (x - 0.5) + arch * np.sin(np.pi * x))
        frequency *= vibrato(rng, t, trill, depth)
        note = harmonic_tone(np.clip(frequency, 500, 7_700), [1.0, second])
        shape = np.sin(np.pi * x) ** rng.uniform(0.3, 1.0)
        out += rng.uniform(0.7, 1.0) * shape * (note + harsh * air)
    return out


def gull(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A gull, crow, goose, swan or parrot: loud calls of 0.2 to 1.8 kHz, rich in harmonics.

    Examples:
        >>> import numpy as np
        >>> gull(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitch = log_uniform(rng, 200, 1800)
    length = log_uniform(rng, 0.12, 0.7)
    period = length * rng.uniform(1.1, 2.0)
    rise, fall = rng.uniform(0, 0.6), rng.uniform(0, 0.9) * (rng.random() < 0.7)
    # One broad resonance of the trachea instead of the regular formants of a mouth.
    k = np.arange(1.0, 32)
    peak, width = rng.uniform(900, 4500), rng.uniform(0.4, 1.2)
    levels = np.exp(-((np.log2(k * pitch / peak) / width) ** 2)) + 0.1 / k
    harsh = rng.uniform(0, 1.2) * (rng.random() < 0.5)
    rate = rng.uniform(30, 110) * (1 + 0.2 * wander(rng, n, 20, SAMPLE_RATE))
    rasp = 1 + rng.uniform(0, 1) * np.sin(2 * np.pi * np.cumsum(rate) / SAMPLE_RATE)
    air = band_noise(rng, n, min(peak, 6000.0), width)
    for start in event_starts(rng, duration_s, period, regular=0.05):
        x = np.clip((t - start) / length, 0, 1)
        frequency = pitch * 2 ** (rise * np.minimum(x / 0.25, 1) - fall * x)
        shape = pulse_shape(t - start, length, 0.02, 0.3 * length)
        out += shape * rasp * (harmonic_tone(frequency, levels) + harsh * air)
    return out


def hoot(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An owl, a dove or a cuckoo: soft, nearly pure notes of 250 to 900 Hz.

    Examples:
        >>> import numpy as np
        >>> hoot(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitch = log_uniform(rng, 250, 900)
    length = rng.uniform(0.12, 0.6)
    steps = rng.choice((0, 0, -2, -4, -5, 2), 4)
    levels = [1.0, rng.uniform(0, 0.15), rng.uniform(0, 0.06)]
    roll = rng.uniform(0, 0.9) * (rng.random() < 0.3)
    rate = rng.uniform(12, 30)
    starts = event_starts(rng, duration_s, length * rng.uniform(1.1, 2.5))
    for number, start in enumerate(starts):
        x = np.clip((t - start) / length, 0, 1)
        frequency = pitch * 2 ** (steps[number % 4] / 12 + 0.08 * np.sin(np.pi * x))
        shape = np.sin(np.pi * x) ** 0.6 * (1 + roll * np.sin(2 * np.pi * rate * t))
        out += shape * harmonic_tone(frequency, levels)
    return out


def insect(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A cricket, a cicada, a fly or a mosquito.

    Examples:
        >>> import numpy as np
        >>> insect(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    drift = 1 + 0.04 * wander(rng, n, rng.uniform(1, 8), SAMPLE_RATE)
    if rng.random() < 0.5:  # wings
        levels = np.arange(1.0, 16) ** -rng.uniform(0.3, 1.2)
        buzz = harmonic_tone(log_uniform(rng, 120, 700) * drift, levels)
        near = np.exp(rng.uniform(0, 1) * wander(rng, n, 3, SAMPLE_RATE))
        return buzz * near + noise_floor(rng, duration_s)
    rate = log_uniform(rng, 15, 180)
    pulses = np.maximum(np.sin(2 * np.pi * np.cumsum(rate * drift) / SAMPLE_RATE), 0)
    groups = ((t + rng.uniform(0, 1)) * rng.uniform(1, 6)) % 1 < rng.uniform(0.4, 1.2)
    pitch = log_uniform(rng, 2300, 7000)
    tone = harmonic_tone(pitch * drift**0.2, [1.0])
    air = band_noise(rng, n, min(pitch, 6500.0), rng.uniform(0.1, 0.5))
    return (tone + rng.uniform(0, 2) * air) * pulses * (0.03 + groups) + noise_floor(
        rng, duration_s
    )


def frog(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A frog or a toad: trains of pulses that ring at 0.4 to 3.5 kHz.

    Examples:
        >>> import numpy as np
        >>> frog(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    rate = log_uniform(rng, 18, 140)
    pitch, slide = log_uniform(rng, 400, 3500), rng.uniform(-0.3, 0.6)
    length = rng.uniform(0.06, 0.7)
    levels = [1.0, rng.uniform(0, 0.7), rng.uniform(0, 0.3)]
    for start in event_starts(rng, duration_s, length * rng.uniform(1.2, 3)):
        x = np.clip((t - start) / length, 0, 1)
        train = np.exp(-rng.uniform(2, 8) * ((rate * (t - start)) % 1))
        tone = harmonic_tone(pitch * 2 ** (slide * x), levels)
        tone += rng.uniform(0, 0.4) * rng.standard_normal(n)
        out += np.sin(np.pi * x) ** 0.5 * train * tone
    return out
