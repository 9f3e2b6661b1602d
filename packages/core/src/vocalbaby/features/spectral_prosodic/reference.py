"""The default set in numpy: the reference implementation of the compiled kernel.

Features are computed in two steps. `describe` computes whatever a frame's own samples determine;
`summarise` computes whatever depends on a clip: levels relative to its loudest frame, the path of
F0, and statistics. Clips may share frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.frames import Framing, lay_out_frames
from vocalbaby.features.functionals import mean_std_of, quantiles, segment_max
from vocalbaby.features.spectral_prosodic import f0, prosody, rhythm, spectral, timbre
from vocalbaby.features.spectral_prosodic.spectrum import power_spectra

__all__ = ["N_COLUMNS", "Frames", "describe", "is_audible", "summarise"]

Array = NDArray[np.float32]
Described = TypeVar("Described", spectral.Spectra, f0.Candidates)

N_COLUMNS: Final = len(timbre.COLUMNS) + len(rhythm.COLUMNS) + len(prosody.COLUMNS)
#: Frames this far (in power) below the loudest do not count in spectral statistics.
_ACTIVE: Final = np.float32(1e-4)
#: Levels reach this far below the loudest frame.
_RANGE_DB: Final = np.float32(60)
#: Least number of frames for a standard deviation.
_FEWEST: Final = 3
#: Power of the loudest frame below which a clip is silent: noise with a root mean square of 1e-6
#: has about this power (the last bit of 16 is 3e-5); and above which it may overflow.
_SILENT: Final = np.float32(3e-8)
_TOO_LOUD: Final = np.float32(1e30)


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of one or several signals, one after another."""

    spectra: spectral.Spectra
    candidates: f0.Candidates


def describe(clips: Sequence[Array], framing: Framing) -> Frames:
    """Describe the frames of clips, one clip after another; each clip has at least one sample."""
    # Clips that are not finite are left out later.
    with np.errstate(all="ignore"):
        power = power_spectra(clips, framing)
        return Frames(spectral.describe(power, framing), f0.candidates(power, framing))


def is_audible(loudest: Array) -> NDArray[np.bool_]:
    """Whether clips whose loudest frames have this power are neither silent nor too loud."""
    audible: NDArray[np.bool_] = (loudest > _SILENT) & (loudest < _TOO_LOUD)
    return audible


def _select(described: Described, rows: NDArray[np.intp]) -> Described:
    names = [field.name for field in fields(described)]
    return replace(described, **{n: getattr(described, n).take(rows, axis=-1) for n in names})


def summarise(
    frames: Frames, starts: NDArray[np.int64], counts: NDArray[np.int64], framing: Framing
) -> Array:
    """Compute the features of clips.

    Args:
        frames: Frames that `describe` returned.
        starts: The first frame of each clip, (n_clips,).
        counts: The number of frames of each clip, at least 1, (n_clips,).
        framing: How the signals were divided into frames.

    Returns:
        (n_clips, N_COLUMNS); NaN in every column of a clip that is silent or not finite.
    """
    values = np.full((len(counts), N_COLUMNS), np.nan, np.float32)
    total = frames.spectra.total
    loudest = [total[start : start + n].max() for start, n in zip(starts, counts, strict=True)]
    audible = np.flatnonzero(is_audible(np.array(loudest, np.float32)))
    if len(audible):
        rows = [np.arange(starts[i], starts[i] + counts[i]) for i in audible]
        chosen = np.concatenate(rows)
        own = Frames(_select(frames.spectra, chosen), _select(frames.candidates, chosen))
        values[audible] = _summarise(own, counts[audible], framing)
    return values


def _summarise(frames: Frames, counts: NDArray[np.int64], framing: Framing) -> Array:
    """Return the features of audible clips whose frames stand one after another."""
    layout = lay_out_frames(counts, framing)
    spectra = frames.spectra
    energy = spectra.total / layout.spread(segment_max(spectra.total, layout))
    active = energy > _ACTIVE
    level = spectra.level - layout.spread(segment_max(spectra.level, layout))
    np.maximum(level, -_RANGE_DB, out=level)
    track = f0.track(frames.candidates, layout, energy)
    # One pass over the descriptors of all families: for a single clip the calls dominate.
    everywhere = np.ones(len(level), np.bool_)
    groups = [
        (level[None], everywhere),
        *timbre.contours(spectra, layout, active),
        *prosody.contours(spectra.bins, layout, framing, track, level, active),
    ]
    (mean, std), *statistics = mean_std_of(groups, layout, fewest=_FEWEST)
    both = np.array([level, track.semitones])
    low, middle, high = quantiles(
        both, layout, (0.1, 0.5, 0.9), np.array([everywhere, track.voiced])
    )
    levels = np.array([mean[0], std[0], high[0] - low[0]])
    pitch = np.array([low[1], middle[1], high[1]])
    frame_s = framing.hop / SAMPLE_RATE
    values = [
        timbre.summarise(statistics[: timbre.N_GROUPS]),
        rhythm.summarise(energy, level, layout, frame_s, levels),
        prosody.summarise(track, layout, frame_s, statistics[timbre.N_GROUPS :], pitch),
    ]
    return np.concatenate(values).T
