"""The baseline set: mean and standard deviation of 20 MFCC, as librosa computes them."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column
from vocalbaby.features.frames import Framing, lay_out, power_spectra, project
from vocalbaby.features.functionals import mean_std, segment_max
from vocalbaby.features.mel import dct_matrix, mel_filters

__all__ = ["NAME", "SET"]

Array = NDArray[np.float32]

NAME: Final = "mfcc"
_N_MFCC: Final = 20
_N_MELS: Final = 128
_TOP_DB: Final = 80.0
_FLOOR: Final = 1e-10
_FRAMING: Final = Framing(window=2048, hop=512, n_fft=2048, centered=True)
_MELS_PER_GROUP: Final = 32
_CHUNK: Final = 16


@cache
def _matrices() -> tuple[list[tuple[slice, Array]], Array]:
    """Return mel filters in groups, each with its bins, and the cosine transform."""
    filters, edges = mel_filters(_FRAMING.hz, _N_MELS, 0.0, 8000.0)
    filters *= 2 / (edges[2:] - edges[:-2])  # Slaney's normalisation: equal area
    groups = []
    for first in range(0, _N_MELS, _MELS_PER_GROUP):
        part = filters[:, first : first + _MELS_PER_GROUP]
        used = np.flatnonzero(part.any(axis=1))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        groups.append((bins, np.ascontiguousarray(part[bins], np.float32)))
    return groups, dct_matrix(_N_MELS, _N_MFCC).astype(np.float32)


def _chunk(clips: Sequence[Array]) -> Array:
    layout = lay_out([len(clip) for clip in clips], _FRAMING)
    power = power_spectra(clips, layout, _FRAMING)
    groups, dct = _matrices()
    mel = np.concatenate([project(power[:, bins], matrix) for bins, matrix in groups], axis=1)
    decibels = np.float32(10) * np.log10(np.maximum(mel, np.float32(_FLOOR)))
    peak = segment_max(decibels.max(axis=1)[layout.rows], layout)
    floor = np.full(layout.n_rows, -np.inf, np.float32)
    floor[layout.rows] = (peak - np.float32(_TOP_DB))[layout.clip]
    cepstra = project(np.maximum(decibels, floor[:, None]), dct)
    mean, std = mean_std(np.ascontiguousarray(cepstra[layout.rows].T), layout)
    return np.concatenate([mean, std]).T


class Mfcc:
    """20 MFCC (2048-sample Hann window, hop 512, 128 Slaney mels, 80 dB range)."""

    name = NAME
    version = "1"
    file = None
    columns = tuple(
        Column(f"mfcc{k}_{stat}", "dB", f"{text} over frames of cepstral coefficient {k}.", "mfcc")
        for stat, text in (("mean", "Mean"), ("std", "Standard deviation"))
        for k in range(_N_MFCC)
    )

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`."""
        result = np.empty((len(clips), len(self.columns)), np.float32)
        for begin in range(0, len(clips), _CHUNK):
            result[begin : begin + _CHUNK] = _chunk(clips[begin : begin + _CHUNK])
        return result


SET: Final = Mfcc()
