"""The default set, computed by the compiled kernel with the same bits as in numpy.

numpy still computes what no other code can reproduce to the last bit: Fourier transforms, matrix
products and logarithms, each in one call per batch or block of frames.
"""

from functools import cache, lru_cache
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.frames import TILE, Framing, hann, padded, project, scratch
from vocalbaby.features.spectral_prosodic import f0, formants, prosody, rhythm, spectral, timbre

__all__ = ["extract", "normalise"]

Array = NDArray[np.float32]
Counts = NDArray[np.int64]

_N_COLUMNS: Final = len(timbre.COLUMNS) + len(rhythm.COLUMNS) + len(prosody.COLUMNS)
_N_SHAPE: Final = len(spectral.SHAPE)
#: Frames per step of the transforms: the working set stays in the cache.
_BLOCK: Final = 64
#: Values per frame whose logarithm `path` needs: periodicity, two harmonics.
_N_VOICE: Final = 11


def normalise(native: ModuleType, clip: Array) -> Array | None:
    """Normalise a clip; see `spectral_prosodic.normalise`."""
    out = np.empty(len(clip), np.float32)
    return out if native.normalise(np.ascontiguousarray(clip, np.float32), out) else None


@cache
def _places(framing: Framing) -> tuple[NDArray[np.int64], Array]:
    """Return the edges of bands and bins, and the weights of the two slopes by band."""
    tables = spectral.tables(framing)
    weights = np.zeros((2, spectral.N_MELS), np.float32)
    ends = [tables.one_khz]
    for row, (bands, weight) in zip(weights, tables.slopes, strict=True):
        row[bands] = weight[:, 0]
        ends += bands.start, bands.stop
    return np.array([*ends, *tables.bins], np.int64), weights


@lru_cache(maxsize=256)  # clients choose the lengths
def _envelope_window(count: int) -> Array:
    return rhythm.window(np.arange(count), np.intp(count - 1))


def _transformed(
    native: ModuleType, clips: list[Array], counts: Counts, n_rows: int, framing: Framing
) -> tuple[Array, Array, Array]:
    """Return padded power spectra, candidates of F0, and octaves of their periods and F0."""
    n = int(counts.sum())
    window, (band, correction, cost) = hann(framing.window), f0.weights(framing)
    power = padded("power rows", n_rows, framing.n_bins, np.float32)
    candidates = scratch("candidates", (3, n * f0.CANDIDATES), np.float32)
    pitch = scratch("pitch", (n, 2 * f0.CANDIDATES), np.float32)
    for begin in range(0, n, _BLOCK):
        end = min(begin + _BLOCK, n)
        size = end - begin
        windowed = padded("windowed", size, framing.n_fft, np.float64)
        native.window(clips, counts, begin, end, window, windowed)
        spectrum = scratch("spectrum", (size, framing.n_fft + 2), np.float64)
        np.fft.rfft(windowed, axis=1, out=spectrum.view(np.complex128))
        weighted = padded("weighted", size, framing.n_fft + 2, np.float64)
        native.power(counts, begin, end, spectrum, band, power, weighted)
        lags = scratch("lags", (size, framing.n_fft), np.float64)
        np.fft.irfft(weighted.view(np.complex128), axis=1, out=lags, norm="forward")
        native.candidates(begin, end, lags, correction, cost, *candidates, pitch)
    return power, candidates, np.log2(pitch, out=pitch)


def _valleys(native: ModuleType, filters: NDArray[np.float64]) -> tuple[NDArray[np.int32], Array]:
    """Return the minima of the filters' responses, and the logarithms there and beside them."""
    n = len(filters)
    response = scratch("response", (n, formants.GRID + 2), np.float64)
    np.fft.rfft(filters, axis=1, out=response.view(np.complex128))
    places = np.empty((n, formants.N_FORMANTS), np.int32)
    near = np.empty((n, formants.N_FORMANTS, 3), np.float32)
    native.valleys(n, response, places, near)
    return places, np.log(near, out=near)


def extract(native: ModuleType, clips: list[Array], framing: Framing) -> Array:
    """Return the features of a few clips.

    Args:
        native: The compiled module.
        clips: Normalised clips.
        framing: The framing that is compiled into the kernel.

    Returns:
        (n_clips, n_columns)
    """
    n_frames = [framing.count(len(clip)) for clip in clips]
    counts, n = np.array(n_frames, np.int64), sum(n_frames)
    n_rows = sum(-(-count // TILE) * TILE for count in n_frames)
    power, candidates, pitch = _transformed(native, clips, counts, n_rows, framing)
    period, height, strength = candidates

    tables, (places, weights) = spectral.tables(framing), _places(framing)
    sums = project(power, tables.matrix)
    energy = np.empty(n, np.float32)
    n_logs = spectral.N_MELS + 5 + tables.bins[2] - tables.bins[0]
    logs = scratch("logs", (n, n_logs), np.float32)
    native.levels(counts, sums, power, places, energy, logs)
    np.log10(logs, out=logs)
    shape = scratch("shape", (_N_SHAPE, n), np.float32)
    log_mel = padded("log mel rows", n_rows, spectral.N_MELS, np.float32)
    filters = padded("filter", n, formants.GRID, np.float64)
    native.shape(counts, sums, logs, places, tables.octave, weights, shape, log_mel, filters)
    cepstra = project(log_mel, tables.dct)

    path, voice = np.empty(n, np.uint8), np.empty((n, _N_VOICE), np.float32)
    native.path(counts, energy, pitch, strength, period, height, power, path, voice)
    np.log10(voice, out=voice)

    windows = [_envelope_window(count) for count in n_frames]
    window = windows[0] if len(clips) == 1 else np.concatenate(windows)
    waves = rhythm.waves(max(n_frames), framing.hop / SAMPLE_RATE)
    out = np.empty((len(clips), _N_COLUMNS), np.float32)
    native.summary(
        *(counts, energy, shape, cepstra, logs, n_logs, *_valleys(native, filters)),
        *(path, height, pitch, voice, window, waves, out),
    )
    return out
