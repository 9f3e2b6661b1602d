"""The default set: spectrum, dynamics, rhythm, F0 and voice, independent of the level.

The offset of every clip is removed and the clip is scaled to the same root mean square, so
no column depends on the level of a recording; only the formants use what lies above 4.5 kHz.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.features.frames import Framing, lay_out, power_spectra
from vocalbaby.features.functionals import mean_std_of, quantiles
from vocalbaby.features.spectral_prosodic import compiled, f0, prosody, rhythm, spectral, timbre

__all__ = ["FRAMING", "NAME", "SET", "normalise"]

Array = NDArray[np.float32]

NAME: Final = "spectral_prosodic"
#: 30 ms hold three periods of the lowest F0; the transform holds a window and such a period.
FRAMING: Final = Framing(window=480, hop=160, n_fft=640, top_hz=5500.0)
#: Frames this far (in power) below the loudest do not count in spectral statistics.
_ACTIVE: Final = np.float32(1e-4)
#: Levels do not fall below this power.
_LEVEL_FLOOR: Final = np.float32(1e-6)
#: Least number of frames for a standard deviation.
_FEWEST: Final = 3
#: Root mean square below which there is nothing to measure (the last bit of 16 is 3e-5).
_SILENT_RMS: Final = 1e-6
_CLIPS: Final = 16
_FRAMES: Final = 4096


def normalise(clip: Array) -> Array | None:
    """Return the clip with mean 0 and root mean square 1, or None if it is silent."""
    centred = clip.astype(np.float64)
    centred -= np.add.reduce(centred) / len(clip)
    rms = float(np.sqrt(np.add.reduce(centred * centred) / len(clip)))
    return (centred / rms).astype(np.float32) if rms > _SILENT_RMS else None


def _chunks(clips: Sequence[Array], order: Sequence[int]) -> Iterator[list[int]]:
    """Group clips of similar length, few enough for the cache."""
    part: list[int] = []
    for i in order:
        if part and (
            len(part) == _CLIPS or (len(part) + 1) * FRAMING.count(len(clips[i])) > _FRAMES
        ):
            yield part
            part = []
        part.append(i)
    if part:
        yield part


def _extract(clips: Sequence[Array]) -> Array:
    """Return the features of a few normalised clips, (n_clips, n_columns)."""
    layout = lay_out([len(clip) for clip in clips], FRAMING)
    power = power_spectra(clips, layout, FRAMING)
    spectra = spectral.describe(power, layout, FRAMING)
    active = spectra.energy > _ACTIVE
    track = f0.track(power, layout, FRAMING, spectra.energy)
    level = spectral.decibels(np.maximum(spectra.energy, _LEVEL_FLOOR))
    # One pass over the descriptors of all families: for a single clip the calls dominate.
    everywhere = np.ones(len(level), np.bool_)
    groups = [
        (level[None], everywhere),
        *timbre.contours(spectra, layout, active),
        *prosody.contours(power, layout, FRAMING, track, level, active),
    ]
    (mean, std), *statistics = mean_std_of(groups, layout, fewest=_FEWEST)
    both = np.array([level, track.semitones])
    low, middle, high = quantiles(
        both, layout, (0.1, 0.5, 0.9), np.array([everywhere, track.voiced])
    )
    levels = np.array([mean[0], std[0], high[0] - low[0]])
    pitch = np.array([low[1], middle[1], high[1]])
    frame_s = FRAMING.hop / SAMPLE_RATE
    values = [
        timbre.summarise(statistics[: timbre.N_GROUPS]),
        rhythm.summarise(spectra.energy, level, layout, frame_s, levels),
        prosody.summarise(track, layout, frame_s, statistics[timbre.N_GROUPS :], pitch),
    ]
    return np.concatenate(values).T


class SpectralProsodic:
    """Level-independent statistics of spectrum, envelope, F0 and voice quality."""

    name = NAME
    version = "3"
    columns = (*timbre.COLUMNS, *rhythm.COLUMNS, *prosody.COLUMNS)

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see :class:`vocalbaby.entity.features.FeatureSet`.

        A silent clip has NaN in every column.
        """
        result = np.full((len(clips), len(self.columns)), np.nan, np.float32)
        native = kernel.native
        if native is None:
            scaled = [normalise(clip) for clip in clips]
        else:
            scaled = [compiled.normalise(native, clip) for clip in clips]
        audible = {i: clip for i, clip in enumerate(scaled) if clip is not None}
        order = sorted(audible, key=lambda i: len(audible[i]))
        for part in _chunks(clips, order):
            chosen = [audible[i] for i in part]
            result[part] = (
                _extract(chosen) if native is None else compiled.extract(native, chosen, FRAMING)
            )
        return result


SET: Final = SpectralProsodic()
