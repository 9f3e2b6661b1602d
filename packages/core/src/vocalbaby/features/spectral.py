"""Frame-wise descriptors of the short-time spectrum."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features import formants
from vocalbaby.features.frames import Framing, Layout, project
from vocalbaby.features.functionals import segment_max
from vocalbaby.features.mel import dct_matrix, mel_filters

__all__ = ["N_CEPSTRA", "N_MELS", "SHAPE", "Spectra", "describe"]

Array = NDArray[np.float32]

N_MELS: Final = 32
N_CEPSTRA: Final = 13
_LOW_HZ: Final = 100.0
_HIGH_HZ: Final = 8000.0
#: Log-mel values reach this far below the loudest band and frame of the clip.
_RANGE_DB: Final = 60.0
_TINY: Final = np.float32(1e-20)

#: Rows of `Spectra.shape`: name, unit, description.
SHAPE: Final = (
    ("centroid", "octaves", "Spectral centroid on an octave scale, relative to 1 kHz"),
    ("spread", "octaves", "Spectral spread about the centroid on an octave scale"),
    ("skewness", "1", "Skewness of the spectrum on an octave scale"),
    ("kurtosis", "1", "Kurtosis of the spectrum on an octave scale"),
    ("rolloff85", "octaves", "Frequency below which 85 % of the power lies, re 1 kHz"),
    ("rolloff25", "octaves", "Frequency below which 25 % of the power lies, re 1 kHz"),
    ("flatness_low", "dB", "Geometric to arithmetic mean of the power at 0.3 to 1.5 kHz"),
    ("flatness_high", "dB", "Geometric to arithmetic mean of the power at 1.5 to 4 kHz"),
    ("slope_low", "dB/octave", "Slope of the log-mel spectrum at 0.2 to 1 kHz"),
    ("slope_high", "dB/octave", "Slope of the log-mel spectrum at 1 to 4 kHz"),
    ("ratio_1k", "dB", "Power at 1 to 4 kHz relative to 0.1 to 1 kHz"),
    ("ratio_4k", "dB", "Power at 4 to 8 kHz relative to 0.1 to 4 kHz"),
    ("contrast", "dB", "Mean distance between neighbouring peaks and valleys of the spectrum"),
    ("flux", "1", "Distance between the normalised mel spectra of neighbouring frames"),
)


@dataclass(frozen=True, slots=True)
class Spectra:
    """Descriptors of every frame, (k, n_frames) each.

    Attributes:
        energy: Power relative to the clip's loudest frame, (n_frames,).
        log_mel: dB relative to the clip's loudest band and frame.
        cepstra: Cosine transform of `log_mel`; row 0 is the level.
        shape: The rows named in `SHAPE`.
        formants: kHz; NaN where not found.
    """

    energy: Array
    log_mel: Array
    cepstra: Array
    shape: Array
    formants: Array


@cache
def _matrix(n_fft: int) -> tuple[Array, Array]:
    """Mel filters, formant lags and band sums side by side; centres of the mel bands."""
    filters, edges = mel_filters(N_MELS, n_fft, _LOW_HZ, _HIGH_HZ)
    hz = np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE)
    bands = [(hz >= low) & (hz < high) for low, high in ((100, 1000), (1000, 4000), (4000, 8000))]
    columns = [filters, formants.lag_matrix(n_fft), np.array(bands, float).T]
    matrix = np.concatenate(columns, axis=1).astype(np.float32)
    return matrix, edges[1:-1].astype(np.float32)


def _decibels(power: Array) -> Array:
    return np.float32(10) * np.log10(np.maximum(power, _TINY))


def _flatness(power: Array, n_fft: int, low: float, high: float) -> Array:
    """Geometric over arithmetic mean of a band in dB, (n_frames,)."""
    bins = slice(round(low * n_fft / SAMPLE_RATE), round(high * n_fft / SAMPLE_RATE))
    band = np.ascontiguousarray(power[:, bins])
    level = _decibels(band.mean(axis=1))
    floor = level - np.float32(_RANGE_DB)
    return np.maximum(_decibels(band), floor[:, None]).mean(axis=1) - level


def _slope(log_mel: Array, octave: Array, low: float, high: float) -> Array:
    """Least-squares slope over the bands within the octaves, (n_frames,)."""
    used = (octave >= low) & (octave <= high)
    x = octave[used] - octave[used].mean()
    total = np.zeros(log_mel.shape[1], np.float32)
    for weight, band in zip(x / (x**2).sum(), log_mel[used], strict=True):
        total += weight * band
    return total


def _moments(share: Array, octave: Array) -> list[Array]:
    """Centroid, spread, skewness, kurtosis of (N_MELS, n_frames) shares of power."""
    centroid = (share * octave[:, None]).sum(axis=0)
    distance = octave[:, None] - centroid
    squared = distance * distance
    variance = np.maximum((share * squared).sum(axis=0), np.float32(1e-3))
    skewness = (share * squared * distance).sum(axis=0) / variance ** np.float32(1.5)
    kurtosis = (share * squared * squared).sum(axis=0) / (variance * variance)
    return [centroid, np.sqrt(variance), skewness, kurtosis]


def describe(power: Array, layout: Layout, framing: Framing) -> Spectra:
    """All descriptors of a batch from its power spectra (n_rows, n_fft // 2 + 1)."""
    matrix, centres = _matrix(framing.n_fft)
    sums = np.ascontiguousarray(project(power, matrix)[layout.rows].T)
    mel, lags, bands = np.split(sums, [N_MELS, N_MELS + formants.ORDER + 1])
    octave = np.log2(centres / np.float32(1000))
    total = mel.sum(axis=0) + _TINY
    share = mel / total
    energy = total / segment_max(total, layout)[layout.clip]
    loudest = segment_max(mel.max(axis=0), layout)[layout.clip]
    log_mel = np.maximum(_decibels(mel / (loudest + _TINY)), np.float32(-_RANGE_DB))
    dct = dct_matrix(N_MELS, N_CEPSTRA).astype(np.float32)
    padded = np.zeros((layout.n_rows, N_MELS), np.float32)
    padded[layout.rows] = log_mel.T
    cepstra = np.ascontiguousarray(project(padded, dct)[layout.rows].T)
    cumulated = np.cumsum(share, axis=0)
    rolloff = [octave[(cumulated < p).sum(axis=0).clip(max=N_MELS - 1)] for p in (0.85, 0.25)]
    frames = power[layout.rows]
    previous = np.maximum(np.arange(len(layout.rows)) - 1, layout.starts[layout.clip])
    root = np.sqrt(share)
    change = root - root[:, previous]
    shape = [
        *_moments(share, octave),
        *rolloff,
        _flatness(frames, framing.n_fft, 300, 1500),
        _flatness(frames, framing.n_fft, 1500, 4000),
        _slope(log_mel, octave, np.log2(0.2), 0),
        _slope(log_mel, octave, 0, 2),
        _decibels(bands[1]) - _decibels(bands[0]),
        _decibels(bands[2]) - _decibels(bands[0] + bands[1]),
        np.abs(np.diff(log_mel, axis=0)).mean(axis=0),
        (change * change).sum(axis=0),
    ]
    return Spectra(
        energy, log_mel, cepstra, np.stack(shape), formants.formants(np.ascontiguousarray(lags.T))
    )
