"""Formant-like peaks: selective linear prediction below 5.5 kHz.

Makhoul (1975), "Spectral linear prediction: properties and applications": the all-pole
model is fitted to the autocorrelation of one band of the power spectrum, so the channel
above the band has no influence.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import sum_rows
from vocalbaby.features.spectral_prosodic.spectrum import TINY

__all__ = ["GRID", "N_FORMANTS", "ORDER", "formants", "grid", "lag_matrix"]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]

ORDER: Final = 10
N_FORMANTS: Final = 3
_TOP_HZ: Final = 5500.0
GRID: Final = 128
#: Added to the zero lag, as a share of it: keeps the model of a pure tone stable.
_FLOOR: Final = 1e-4
_ONE: Final = np.float32(1)
#: A position and its two neighbours.
_AROUND: Final = np.arange(3)[:, None, None]


def lag_matrix(hz: Doubles) -> Doubles:
    """Return the matrix from power spectrum to the band's autocorrelation (6 dB per octave).

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
    error = lags[0] * np.float32(1 + _FLOOR) + TINY
    filt = np.zeros_like(lags)
    filt[0] = 1
    products = np.empty_like(lags)
    for k in range(1, ORDER + 1):
        part = products[:k]
        np.multiply(filt[:k], lags[k:0:-1], out=part)
        reflection = sum_rows(part) / error
        np.multiply(filt[k - 1 :: -1], reflection, out=part)
        filt[1 : k + 1] -= part
        np.multiply(reflection, reflection, out=reflection)
        error *= np.subtract(_ONE, reflection, out=reflection)
    return filt


@cache
def grid() -> Array:
    """Cosines and sines of the angles from 0 to pi / 2, (GRID // 4 + 1, 2, ORDER + 1)."""
    angle = 2 * np.pi / GRID * np.multiply.outer(np.arange(GRID // 4 + 1), np.arange(ORDER + 1))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _response(filt: Array) -> Array:
    """Power response of filters on a grid from 0 to pi: (ORDER + 1, n) -> (GRID // 2 + 1, n)."""
    waves = grid().swapaxes(0, 2)[..., None]  # (ORDER + 1, 2, GRID // 4 + 1, 1)
    even, odd = (sum_rows(filt[k::2, None, None] * waves[k::2]) for k in (0, 1))
    response = np.empty((GRID // 2 + 1, filt.shape[1]), np.float32)
    # At pi minus the angle, the odd terms change their sign.
    for rows, (re, im) in ((response[::-1], even - odd), (response, even + odd)):
        np.add(re * re, im * im, out=rows[: GRID // 4 + 1])
    return response


def formants(lags: Array) -> Array:
    """Return the lowest peaks of the all-pole envelope.

    Args:
        lags: Autocorrelation of each frame by `lag_matrix`, (ORDER + 1, n_frames).

    Returns:
        Frequencies in kilohertz, float32 (N_FORMANTS, n_frames); NaN where the envelope
        has fewer peaks.
    """
    n = lags.shape[1]
    valley = np.ascontiguousarray(_response(_inverse_filter(lags)).T)
    falls = valley[:, 1:] < valley[:, :-1]
    # True where it falls before and does not fall after.
    dips = falls[:, :-1] > falls[:, 1:]
    place = np.empty((N_FORMANTS, n), np.intp)
    found = np.empty((N_FORMANTS, n), np.bool_)
    row = np.arange(n)
    for k in range(N_FORMANTS):
        dips.argmax(axis=1, out=place[k])
        at = place[k] + row * dips.shape[1]
        dips.take(at, out=found[k], mode="clip")
        dips.reshape(-1)[at] = False
    left, middle, right = np.log(
        valley.take(place + row * valley.shape[1] + _AROUND) + np.float32(1e-12)
    )
    bend = np.where(found, left - 2 * middle + right, _ONE)
    shift = np.float32(0.5) * (left - right) / bend
    peak = (place + 1 + shift) * np.float32(2 * _TOP_HZ / 1000 / GRID)
    return np.where(found, peak, np.nan).astype(np.float32)
