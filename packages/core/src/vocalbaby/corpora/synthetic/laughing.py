"""Laughing: irregular bouts of short bursts, voiced or not, that swoop in F0."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import (
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

__all__ = ["laughing"]

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Ranges of one kind of laugh.

    Attributes:
        share: Share of the laughs.
        f0_hz: F0 of a burst for a child whose modal F0 is 380 Hz.
        rate: Bursts per second.
        duty: Share of a burst in the time from one onset to the next.
        gap_db: Level of the voice between bursts.
        unvoiced: Probability that a burst has no voice.
        arc: Semitones by which F0 rises and falls in a burst.
    """

    share: float
    f0_hz: Range
    rate: Range
    duty: Range
    gap_db: Range
    unvoiced: Range
    arc: Range


_KINDS: Final = {
    "belly laugh": _Kind(0.5, (320, 720), (5, 8.5), (0.4, 0.85), (-26, -10), (0.0, 0.3), (3, 12)),
    "chuckle": _Kind(0.33, (270, 460), (5, 9), (0.4, 0.9), (-22, -5), (0.0, 0.3), (2, 8)),
    "squeal": _Kind(0.07, (600, 1200), (3.5, 7.5), (0.5, 0.95), (-30, -6), (0.0, 0.2), (3, 14)),
    "snort": _Kind(0.1, (300, 700), (3.5, 8), (0.4, 0.9), (-40, -12), (0.4, 0.9), (2, 10)),
}


def laughing(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """An excerpt of a bout of laughter.

    Bursts of 50 to 200 ms follow each other at 3 to 9 Hz without complete silence between
    them. Voiced, grunt-like and snort-like bursts, F0 from 300 to over 1000 Hz, its arcs
    and its jumps follow Bachorowski, Smoski and Owren (2001, adults), changes of the voice
    within a burst Mittal and Yegnanarayana (2015), rates and chuckles, squeals and rhythmic
    laughs Nwokah et al. (1993, 1999, infants).
    """
    name = str(rng.choice(list(_KINDS), p=[kind.share for kind in _KINDS.values()]))
    kind = _KINDS[name]
    mouth = formants(voice, str(rng.choice(["ae", "schwa", "e", "a"], p=(0.3, 0.35, 0.25, 0.1))))
    mouth *= rng.uniform(0.95, 1.15)  # lips that are drawn back raise formants (Tartter 1980)
    mouth[0] *= rng.uniform(0.72, 1.0)
    tracks = neutral_tracks(voice, duration_s, mouth)
    n = len(tracks.f0)
    opening, contour = _bursts(rng, kind, tracks, duration_s)
    base = np.exp(rng.uniform(*np.log(kind.f0_hz))) * np.sqrt(voice.f0_hz / 380)
    tracks.f0 = base * 2 ** (contour / 12) * flutter(rng, n, rng.uniform(0.1, 0.9))
    tracks.f0 = np.clip(tracks.f0 * random_drift(rng, n, 0.2, 40), 140.0, 1800.0)
    # The glottis spreads between bursts: the harmonics above the first get weak.
    tracks.slope[:] = rng.uniform(-8.0, -0.5)
    tracks.slope += rng.uniform(1.0, 12.0) * (opening - 0.7)
    tracks.pressing[:] = rng.uniform(0.0, 2.0) * opening
    tracks.irregularity[:] = rng.uniform(0.0, 4.0)
    tracks.formants[:, 0] *= 1 + rng.uniform(0.0, 0.35) * (opening - 0.6)
    for k in range(tracks.formants.shape[1]):
        tracks.formants[:, k] *= random_drift(rng, n, rng.uniform(0.1, 1.2))
    tracks.jitter[:] = 10 ** rng.uniform(-2.8, -1.7)
    tracks.shimmer[:] = 10 ** rng.uniform(-1.9, -0.9)
    tracks.damping *= rng.uniform(0.6, 1.15)
    tracks.nasality[:] = rng.uniform(0.0, 0.2)
    while rng.random() < 0.25:
        roughen(rng, tracks, stretch(rng, tracks, duration_s), rng.uniform(0.2, 1.0))
    if rng.random() < 0.15:
        jump(rng, tracks, duration_s, rng.choice((-12.0, 7.0, 12.0)))
    if rng.random() < 0.15:
        _inhale(rng, tracks, duration_s)
    return tracks


def _bursts(
    rng: np.random.Generator, kind: _Kind, tracks: ControlTracks, duration_s: float
) -> tuple[FloatArray, FloatArray]:
    """Set voice and breath; return the opening of the mouth (0 to 1) and F0 in semitones."""
    t = tracks.times
    period, duty = 1 / rng.uniform(*kind.rate), rng.uniform(*kind.duty)
    irregular, unequal = rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.5)
    arc, falls, peak = rng.uniform(*kind.arc), rng.uniform(0.5, 1.5), rng.uniform(0.1, 0.7)
    spread, decline = rng.uniform(0.5, 5.0), rng.uniform(-2.5, 1.0)
    attack, release = rng.uniform(0.008, 0.06), rng.uniform(0.02, 0.12)
    breath_db, onset_db = rng.uniform(-34, -12), rng.uniform(-32, -4)
    unvoiced = rng.uniform(*kind.unvoiced)
    opening, contour = np.zeros(len(t)), np.zeros(len(t))
    shift = 0.0
    at = -rng.uniform(0, 1) * period if rng.random() < 0.6 else rng.uniform(0.0, 0.1)
    while at < duration_s:
        step = period * np.exp(irregular * rng.standard_normal())
        length = step * np.clip(duty * np.exp(0.2 * rng.standard_normal()), 0.15, 0.97)
        level = np.exp(unequal * rng.standard_normal())
        burst = envelope(t, at, at + length, attack, release)
        opening = np.maximum(opening, burst)
        shift += decline
        swoop = [(at, -arc), (at + peak * length, 0.0), (at + length, -arc * falls)]
        here = (t >= at) & (t < at + step)
        height = shift + spread * rng.standard_normal() + 0.4 * arc
        contour[here] = smooth_curve(t[here], swoop) + height
        voiced = rng.random() >= unvoiced
        tracks.voicing = np.maximum(tracks.voicing, (1.0 if voiced else 0.05) * level * burst)
        noise_db = breath_db if voiced else rng.uniform(-10, 0)
        tracks.aspiration += level * burst * 10 ** (noise_db / 20)
        puff = envelope(t, at - 0.06, at + 0.03, 0.03, 0.03)  # an h before the voice
        tracks.aspiration += level * puff * 10 ** (onset_db / 20)
        at += step
    tracks.voicing = np.maximum(tracks.voicing, 10 ** (rng.uniform(*kind.gap_db) / 20))
    leak_db = breath_db - rng.uniform(3, 25)
    tracks.aspiration = np.maximum(tracks.aspiration, 10 ** (leak_db / 20))
    return opening, contour


def _inhale(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> None:
    """End the bout with an ingressive breath, audible or squeaking."""
    start = rng.uniform(0.5, 0.8) * duration_s
    breath = envelope(tracks.times, start + 0.03, start + rng.uniform(0.15, 0.4), 0.05, 0.08)
    tracks.voicing *= envelope(tracks.times, -1.0, start + 0.03, 0.1, 0.04)
    tracks.aspiration += breath * 10 ** (rng.uniform(-20, -6) / 20)
    if rng.random() < 0.5:
        tracks.f0 = np.where(breath > 0, np.clip(tracks.f0 * 1.6, 500, 1500), tracks.f0)
        tracks.voicing += breath * 10 ** (rng.uniform(-16, -4) / 20)
