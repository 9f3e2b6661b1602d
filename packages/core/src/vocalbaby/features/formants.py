"""Formant-like peaks: selective linear prediction below 5.5 kHz.

Makhoul (1975), "Spectral linear prediction: properties and applications": the all-pole
model is fitted to the autocorrelation of one band of the power spectrum, so that what a
channel does above the band does not matter.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import sum_rows

__all__ = ["N_FORMANTS", "ORDER", "formants", "lag_matrix"]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]

ORDER: Final = 10
N_FORMANTS: Final = 3
_TOP_HZ: Final = 5500.0
_GRID: Final = 128
#: Added to the zero lag, as a share of it: keeps the model of a pure tone stable.
_FLOOR: Final = 1e-4


def lag_matrix(hz: Doubles) -> Doubles:
    """Power spectrum to autocorrelation of the band with 6 dB per octave of emphasis.

    Args:
        hz: Frequency of each bin of the spectrum, (n_bins,).

    Returns:
        (n_bins, ORDER + 1)
    """
    angle = np.pi * hz[:, None] / _TOP_HZ * np.arange(ORDER + 1)
    emphasis = np.where(hz < _TOP_HZ, (hz / 1000) ** 2, 0)
    return np.cos(angle) * emphasis[:, None]


def _inverse_filter(lags: Array) -> Array:
    """Levinson-Durbin for all frames at once: (ORDER + 1, n) -> (ORDER + 1, n)."""
    error = lags[0] * np.float32(1 + _FLOOR) + np.float32(1e-12)
    filt = np.zeros_like(lags)
    filt[0] = 1
    for k in range(1, ORDER + 1):
        total = sum_rows(filt[:k] * lags[k:0:-1])
        reflection = -total / error
        filt[1:k] += reflection * filt[k - 1 : 0 : -1].copy()
        filt[k] = reflection
        error *= 1 - reflection * reflection
    return filt


def formants(lags: Array) -> Array:
    """The lowest peaks of the all-pole envelope.

    Args:
        lags: Autocorrelation of each frame by `lag_matrix`, (ORDER + 1, n_frames).

    Returns:
        Frequencies in kilohertz, float32 (N_FORMANTS, n_frames); NaN where the envelope
        has fewer peaks.
    """
    filt = np.ascontiguousarray(_inverse_filter(lags).T)
    response = np.fft.rfft(filt, _GRID, axis=1).view(np.float32)
    response *= response
    valley = response[:, ::2] + response[:, 1::2]
    a, b, c = valley[:, :-2], valley[:, 1:-1], valley[:, 2:]
    frame, place = np.nonzero((b < a) & (b <= c))
    left, middle, right = (np.log(x[frame, place] + np.float32(1e-12)) for x in (a, b, c))
    shift = np.float32(0.5) * (left - right) / (left - 2 * middle + right)
    peak = (place + 1 + shift) * np.float32(2 * _TOP_HZ / 1000 / _GRID)
    rank = np.arange(len(frame)) - np.searchsorted(frame, frame)
    lowest = rank < N_FORMANTS
    result = np.full((N_FORMANTS, len(filt)), np.nan, np.float32)
    result[rank[lowest], frame[lowest]] = peak[lowest]
    return result
