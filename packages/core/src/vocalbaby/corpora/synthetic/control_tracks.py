"""Control tracks: how the parameters of a vocalization change over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = [
    "CONTROL_RATE",
    "Burst",
    "ControlTracks",
    "FloatArray",
    "envelope",
    "flutter",
    "neutral_tracks",
    "random_drift",
    "smooth_curve",
]

FloatArray = NDArray[np.float64]

#: Frames per second of the control tracks.
CONTROL_RATE: Final = 400


@dataclass(frozen=True, slots=True)
class Burst:
    """Turbulence noise at a constriction: a release burst or a fricative.

    Attributes:
        start_s: Onset.
        duration_s: Length.
        centre_hz: Centre of its spectrum.
        octaves: Width of its spectrum.
        gain_db: Level relative to full voicing.
    """

    start_s: float
    duration_s: float
    centre_hz: float
    octaves: float
    gain_db: float


@dataclass(slots=True)
class ControlTracks:
    """Control tracks, all of shape (n_frames,) except ``formants``.

    Attributes:
        f0: Hz.
        voicing: Linear amplitude of the voice, 0 to 1.
        aspiration: Linear amplitude of breath noise.
        slope: Slope of the glottal spectrum, dB per octave.
        pressing: Multiple of F0 below which the glottal spectrum falls, 0 for none; a pressed
            voice, with its short open phase, has weak first harmonics.
        irregularity: Standard deviation in dB by which each harmonic deviates from the smooth
            glottal spectrum, half of it for the whole clip and half of it as it moves.
        subharmonic: 0 to 1, strength of subharmonics.
        subharmonic_order: Cycles of the voice per subharmonic cycle: 2 for period doubling.
        biphonation: 0 to 1, strength of a second, independent oscillation of the vocal folds.
        second_hz: Frequency of the second oscillation, Hz.
        jitter: Relative standard deviation of the cycle length.
        shimmer: Relative standard deviation of the cycle amplitude.
        formants: Hz, shape (n_frames, n_formants).
        damping: Factor on the formant bandwidths.
        nasality: 0 to 1.
        bursts: Turbulence added after the tract.
    """

    f0: FloatArray
    voicing: FloatArray
    aspiration: FloatArray
    slope: FloatArray
    pressing: FloatArray
    irregularity: FloatArray
    subharmonic: FloatArray
    subharmonic_order: FloatArray
    biphonation: FloatArray
    second_hz: FloatArray
    jitter: FloatArray
    shimmer: FloatArray
    formants: FloatArray
    damping: FloatArray
    nasality: FloatArray
    bursts: list[Burst] = field(default_factory=list)

    @property
    def times(self) -> FloatArray:
        """Seconds, shape (n_frames,)."""
        return np.arange(len(self.f0)) / CONTROL_RATE


def neutral_tracks(voice: Voice, duration_s: float, formants: FloatArray) -> ControlTracks:
    """Create constant tracks: modal F0, habitual voice quality, one vowel, no voicing."""
    n = int(duration_s * CONTROL_RATE) + 2
    one = np.ones(n)
    return ControlTracks(
        f0=voice.f0_hz * one,
        voicing=0 * one,
        aspiration=0 * one,
        slope=voice.slope_db * one,
        pressing=0 * one,
        irregularity=0 * one,
        subharmonic=0 * one,
        subharmonic_order=2 * one,
        biphonation=0 * one,
        second_hz=0.3 * voice.f0_hz * one,
        jitter=voice.jitter * one,
        shimmer=voice.shimmer * one,
        formants=np.tile(formants, (n, 1)),
        damping=one.copy(),
        nasality=voice.nasality * 0.5 * one,
    )


def smooth_curve(times: FloatArray, knots: Sequence[tuple[float, float]]) -> FloatArray:
    """Interpolate between (time, value) knots with raised cosines, shape (n_frames,)."""
    at, values = np.array(knots).T
    index = np.interp(times, at, np.arange(len(at)))
    whole = np.floor(index)
    eased = whole + (1 - np.cos(np.pi * (index - whole))) / 2
    curve: FloatArray = np.interp(eased, np.arange(len(at)), values)
    return curve


def envelope(
    times: FloatArray, start: float, end: float, attack: float, release: float
) -> FloatArray:
    """Raised-cosine envelope: 0 outside of (start, end), 1 inside, edges within the span."""
    rise = np.clip((times - start) / max(attack, 1e-4), 0, 1)
    fall = np.clip((end - times) / max(release, 1e-4), 0, 1)
    out: FloatArray = (1 - np.cos(np.pi * rise)) * (1 - np.cos(np.pi * fall)) / 4
    return out


def flutter(rng: np.random.Generator, n: int, semitones: float) -> FloatArray:
    """Factor on a frequency, shape (n,), whose fluctuation has a spectrum of about 1/f.

    Draws at 3, 6, 12, 24 and 48 Hz are added with equal variance; their sum varies by about
    ``semitones``.
    """
    total = np.sum([wander(rng, n, rate, CONTROL_RATE) for rate in (3, 6, 12, 24, 48)], axis=0)
    factor: FloatArray = 2 ** (semitones / 12 * total / np.sqrt(5))
    return factor


def random_drift(
    rng: np.random.Generator, n: int, semitones: float, rate: float = 6.0
) -> FloatArray:
    """Factor on a frequency, shape (n,), that varies by about ``semitones`` at ``rate`` Hz."""
    factor: FloatArray = 2 ** (semitones / 12 * wander(rng, n, rate, CONTROL_RATE))
    return factor
