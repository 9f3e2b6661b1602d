"""Background noises, and mixing them at a signal-to-noise ratio."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("synthesis"):
    from scipy import fft

__all__ = ["add_at_snr", "babble", "coloured", "hum", "rms", "wander"]


def rms(samples: NDArray[np.float32]) -> float:
    """Return the root mean square of the samples."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def coloured(rng: np.random.Generator, n: int, slope_db: float) -> NDArray[np.float32]:
    """Return Gaussian noise whose power falls by ``-slope_db`` dB per octave, of unit RMS.

    Args:
        rng: Source of the noise.
        n: Number of samples.
        slope_db: 0 for white, -3 for pink, -6 for brown noise; the slope holds above 40 Hz.
    """
    size = fft.next_fast_len(n, real=True)
    spectrum = fft.rfft(rng.standard_normal(size, dtype=np.float32))
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    spectrum *= np.maximum(frequencies, 40.0) ** np.float32(slope_db / 20 / np.log10(2))
    spectrum[0] = 0.0
    noise: NDArray[np.float32] = fft.irfft(spectrum, size)[:n]
    return noise / np.float32(max(rms(noise), 1e-12))


def wander(rng: np.random.Generator, n: int, rate: float, n_per_s: float) -> NDArray[np.float64]:
    """Return a slow random walk around 0: unit normal draws at ``rate`` Hz, joined by lines.

    Args:
        rng: Source of the draws.
        n: Number of values returned.
        rate: Draws per second.
        n_per_s: Values per second.
    """
    knots = rng.standard_normal(int(n / n_per_s * rate) + 3)
    return np.interp(np.arange(n) / n_per_s * rate + rng.uniform(), np.arange(len(knots)), knots)


def hum(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Mains hum or a fan: a tone and its harmonics, of unit RMS."""
    fundamental = float(rng.choice((50.0, 60.0, 100.0, 120.0, rng.uniform(80.0, 400.0))))
    t = np.arange(n, dtype=np.float32) / np.float32(SAMPLE_RATE)
    tone = np.zeros(n, dtype=np.float32)
    for k in range(1, 7):
        angle = np.float32(2 * np.pi * fundamental * k) * t + np.float32(rng.uniform(0, 6.28))
        tone += np.float32(rng.uniform(0.2, 1.0) / k) * np.sin(angle)
    return tone / np.float32(max(rms(tone), 1e-12))


def babble(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Distant people or household sounds: noise in speech bands, swelling at 2-8 Hz."""
    total = np.zeros(n, dtype=np.float32)
    spectrum = fft.rfft(rng.standard_normal(n, dtype=np.float32))
    frequencies = np.fft.rfftfreq(n, 1 / SAMPLE_RATE).astype(np.float32)
    for _ in range(2):
        centre, width = rng.uniform(300, 2500), rng.uniform(0.3, 0.9)
        octaves = np.log2(np.maximum(frequencies, 20.0) / np.float32(centre)) / np.float32(width)
        band: NDArray[np.float32] = fft.irfft(spectrum * np.exp(-(octaves**2)), n)
        swell = np.exp(0.9 * wander(rng, n, rng.uniform(2, 8), SAMPLE_RATE))
        total += band / np.float32(max(rms(band), 1e-12)) * swell.astype(np.float32)
    return total / np.float32(max(rms(total), 1e-12))


def add_at_snr(
    samples: NDArray[np.float32], noise: NDArray[np.float32], snr_db: float
) -> NDArray[np.float32]:
    """Add noise, scaled so that the ratio of signal to noise power is ``snr_db``.

    A silent signal is returned as it is, since no ratio is defined.
    """
    scale = rms(samples) / max(rms(noise), 1e-12) * 10 ** (-snr_db / 20)
    return samples + noise * np.float32(scale)
