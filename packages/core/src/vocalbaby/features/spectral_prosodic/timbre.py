"""Statistics of the spectrum over a clip: cepstrum, its dynamics, shape and formants."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column
from vocalbaby.features.frames import Layout
from vocalbaby.features.functionals import Masked
from vocalbaby.features.spectral_prosodic.formants import N_FORMANTS
from vocalbaby.features.spectral_prosodic.spectral import N_CEPSTRA, SHAPE, Spectra

__all__ = ["COLUMNS", "N_GROUPS", "contours", "summarise"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

_STATS: Final = (("mean", "Mean"), ("std", "Standard deviation"))
_ZERO: Final = np.float32(0)
#: Groups of `contours`.
N_GROUPS: Final = 5
#: A change is taken over this many frames before and after.
_REACH: Final = 2


def _columns() -> tuple[Column, ...]:
    cepstra = [
        Column(
            f"cepstrum{k}_{stat}",
            "dB",
            f"{text} of mel-cepstral coefficient {k} over the active frames.",
            "cepstrum" if stat == "mean" else "cepstrum_dynamics",
        )
        for stat, text in _STATS
        for k in range(1, N_CEPSTRA)
    ]
    changes = [
        Column(
            f"cepstrum{k}_delta",
            "dB",
            f"Root mean square change of mel-cepstral coefficient {k} in 40 ms.",
            "cepstrum_dynamics",
        )
        for k in range(N_CEPSTRA)
    ]
    shape = [
        Column(f"{name}_{stat}", unit, f"{text} over the active frames: {what}.", "shape")
        for stat, text in _STATS
        for name, unit, what in SHAPE
    ]
    peaks = [
        Column(
            f"f{k}_{stat}",
            "kHz",
            f"{text} of peak {k} of the all-pole envelope below 5.5 kHz, active frames.",
            "formants",
        )
        for stat, text in _STATS
        for k in range(1, N_FORMANTS + 1)
    ]
    moves = [
        Column(
            f"f{k}_movement",
            "kHz",
            f"Root mean square change of envelope peak {k} in 40 ms.",
            "formants",
        )
        for k in range(1, N_FORMANTS + 1)
    ]
    return (*cepstra, *changes, *shape, *peaks, *moves)


COLUMNS: Final = _columns()


def _change(values: Array, layout: Layout, mask: Mask) -> Masked:
    """Return the squared change between frames 40 ms apart, and where both count."""
    squares = np.zeros(values.shape, np.float32)
    change = values[:, 2 * _REACH :] - values[:, : -2 * _REACH]
    np.multiply(change, change, out=squares[:, _REACH:-_REACH])
    both = np.zeros(mask.shape, np.bool_)
    np.logical_and(mask[..., 2 * _REACH :], mask[..., : -2 * _REACH], out=both[..., _REACH:-_REACH])
    return squares, both & layout.interior(_REACH)


def contours(spectra: Spectra, layout: Layout, active: Mask) -> list[Masked]:
    """Return the descriptors whose statistics `summarise` needs.

    Args:
        spectra: Descriptors of every frame.
        layout: Positions of the clips.
        active: Frames that are loud enough to count, (n_frames,).

    Returns:
        Groups of descriptors with the frames that count.
    """
    missing = np.isnan(spectra.formants)
    compared = np.repeat(active[None], len(spectra.shape), axis=0)
    # The flux of a clip's first frame compares it with a frame outside of the clip.
    compared[-1, layout.starts] = False
    shape = spectra.shape.copy()
    shape[-1, layout.starts] = 0
    peaks, found = np.where(missing, _ZERO, spectra.formants), active & ~missing
    return [
        (spectra.cepstra[1:], active),
        (shape, compared),
        (peaks, found),
        _change(spectra.cepstra, layout, active),
        _change(peaks, layout, found),
    ]


def summarise(statistics: Sequence[tuple[Array, Array]]) -> Array:
    """Return the values of `COLUMNS`.

    Args:
        statistics: Mean and standard deviation of each group of `contours`.

    Returns:
        (len(COLUMNS), n_clips)
    """
    cepstra, shape, peaks, changes, moves = statistics
    return np.concatenate([*cepstra, np.sqrt(changes[0]), *shape, *peaks, np.sqrt(moves[0])])
