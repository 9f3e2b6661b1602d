"""The mel scale, triangular filters and the cosine transform."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["dct_matrix", "hz_to_mel", "mel_filters", "mel_to_hz"]

Doubles = NDArray[np.float64]

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above.
_LINEAR_HZ = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(hz: Doubles) -> Doubles:
    """Convert hertz to Slaney mel."""
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ, above)


def mel_to_hz(mel: Doubles) -> Doubles:
    """Convert Slaney mel to hertz."""
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ, above)


def mel_filters(hz: Doubles, n_mels: int, low_hz: float, high_hz: float) -> tuple[Doubles, Doubles]:
    """Return triangular filters with a peak of 1.

    Args:
        hz: Frequency of each bin of the spectrum, (n_bins,).
        n_mels: Number of filters.
        low_hz: Lower edge of the first filter.
        high_hz: Upper edge of the last filter.

    Returns:
        Filters (n_bins, n_mels); and the lower edge of the first, the centre of each and
        the upper edge of the last in hertz, (n_mels + 2,).
    """
    low_mel, high_mel = hz_to_mel(np.array([low_hz, high_hz]))
    edges = mel_to_hz(np.linspace(low_mel, high_mel, n_mels + 2))
    bins = hz[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)), edges


def dct_matrix(n: int, k: int) -> Doubles:
    """Return the first k columns of the orthonormal DCT-II of length n, (n, k)."""
    matrix: Doubles = np.cos(np.pi * (np.arange(n)[:, None] + 0.5) * np.arange(k) / n) * np.sqrt(
        2 / n
    )
    matrix[:, 0] /= np.sqrt(2)
    return matrix
