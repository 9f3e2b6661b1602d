"""The mel scale, triangular filters and the cosine transform."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["dct_matrix", "hz_to_mel", "mel_filters", "mel_to_hz"]

Doubles = NDArray[np.float64]

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above.
_LINEAR_HZ = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(hz: Doubles) -> Doubles:
    """Hertz to Slaney mel."""
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ, above)


def mel_to_hz(mel: Doubles) -> Doubles:
    """Slaney mel to hertz."""
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ, above)


def mel_filters(n_mels: int, n_fft: int, low_hz: float, high_hz: float) -> tuple[Doubles, Doubles]:
    """Triangular filters with a peak of 1.

    Args:
        n_mels: Number of filters.
        n_fft: Length of the Fourier transform at 16 kHz.
        low_hz: Lower edge of the first filter.
        high_hz: Upper edge of the last filter.

    Returns:
        Filters (n_fft // 2 + 1, n_mels), and their edges and centres in hertz
        (n_mels + 2,).
    """
    edges = mel_to_hz(np.linspace(*hz_to_mel(np.array([low_hz, high_hz])), n_mels + 2))
    bins = np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)), edges


def dct_matrix(n: int, k: int) -> Doubles:
    """The first k columns of the orthonormal DCT-II of length n, (n, k)."""
    matrix = np.cos(np.pi * (np.arange(n)[:, None] + 0.5) * np.arange(k) / n) * np.sqrt(2 / n)
    matrix[:, 0] /= np.sqrt(2)
    return matrix
