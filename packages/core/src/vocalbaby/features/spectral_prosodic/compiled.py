"""The default set, computed by the compiled kernel with the same bits as in numpy.

numpy still computes the logarithms, whose last bits depend on its release and the processor, each
in one call per batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.fft import waves
from vocalbaby.features.frames import Framing, hann, scratch
from vocalbaby.features.spectral_prosodic import f0, formants, rhythm, spectral
from vocalbaby.features.spectral_prosodic.reference import N_COLUMNS

__all__ = ["Frames", "describe", "summarise"]

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]

_N_SHAPE: Final = len(spectral.SHAPE)
_N_SUMS: Final = spectral.N_MELS + formants.ORDER + 1
#: Values per frame whose logarithm is needed: mel bands; total, low, high and two means; bins.
_N_LOGS: Final = spectral.N_MELS + 5 + spectral.N_LEVELS

#: The kernel computes this many frames side by side.
_TILE: Final = 8


@dataclass(frozen=True, slots=True)
class Frames:
    """What the kernel computed of each frame; see native_spectra and native_shape.

    The arrays are valid until the next call of `describe` in this thread.
    """

    n: int
    total: Array
    logs: Array
    period: Array
    height: Array
    strength: Array
    pitch: Array
    shape: Array
    cepstra: Array
    places: NDArray[np.int32]
    near: Array


@dataclass(frozen=True, slots=True)
class _Constants:
    edges: Numbers
    hann: Array
    waves: Array
    mel: Array
    lags: Array
    correction: Array
    cost: Array
    band: Array
    octave: Array
    slopes: Array
    dct: Array
    grid: Array


@cache
def _constants(framing: Framing) -> _Constants:
    tables = spectral.tables(framing)
    band, correction, cost = f0.weights(framing)
    slopes = np.zeros((2, spectral.N_MELS), np.float32)
    edges = [tables.one_khz]
    for row, (bands, weight) in zip(slopes, tables.slopes, strict=True):
        row[bands] = weight[:, 0]
        edges += bands.start, bands.stop
    edges += tables.bins
    for used, _ in tables.mel:
        edges += used.start, used.stop
    return _Constants(
        edges=np.array(edges, np.int64),
        hann=hann(framing.window),
        waves=waves(),
        mel=np.concatenate([weights[:, 0] for _, weights in tables.mel]),
        lags=np.ascontiguousarray(tables.lags.T),
        correction=correction,
        cost=cost,
        band=band,
        octave=tables.octave,
        slopes=slopes,
        dct=tables.dct,
        grid=formants.grid(),
    )


@lru_cache(maxsize=256)  # clients choose the lengths
def _envelope_window(count: int) -> Array:
    return rhythm.window(np.arange(count), np.intp(count - 1))


def describe(native: ModuleType, clips: Sequence[Array], framing: Framing) -> Frames:
    """Describe the frames of clips, one clip after another; each clip has at least one sample."""
    counts = np.array([framing.count(len(clip)) for clip in clips], np.int64)
    n, constants = int(counts.sum()), _constants(framing)

    def row(name: str, width: int, n_rows: int = n) -> Array:
        return scratch(name, (n_rows, width), np.float32)

    n_lanes = -(-n // _TILE) * _TILE
    total, pitch = np.empty(n, np.float32), row("pitch", 2 * f0.CANDIDATES)
    logs, sums = row("logs", _N_LOGS, n_lanes), row("sums", _N_SUMS, n_lanes)
    period, height, strength = (row(k, f0.CANDIDATES) for k in ("period", "height", "strength"))
    c = constants
    native.spectra(
        *([np.ascontiguousarray(clip, np.float32) for clip in clips], counts, c.edges, c.hann),
        *(c.waves, c.mel, c.lags, c.correction, c.cost, c.band),
        *(sums, total, logs, period, height, strength, pitch),
    )
    np.log10(logs, out=logs)
    np.log2(pitch, out=pitch)
    shape, cepstra = row("shape", n, _N_SHAPE), row("cepstra", n, spectral.N_CEPSTRA)
    places = np.empty((n, formants.N_FORMANTS), np.int32)
    near = row("near", 3 * formants.N_FORMANTS)
    native.shape(
        *(n, sums, logs, c.edges, c.octave, c.slopes, c.dct, c.grid),
        *(shape, cepstra, places, near),
    )
    np.log(near, out=near)
    return Frames(n, total, logs, period, height, strength, pitch, shape, cepstra, places, near)


def summarise(
    native: ModuleType, frames: Frames, starts: Numbers, counts: Numbers, framing: Framing
) -> Array:
    """Compute the features of clips; see `reference.summarise`."""
    n = int(counts.sum())
    path, share, energy = np.empty(n, np.uint8), np.empty(n, np.float32), np.empty(n, np.float32)
    native.path(
        *(starts, counts, frames.n, frames.total, frames.pitch, frames.strength, frames.height),
        *(path, energy, share),
    )
    np.log10(share, out=share)
    windows = [_envelope_window(count) for count in counts.tolist()]
    window = windows[0] if len(windows) == 1 else np.concatenate(windows)
    turns = rhythm.waves(int(counts.max()), framing.hop / SAMPLE_RATE)
    out = np.empty((len(counts), N_COLUMNS), np.float32)
    native.summary(
        *(starts, counts, frames.n, frames.total, frames.shape, frames.cepstra, frames.logs),
        *(frames.places, frames.near, frames.period, frames.height, frames.pitch),
        *(path, energy, share, window, turns, out),
    )
    return out
