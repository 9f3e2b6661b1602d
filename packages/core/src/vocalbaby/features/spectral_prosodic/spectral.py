"""Frame-wise descriptors of the spectrum between 0.1 and 4 kHz.

The spectrum above 4 kHz distinguishes recording channels (old telephones, codecs, sample
rates) better than vocalizations, so no descriptor here uses it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Framing, sum_rows
from vocalbaby.features.mel import dct_matrix, mel_filters
from vocalbaby.features.spectral_prosodic.formants import formants, lag_matrix
from vocalbaby.features.spectral_prosodic.spectrum import TINY

__all__ = [
    "N_CEPSTRA",
    "N_LEVELS",
    "N_MELS",
    "RANGE_DB",
    "SHAPE",
    "Spectra",
    "Tables",
    "describe",
    "tables",
]

Array = NDArray[np.float32]

N_CEPSTRA: Final = 13
N_MELS: Final = 32
_LOW_HZ: Final = 100.0
_HIGH_HZ: Final = 4000.0
#: Levels of bands reach this far below the loudest band of the frame.
RANGE_DB: Final = np.float32(60)
_TEN: Final = np.float32(10)
#: Bins whose levels are kept: the harmonics of the highest F0 lie below the last one.
N_LEVELS: Final = 176
#: Shares of the power below the two roll-offs.
_ROLLOFF: Final = np.array([0.85, 0.25], np.float32)[:, None, None]

#: Rows of `Spectra.shape`: name, unit, description.
SHAPE: Final = (
    ("centroid", "octaves", "centre of gravity of the spectrum on an octave scale, re 1 kHz"),
    ("spread", "octaves", "standard deviation of the spectrum on an octave scale"),
    ("skewness", "1", "skewness of the spectrum on an octave scale"),
    ("kurtosis", "1", "kurtosis of the spectrum on an octave scale"),
    ("rolloff85", "octaves", "frequency below which 85 % of the power lies, re 1 kHz"),
    ("rolloff25", "octaves", "frequency below which 25 % of the power lies, re 1 kHz"),
    ("flatness_low", "dB", "geometric over arithmetic mean of the power at 0.3 to 1.5 kHz"),
    ("flatness_high", "dB", "geometric over arithmetic mean of the power at 1.5 to 4 kHz"),
    ("slope_low", "dB/octave", "slope of the log-mel spectrum at 0.2 to 1 kHz"),
    ("slope_high", "dB/octave", "slope of the log-mel spectrum at 1 to 4 kHz"),
    ("high_ratio", "dB", "power at 1 to 4 kHz over power at 0.1 to 1 kHz"),
    ("roughness", "dB", "mean step between neighbouring bands of the log-mel spectrum"),
    ("flux", "1", "squared distance of the normalised amplitude spectrum from 10 ms before"),
)


@dataclass(frozen=True, slots=True)
class Spectra:
    """Descriptors of every frame, each computed from this frame only, except for the flux.

    Attributes:
        total: Power of the mel bands, (n_frames,).
        level: The same in dB, (n_frames,).
        bins: Power of the first `N_LEVELS` bins in dB, (N_LEVELS, n_frames).
        cepstra: Cosine transform of the log-mel spectrum in dB, (N_CEPSTRA, n_frames);
            row 0 follows the level.
        shape: The rows named in `SHAPE`; the flux of the first frame means nothing.
        formants: kHz, (formants.N_FORMANTS, n_frames); NaN where not found.
    """

    total: Array
    level: Array
    bins: Array
    cepstra: Array
    shape: Array
    formants: Array


@dataclass(frozen=True, slots=True)
class Tables:
    """Constants of a framing.

    Attributes:
        mel: The filter of each mel band, and its bins.
        lags: Formant lags, (n_lags, n_bins).
        octave: Mel centres in octaves re 1 kHz, (N_MELS,).
        dct: Cosine transform, (N_CEPSTRA, N_MELS).
        one_khz: The first band at or above 1 kHz.
        slopes: Bands and weights of the low and the high slope.
        bins: Ends of the low and the high band of the flatness.
    """

    mel: tuple[tuple[slice, Array], ...]
    lags: Array
    octave: Array
    dct: Array
    one_khz: int
    slopes: tuple[tuple[slice, Array], ...]
    bins: tuple[int, int, int]


def _decibels(power: Array) -> Array:
    """Return ten times the decimal logarithm."""
    level: Array = np.log10(np.maximum(power, TINY))
    return np.multiply(level, _TEN, out=level)


@cache
def tables(framing: Framing) -> Tables:
    """Constants of a framing."""
    filters, edges = mel_filters(framing.hz, N_MELS, _LOW_HZ, _HIGH_HZ)
    mel = []
    for weights in filters.T:
        used = np.flatnonzero(weights)
        bins = slice(int(used[0]), int(used[-1]) + 1)
        mel.append((bins, weights[bins, None].astype(np.float32)))
    octave = np.log2(edges[1:-1] / 1000).astype(np.float32)
    slopes = []
    for low, high in ((np.log2(0.2), 0), (0, 2)):
        used = np.flatnonzero((octave >= low) & (octave <= high))
        bands = slice(int(used[0]), int(used[-1]) + 1)
        x = octave[bands] - octave[bands].mean()
        slopes.append((bands, (x / (x * x).sum())[:, None]))
    first, middle, last = np.searchsorted(framing.hz, (300, 1500, 4000)).tolist()
    return Tables(
        mel=tuple(mel),
        lags=np.ascontiguousarray(lag_matrix(framing.hz).T, np.float32),
        octave=octave,
        dct=np.ascontiguousarray(dct_matrix(N_MELS, N_CEPSTRA).T, np.float32),
        one_khz=int(np.searchsorted(octave, 0)),
        slopes=tuple(slopes),
        bins=(first, middle, last),
    )


def _flatness(power: Array, level: Array) -> Array:
    """Flatness of one band, (n_frames,), from the power of its bins and the same in dB."""
    mean = _decibels(sum_rows(power) / np.float32(len(power)))
    flatness: Array = sum_rows(np.maximum(level, mean - RANGE_DB)) / np.float32(len(power)) - mean
    return flatness


def _moments(share: Array, octave: Array, out: Array) -> None:
    """Rows of `out`: centroid, spread, skewness and kurtosis."""
    centroid = sum_rows(share * octave[:, None])
    distance = octave[:, None] - centroid
    squared = distance * distance
    weighted = share * squared
    variance = np.maximum(sum_rows(weighted), np.float32(1e-3))
    out[0] = centroid
    spread = np.sqrt(variance, out=out[1])
    np.multiply(distance, weighted, out=distance)
    np.divide(sum_rows(distance), variance * spread, out=out[2])
    np.multiply(squared, weighted, out=squared)
    np.divide(sum_rows(squared), variance * variance, out=out[3])


def _shape(mel: Array, log_mel: Array, power: Array, bins: Array, tables: Tables) -> Array:
    """The rows of `SHAPE`."""
    share = mel / (sum_rows(mel) + TINY)
    shape = np.empty((len(SHAPE), mel.shape[1]), np.float32)
    _moments(share, tables.octave, shape[:4])
    cumulated = np.add.accumulate(share, axis=0)
    below = (cumulated < _ROLLOFF).view(np.uint8)
    place = np.minimum(np.add.reduce(below, axis=1, dtype=np.uint8), N_MELS - 1)
    tables.octave.take(place, out=shape[4:6], mode="clip")
    for k in (0, 1):
        band = slice(*tables.bins[k : k + 2])
        shape[6 + k] = _flatness(power[band], bins[band])
    for row, (bands, weights) in zip(shape[8:10], tables.slopes, strict=True):
        row[:] = sum_rows(weights * log_mel[bands])
    low, high = mel[: tables.one_khz], mel[tables.one_khz :]
    np.subtract(_decibels(sum_rows(high) + TINY), _decibels(sum_rows(low) + TINY), out=shape[10])
    steps = np.subtract(log_mel[1:], log_mel[:-1])
    np.divide(sum_rows(np.abs(steps, out=steps)), np.float32(N_MELS - 1), out=shape[11])
    amplitude = np.sqrt(share, out=share)
    change = amplitude[:, 1:] - amplitude[:, :-1]
    shape[12, 0] = 0
    shape[12, 1:] = sum_rows(np.multiply(change, change, out=change))
    return shape


def describe(power: Array, framing: Framing) -> Spectra:
    """Return all descriptors of some frames.

    Args:
        power: Power spectra, (n_bins, n_frames), up to 5.5 kHz at least.
        framing: How signals were divided into frames.
    """
    constants = tables(framing)
    mel = np.array([sum_rows(weights * power[used]) for used, weights in constants.mel])
    lags = np.array([sum_rows(weights[:, None] * power) for weights in constants.lags])
    total = sum_rows(mel) + TINY
    bins = _decibels(power[:N_LEVELS])
    log_mel = _decibels(mel)
    top = np.maximum.reduce(log_mel, axis=0)
    np.maximum(log_mel - top, -RANGE_DB, out=log_mel)
    cepstra = np.array([sum_rows(weights[:, None] * log_mel) for weights in constants.dct])
    cepstra[0] += top * (constants.dct[0, 0] * np.float32(N_MELS))
    return Spectra(
        total=total,
        level=_decibels(total),
        bins=bins,
        cepstra=cepstra,
        shape=_shape(mel, log_mel, power, bins, constants),
        formants=formants(lags),
    )
