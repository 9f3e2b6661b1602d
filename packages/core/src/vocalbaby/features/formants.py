"""Formant-like peaks: selective linear prediction below 5.5 kHz.

Makhoul (1975), "Spectral linear prediction: properties and applications": the all-pole
model is fitted to the autocorrelation of one band of the power spectrum, so that what a
channel does above the band does not matter.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["N_FORMANTS", "ORDER", "formants", "lag_matrix"]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]

ORDER: Final = 8
N_FORMANTS: Final = 3
_TOP_HZ: Final = 5500.0
_GRID: Final = 256
#: Added to the zero lag, as a share of it: keeps the model of a pure tone stable.
_FLOOR: Final = 1e-4


def lag_matrix(n_fft: int) -> Doubles:
    """Power spectrum to autocorrelation of the band with 6 dB per octave of emphasis.

    Returns:
        (n_fft // 2 + 1, ORDER + 1)
    """
    hz = np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE)
    angle = np.pi * hz[:, None] / _TOP_HZ * np.arange(ORDER + 1)
    emphasis = np.where(hz < _TOP_HZ, (hz / 1000) ** 2, 0)
    return np.cos(angle) * emphasis[:, None]


def _predictor(lags: Doubles) -> Doubles:
    """Levinson-Durbin for all frames: (ORDER + 1, n) -> inverse filter (ORDER + 1, n)."""
    error = lags[0] * (1 + _FLOOR) + 1e-12
    filt = np.zeros_like(lags)
    filt[0] = 1
    for k in range(1, ORDER + 1):
        total = lags[k].copy()
        for j in range(1, k):
            total += filt[j] * lags[k - j]
        reflection = -total / error
        filt[1:k] += reflection * filt[k - 1 : 0 : -1].copy()
        filt[k] = reflection
        error *= 1 - reflection * reflection
    return filt


def formants(lags: Array) -> Array:
    """The lowest peaks of the all-pole envelope.

    Args:
        lags: Autocorrelation of each frame, (n_frames, ORDER + 1), from `lag_matrix`.

    Returns:
        Frequencies in kilohertz, float32 (N_FORMANTS, n_frames); NaN where the envelope
        has fewer peaks.
    """
    filt = _predictor(np.ascontiguousarray(lags.T, np.float64))
    response = np.fft.rfft(np.ascontiguousarray(filt.T), _GRID, axis=1)
    valley = np.log(response.real**2 + response.imag**2 + 1e-12)
    a, b, c = valley[:, :-2], valley[:, 1:-1], valley[:, 2:]
    is_peak = (b < a) & (b <= c)
    rank = np.cumsum(is_peak, axis=1)
    row = np.arange(len(valley))
    result = np.full((N_FORMANTS, len(valley)), np.nan, np.float32)
    for k in range(N_FORMANTS):
        at = (is_peak & (rank == k + 1)).argmax(axis=1)
        found = rank[:, -1] > k
        left, middle, right = a[row, at], b[row, at], c[row, at]
        bend = np.where(found, left - 2 * middle + right, 1)
        place = at + 1 + 0.5 * (left - right) / bend
        result[k, found] = (place * (2 * _TOP_HZ / 1000 / _GRID))[found]
    return result
