"""Synthetic room impulse responses."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("synthesis"):
    from scipy import fft

__all__ = ["impulse_response", "reverberate"]


def impulse_response(
    rng: np.random.Generator, rt60_s: float, direct_to_reverberant_db: float
) -> NDArray[np.float32]:
    """Return the response of a room: direct sound, early reflections and a diffuse tail.

    The diffuse tail is Gaussian noise under an exponential envelope that falls by 60 dB
    in ``rt60_s`` (Polack's model; Moorer, "About this reverberation business", 1979).

    Args:
        rng: Source of reflections and tail.
        rt60_s: Reverberation time in seconds, positive.
        direct_to_reverberant_db: Energy of the first sample over that of all others.

    Returns:
        float32, shape (n_samples,); the first sample is 1.
    """
    n = max(2, round(0.8 * rt60_s * SAMPLE_RATE))
    t = np.arange(n, dtype=np.float32) / np.float32(SAMPLE_RATE)
    tail = rng.standard_normal(n, dtype=np.float32) * 10 ** (-3 / rt60_s * t)
    onset = int(rng.uniform(0.002, 0.012) * SAMPLE_RATE)
    tail[: min(onset, n - 1)] *= np.float32(0.1)
    early = rng.integers(1, min(n, int(0.03 * SAMPLE_RATE)), size=6)
    tail[early] += (
        rng.choice((-1.0, 1.0), 6) * rng.uniform(1.0, 4.0, 6) * 10 ** (-3 / rt60_s * t[early])
    )
    tail[0] = 0.0
    tail *= np.float32(10 ** (-direct_to_reverberant_db / 20) / np.linalg.norm(tail))
    tail[0] = 1.0
    return tail.astype(np.float32)


def reverberate(samples: NDArray[np.float32], response: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convolve samples with a room response, cut to the length of the samples."""
    size = fft.next_fast_len(len(samples) + len(response) - 1, real=True)
    spectrum = fft.rfft(samples, size) * fft.rfft(response, size)
    wet: NDArray[np.float32] = fft.irfft(spectrum, size)[: len(samples)]
    return wet
