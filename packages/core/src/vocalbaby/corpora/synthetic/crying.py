"""Crying: expirations of several kinds, from dull fussing to screams."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.control_tracks import (
    CONTROL_RATE,
    ControlTracks,
    FloatArray,
    envelope,
    flutter,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.regimes import jump, roughen, stretch
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["crying"]

Range = tuple[float, float]

#: Shares of the vowels ae, schwa and a.
_VOWELS: Final = (0.45, 0.5, 0.05)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Ranges of one kind of cry.

    Attributes:
        share: Share of the cries.
        f0_hz: Highest F0 of the expiration for a child whose modal F0 is 380 Hz.
        length_s: Length of the expiration.
        arc: Semitones by which F0 rises and falls around its maximum.
        slope: Slope of the glottal spectrum, dB per octave.
        pressing: As in `ControlTracks`.
        breath_db: Aspiration noise relative to voicing.
        rough: Probability of a nonlinear regime in the clip.
    """

    share: float
    f0_hz: Range
    length_s: Range
    arc: Range
    slope: Range
    pressing: Range
    breath_db: Range
    rough: float


_KINDS: Final = {
    "cry": _Kind(0.55, (340, 580), (0.6, 1.8), (1, 8), (-5, 1.5), (0.8, 3.5), (-44, -18), 0.3),
    "fuss": _Kind(0.20, (290, 430), (0.5, 1.3), (0.5, 6), (-9, -3), (0.2, 2.5), (-42, -18), 0.2),
    "whimper": _Kind(0.13, (330, 540), (0.6, 1.3), (1, 7), (-8, -1), (0.2, 2.2), (-36, -14), 0.15),
    "scream": _Kind(0.12, (430, 680), (0.7, 1.8), (2, 10), (-3, 3), (1.2, 4), (-46, -16), 0.4),
}


