"""Frame-wise descriptors of the spectrum between 0.1 and 4 kHz.

The spectrum above 4 kHz distinguishes recording channels (old telephones, codecs, sample
rates) better than vocalizations, so no descriptor here uses it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Framing, Layout, project, scratch, sum_rows
from vocalbaby.features.functionals import segment_max
from vocalbaby.features.mel import dct_matrix, mel_filters
from vocalbaby.features.spectral_prosodic.formants import formants, lag_matrix

__all__ = ["N_CEPSTRA", "N_MELS", "SHAPE", "Spectra", "Tables", "decibels", "describe", "tables"]

Array = NDArray[np.float32]

N_CEPSTRA: Final = 13
N_MELS: Final = 32
_LOW_HZ: Final = 100.0
_HIGH_HZ: Final = 4000.0
#: Levels reach this far below the loudest band of the clip's loudest frame.
_RANGE_DB: Final = np.float32(60)
_TINY: Final = np.float32(1e-20)
_FLOOR: Final = np.full(1024, _TINY)
_TEN: Final = np.float32(10)
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
    """Descriptors of every frame.

    Attributes:
        energy: Power relative to the clip's loudest frame, (n_frames,).
        cepstra: Cosine transform of the log-mel spectrum in dB, (N_CEPSTRA, n_frames);
            row 0 follows the level relative to the clip's loudest frame.
        shape: The rows named in `SHAPE`; flux is NaN in the first frame of a clip.
        formants: kHz, (formants.N_FORMANTS, n_frames); NaN where not found.
    """

    energy: Array
    cepstra: Array
    shape: Array
    formants: Array


@dataclass(frozen=True, slots=True)
class Tables:
    """Constants of a framing.

    Attributes:
        matrix: Mel filters and formant lags side by side, (n_bins, N_MELS + lags).
        octave: Mel centres in octaves re 1 kHz, (N_MELS,).
        dct: Cosine transform, (N_MELS, N_CEPSTRA).
        one_khz: The first band at or above 1 kHz.
        slopes: Bands and weights of the low and the high slope.
        bins: Ends of the low and the high band of the flatness.
    """

    matrix: Array
    octave: Array
    dct: Array
    one_khz: int
    slopes: tuple[tuple[slice, Array], ...]
    bins: tuple[int, int, int]


def decibels(power: Array) -> Array:
    """Return ten times the decimal logarithm, of at least 1e-20."""
    level: Array = np.maximum(power, _TINY)
    np.log10(level, out=level)
    return np.multiply(level, _TEN, out=level)


@cache
def tables(framing: Framing) -> Tables:
    """Constants of a framing."""
    filters, edges = mel_filters(framing.hz, N_MELS, _LOW_HZ, _HIGH_HZ)
    octave = np.log2(edges[1:-1] / 1000).astype(np.float32)
    slopes = []
    for low, high in ((np.log2(0.2), 0), (0, 2)):
        used = np.flatnonzero((octave >= low) & (octave <= high))
        bands = slice(int(used[0]), int(used[-1]) + 1)
        x = octave[bands] - octave[bands].mean()
        slopes.append((bands, (x / (x * x).sum())[:, None]))
    first, middle, last = np.searchsorted(framing.hz, (300, 1500, 4000)).tolist()
    return Tables(
        matrix=np.concatenate([filters, lag_matrix(framing.hz)], axis=1).astype(np.float32),
        octave=octave,
        dct=dct_matrix(N_MELS, N_CEPSTRA).astype(np.float32),
        one_khz=int(np.searchsorted(octave, 0)),
        slopes=tuple(slopes),
        bins=(first, middle, last),
    )


def _flatness(power: Array, middle: int) -> Array:
    """Flatness of the bins below `middle` and of the others, (2, n_rows)."""
    level = scratch("level", (len(power), power.shape[1]), np.float32)
    # Dividing by a row of numbers takes half the time of dividing by a scalar.
    np.maximum(power, _FLOOR[: power.shape[1]], out=level)
    np.log10(level, out=level)
    np.multiply(level, _TEN, out=level)
    flatness = np.empty((2, len(power)), np.float32)
    for row, bins in zip(flatness, (slice(middle), slice(middle, None)), strict=True):
        part = level[:, bins]
        mean = decibels(np.add.reduce(power[:, bins], axis=1) / part.shape[1])
        np.maximum(part, (mean - _RANGE_DB)[:, None], out=part)
        np.subtract(np.add.reduce(part, axis=1) / part.shape[1], mean, out=row)
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


def _shape(mel: Array, log_mel: Array, power: Array, layout: Layout, tables: Tables) -> Array:
    """The rows of `SHAPE`."""
    total = sum_rows(mel) + _TINY
    share = mel / total
    shape = np.empty((len(SHAPE), mel.shape[1]), np.float32)
    _moments(share, tables.octave, shape[:4])
    cumulated = np.add.accumulate(share, axis=0)
    below = (cumulated < _ROLLOFF).view(np.uint8)
    place = np.minimum(np.add.reduce(below, axis=1, dtype=np.uint8), N_MELS - 1)
    tables.octave.take(place, out=shape[4:6], mode="clip")
    first, middle, last = tables.bins
    shape[6:8] = _flatness(power[:, first:last], middle - first)[:, layout.rows]
    for row, (bands, weights) in zip(shape[8:10], tables.slopes, strict=True):
        row[:] = sum_rows(weights * log_mel[bands])
    low, high = mel[: tables.one_khz], mel[tables.one_khz :]
    np.subtract(decibels(sum_rows(high) + _TINY), decibels(sum_rows(low) + _TINY), out=shape[10])
    steps = np.subtract(log_mel[1:], log_mel[:-1])
    np.divide(sum_rows(np.abs(steps, out=steps)), np.float32(N_MELS - 1), out=shape[11])
    amplitude = np.sqrt(share, out=share)
    change = amplitude[:, 1:] - amplitude[:, :-1]
    shape[12, 1:] = sum_rows(np.multiply(change, change, out=change))
    shape[12, layout.starts] = np.nan
    return shape


def describe(power: Array, layout: Layout, framing: Framing) -> Spectra:
    """Return all descriptors of a batch.

    Args:
        power: Power spectra, (n_rows, framing.n_bins), up to 5.5 kHz at least.
        layout: Positions of the clips.
        framing: How they were divided into frames.
    """
    constants = tables(framing)
    sums = project(power, constants.matrix)
    frames = np.ascontiguousarray(sums[layout.rows].T)
    mel, lags = frames[:N_MELS], frames[N_MELS:]
    total = sum_rows(mel) + _TINY
    loudest = segment_max(np.maximum.reduce(mel, axis=0), layout) + _TINY
    log_mel = decibels(mel / layout.spread(loudest))
    np.maximum(log_mel, -_RANGE_DB, out=log_mel)
    rows = np.zeros((layout.n_rows, N_MELS), np.float32)
    rows[layout.rows] = log_mel.T
    return Spectra(
        energy=total / layout.spread(segment_max(total, layout)),
        cepstra=np.ascontiguousarray(project(rows, constants.dct)[layout.rows].T),
        shape=_shape(mel, log_mel, power, layout, constants),
        formants=formants(lags),
    )
