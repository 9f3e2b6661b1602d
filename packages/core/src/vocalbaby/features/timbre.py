"""Statistics of the spectrum over a clip: cepstrum, its dynamics, shape and formants."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column
from vocalbaby.features.formants import N_FORMANTS
from vocalbaby.features.frames import Layout
from vocalbaby.features.functionals import mean_std
from vocalbaby.features.spectral import N_CEPSTRA, SHAPE, Spectra

__all__ = ["COLUMNS", "summarise"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

_STATS: Final = (("mean", "Mean"), ("std", "Standard deviation"))
#: A change is taken over this many frames before and after.
_REACH: Final = 2
#: Fewest frames for a standard deviation.
_FEWEST: Final = 3


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


def _change(values: Array, layout: Layout, mask: Mask) -> Array:
    """Root mean square change between frames 40 ms apart that both count."""
    before, after = layout.neighbour(-_REACH), layout.neighbour(_REACH)
    change = values[:, after] - values[:, before]
    both = mask[..., after] & mask[..., before] & (after - before == 2 * _REACH)
    mean, _ = mean_std(change * change, layout, both)
    return np.sqrt(mean)


def summarise(spectra: Spectra, layout: Layout, active: Mask) -> Array:
    """The values of `COLUMNS`.

    Args:
        spectra: Descriptors of every frame.
        layout: Where the clips stand.
        active: Frames that are loud enough to count, (n_frames,).

    Returns:
        (len(COLUMNS), n_clips)
    """
    cepstra = mean_std(spectra.cepstra[1:], layout, active, fewest=_FEWEST)
    measured = active & ~np.isnan(spectra.shape)
    shape = mean_std(spectra.shape, layout, measured, fewest=_FEWEST)
    found = active & ~np.isnan(spectra.formants)
    peaks = mean_std(spectra.formants, layout, found, fewest=_FEWEST)
    changes = _change(spectra.cepstra, layout, active)
    moves = _change(spectra.formants, layout, found)
    return np.concatenate([*cepstra, changes, *shape, *peaks, moves])
