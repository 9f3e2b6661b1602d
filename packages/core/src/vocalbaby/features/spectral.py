"""Frame-wise descriptors of the spectrum between 0.1 and 4 kHz.

What lies above 4 kHz tells recording channels apart (old telephones, codecs, sample
rates) better than it tells what an infant does, so nothing here listens to it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features import formants
from vocalbaby.features.frames import Framing, Layout, project, sum_rows
from vocalbaby.features.functionals import segment_max
from vocalbaby.features.mel import dct_matrix, mel_filters

__all__ = ["N_CEPSTRA", "SHAPE", "Spectra", "decibels", "describe"]

Array = NDArray[np.float32]

N_CEPSTRA: Final = 13
_N_MELS: Final = 32
_LOW_HZ: Final = 100.0
_HIGH_HZ: Final = 4000.0
#: Levels reach this far below the loudest band of the clip's loudest frame.
_RANGE_DB: Final = np.float32(60)
_TINY: Final = np.float32(1e-20)

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


def decibels(power: Array) -> Array:
    """Ten times the decimal logarithm, of at least 1e-20."""
    return np.float32(10) * np.log10(np.maximum(power, _TINY))


@cache
def _matrices(framing: Framing) -> tuple[Array, Array, Array]:
    """Mel filters and formant lags side by side; mel centres in octaves; the DCT."""
    filters, edges = mel_filters(framing.hz, _N_MELS, _LOW_HZ, _HIGH_HZ)
    matrix = np.concatenate([filters, formants.lag_matrix(framing.hz)], axis=1)
    octave = np.log2(edges[1:-1] / 1000)
    dct = dct_matrix(_N_MELS, N_CEPSTRA)
    return matrix.astype(np.float32), octave.astype(np.float32), dct.astype(np.float32)


def _flatness(power: Array, framing: Framing, low: float, high: float) -> Array:
    first, last = np.searchsorted(framing.hz, (low, high))
    band = np.ascontiguousarray(power[:, first:last])
    level = decibels(band.mean(axis=1))
    mean: Array = np.maximum(decibels(band), (level - _RANGE_DB)[:, None]).mean(axis=1)
    return mean - level


def _slope(log_mel: Array, octave: Array, low: float, high: float) -> Array:
    used = (octave >= low) & (octave <= high)
    x = octave[used] - octave[used].mean()
    return sum_rows((x / (x * x).sum())[:, None] * log_mel[used])


def _moments(share: Array, octave: Array) -> list[Array]:
    centroid = sum_rows(share * octave[:, None])
    distance = octave[:, None] - centroid
    squared = distance * distance
    weighted = share * squared
    variance = np.maximum(sum_rows(weighted), np.float32(1e-3))
    skewness = sum_rows(weighted * distance) / (variance * np.sqrt(variance))
    kurtosis = sum_rows(weighted * squared) / (variance * variance)
    return [centroid, np.sqrt(variance), skewness, kurtosis]


def _rolloff(cumulated: Array, octave: Array, p: float) -> Array:
    below = (cumulated < p).sum(axis=0)
    place: Array = octave[np.minimum(below, _N_MELS - 1)]
    return place


def describe(power: Array, layout: Layout, framing: Framing) -> Spectra:
    """All descriptors of a batch.

    Args:
        power: Power spectra, (n_rows, framing.n_bins), up to 5.5 kHz at least.
        layout: Where the clips stand.
        framing: How they were cut.
    """
    matrix, octave, dct = _matrices(framing)
    sums = project(power, matrix)
    frames = np.ascontiguousarray(sums[layout.rows].T)
    mel, lags = frames[:_N_MELS], frames[_N_MELS:]
    total = sum_rows(mel) + _TINY
    loudest = segment_max(mel.max(axis=0), layout)[layout.clip] + _TINY
    log_mel = np.maximum(decibels(mel / loudest), -_RANGE_DB)
    padded = np.zeros((layout.n_rows, _N_MELS), np.float32)
    padded[layout.rows] = log_mel.T
    share = mel / total
    amplitude = np.sqrt(share)
    change = amplitude - amplitude[:, layout.neighbour(-1)]
    cumulated = np.cumsum(share, axis=0)
    low_power = sum_rows(mel[octave < 0]) + _TINY
    high_power = sum_rows(mel[octave >= 0]) + _TINY
    spectra = power[layout.rows]
    shape = [
        *_moments(share, octave),
        _rolloff(cumulated, octave, 0.85),
        _rolloff(cumulated, octave, 0.25),
        _flatness(spectra, framing, 300, 1500),
        _flatness(spectra, framing, 1500, 4000),
        _slope(log_mel, octave, np.log2(0.2), 0),
        _slope(log_mel, octave, 0, 2),
        decibels(high_power) - decibels(low_power),
        sum_rows(np.abs(np.diff(log_mel, axis=0))) / np.float32(_N_MELS - 1),
        np.where(layout.place > 0, sum_rows(change * change), np.float32(np.nan)),
    ]
    return Spectra(
        energy=total / segment_max(total, layout)[layout.clip],
        cepstra=np.ascontiguousarray(project(padded, dct)[layout.rows].T),
        shape=np.stack(shape),
        formants=formants.formants(lags),
    )