def crying(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """An excerpt of a bout of crying, usually within one expiration.

    The kinds and their effort follow Wolff (1969) and Scheiner et al. (2002), melody and
    F0 Kent and Murray (1982) and LaGasse et al. (2005): loud cries, dull fussing, whimpering
    in soft pulses, and screams, which may jump to hyperphonation at 0.9 to 2 kHz.
    """
    name = str(rng.choice(list(_KINDS), p=[kind.share for kind in _KINDS.values()]))
    kind = _KINDS[name]
    tracks = neutral_tracks(voice, duration_s, formants(voice, "schwa"))
    length = rng.uniform(*kind.length_s)
    inside = rng.random() < 0.9
    start = -rng.uniform(0.0, 0.6) * length if inside else rng.uniform(0.0, 0.3) * duration_s
    end = max(start + length, 0.5 * duration_s)
    top = rng.uniform(*kind.f0_hz) * np.sqrt(voice.f0_hz / 380)
    tracks.f0 = top * _melody(rng, kind, tracks, start, end)
    effort = wander(rng, len(tracks.f0), rng.uniform(1.5, 8), CONTROL_RATE)
    attack, release = rng.uniform(0.03, 0.2), rng.uniform(0.05, 0.3)
    tracks.voicing = envelope(tracks.times, start, end, attack, release)
    tracks.voicing *= np.exp(rng.uniform(0.0, 0.2) * effort)
    if name == "whimper":
        tracks.voicing *= _pulses(rng, tracks)
    _articulate(rng, voice, tracks, (start, end), effort)
    _phonate(rng, kind, tracks, effort)
    while rng.random() < kind.rough:
        roughen(rng, tracks, stretch(rng, tracks, duration_s), rng.uniform(0.2, 1.0))
    if rng.random() < (0.25 if name == "scream" else 0.06):
        jump(rng, tracks, duration_s, rng.uniform(7, 19))
    _inspire(rng, tracks, start, end)
    return tracks


def _melody(
    rng: np.random.Generator, kind: _Kind, tracks: ControlTracks, start: float, end: float
) -> FloatArray:
    """F0 over its maximum: a rise and a fall, with tremor and irregular drift."""
    n, t = len(tracks.f0), tracks.times
    arc = rng.uniform(*kind.arc)
    peak = start + rng.uniform(0.15, 0.6) * (end - start)
    knots = [
        (start, -arc * rng.uniform(0.3, 1.2)),
        (peak, 0.0),
        (end, -arc * rng.uniform(0.3, 1.5)),
    ]
    tremor = rng.exponential(0.25) * np.sin(2 * np.pi * rng.uniform(5, 10) * t)
    factor = 2 ** ((smooth_curve(t, knots) + tremor) / 12)
    factor *= random_drift(rng, n, rng.uniform(0.4, 1.6), rng.uniform(2, 6))
    return factor * flutter(rng, n, rng.uniform(0.2, 0.8)) * random_drift(rng, n, 0.25, 40)


def _articulate(
    rng: np.random.Generator,
    voice: Voice,
    tracks: ControlTracks,
    span: tuple[float, float],
    effort: FloatArray,
) -> None:
    """Move the mouth slowly from one open vowel to another; effort opens it."""
    n = len(tracks.f0)
    tract = rng.uniform(0.84, 1.0)  # the larynx lowers and the pharynx widens
    first, second = (
        formants(voice, str(vowel)) for vowel in rng.choice(["ae", "schwa", "a"], 2, p=_VOWELS)
    )
    first[0] *= rng.uniform(0.9, 1.4)
    second[0] *= rng.uniform(0.8, 1.4)
    second[1] *= rng.uniform(0.85, 1.1)
    if rng.random() < 0.5:
        second = first
    middle = rng.uniform(*span)
    width = rng.uniform(0.3, 1.0)
    glide = envelope(tracks.times, middle - width / 2, 99.0, width, 1.0)[:, None]
    tracks.formants = tract * (first + glide * (second - first))
    tracks.formants[:, 2:] *= rng.uniform(0.93, 1.0)
    tracks.formants[:, 0] *= 2 ** (rng.uniform(0.0, 1.2) / 12 * effort)
    for k in range(tracks.formants.shape[1]):
        tracks.formants[:, k] *= random_drift(rng, n, rng.uniform(0.1, 1.2), rng.uniform(1.5, 5))
    tracks.nasality[:] = rng.uniform(0.0, 0.3)
    tracks.damping *= rng.uniform(0.45, 1.4) * np.exp(0.25 * wander(rng, n, 3, CONTROL_RATE))


def _phonate(
    rng: np.random.Generator, kind: _Kind, tracks: ControlTracks, effort: FloatArray
) -> None:
    """Set the glottal source, which changes within the cry, in part with the effort."""
    n = len(tracks.f0)
    quality = wander(rng, n, rng.uniform(1.5, 5), CONTROL_RATE)
    tracks.slope[:] = rng.uniform(*kind.slope)
    tracks.slope += rng.uniform(0.0, 2.0) * effort + rng.uniform(0.2, 1.5) * quality
    tracks.pressing[:] = rng.uniform(*kind.pressing) * np.exp(rng.uniform(0.0, 0.8) * quality)
    tracks.irregularity[:] = rng.uniform(0.0, 3.0)
    tracks.jitter[:] = 10 ** rng.uniform(-3.3, -2.1)
    tracks.shimmer[:] = 10 ** rng.uniform(-2.2, -1.1)
    breath_db = rng.uniform(*kind.breath_db) + rng.uniform(1.0, 6.0) * wander(
        rng, n, rng.uniform(2, 6), CONTROL_RATE
    )
    tracks.aspiration = tracks.voicing * 10 ** (np.minimum(breath_db, -3.0) / 20)


def _pulses(rng: np.random.Generator, tracks: ControlTracks) -> FloatArray:
    """Level of irregular soft pulses, two to five a second, that rarely reach silence."""
    rate = rng.uniform(2, 5) * (1 + 0.3 * wander(rng, len(tracks.f0), 3, CONTROL_RATE))
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(rate) / CONTROL_RATE + rng.uniform(0, 6.28))
    return 1 - rng.uniform(0.4, 0.97) * wave


def _inspire(rng: np.random.Generator, tracks: ControlTracks, start: float, end: float) -> None:
    """Add short inspirations, often voiced and high, before and after the expiration."""
    for at in (start - rng.uniform(0.25, 0.35), end + rng.uniform(0.03, 0.1)):
        if rng.random() < 0.7:
            gasp = envelope(tracks.times, at, at + rng.uniform(0.1, 0.25), 0.04, 0.05)
            tracks.aspiration += gasp * 10 ** (rng.uniform(-22, -8) / 20)
            if rng.random() < 0.4:
                inside = gasp > 0
                tracks.f0[inside] *= rng.uniform(1.2, 2.0)
                tracks.voicing += gasp * 10 ** (rng.uniform(-18, -6) / 20)
