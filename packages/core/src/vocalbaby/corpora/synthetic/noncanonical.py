"""Non-canonical vocalizations: speech-like sounds without a well-formed syllable."""

from collections.abc import Callable
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.canonical import syllables
from vocalbaby.corpora.synthetic.control_tracks import (
    Burst,
    ControlTracks,
    envelope,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.tract import VOWELS, formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["noncanonical"]

Synthesizer = Callable[[np.random.Generator, Voice, float], ControlTracks]


def _vowel(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """One vowel or a slow glide between two, with soft or glottal edges."""
    first, second = (formants(voice, str(v)) for v in rng.choice(list(VOWELS), 2))
    if rng.random() < 0.6:
        second = first
    tracks = neutral_tracks(voice, duration_s, first)
    t = tracks.times
    middle = rng.uniform(0.2, 0.8) * duration_s
    slow = envelope(t, middle - rng.uniform(0.1, 0.2), 99.0, rng.uniform(0.2, 0.4), 1.0)
    tracks.formants = first + slow[:, None] * (second - first)
    start = rng.uniform(-0.3, 0.25) * duration_s
    end = duration_s * rng.uniform(0.7, 1.4)
    tracks.voicing = envelope(t, start, end, rng.uniform(0.01, 0.1), rng.uniform(0.03, 0.2))
    if rng.random() < 0.3:  # one or several glottal stops
        for at in middle + rng.uniform(0.15, 0.35) * np.arange(int(rng.integers(1, 4))):
            tracks.voicing *= 1 - envelope(t, at, at + rng.uniform(0.04, 0.12), 0.015, 0.015)
    melody = [
        (0.0, rng.uniform(0.75, 1.3)),
        (middle, rng.uniform(0.8, 1.35)),
        (duration_s, rng.uniform(0.65, 1.2)),
    ]
    tracks.f0 *= rng.uniform(0.8, 1.3) * smooth_curve(t, melody) * random_drift(rng, len(t), 0.4)
    # Comfort sounds are not pressed: a flatter spectrum would be that of a cry.
    tracks.slope = np.minimum(tracks.slope + rng.uniform(-3.0, 2.0), -4.0)
    tracks.irregularity[:] = rng.uniform(0.0, 3.0)
    tracks.damping *= rng.uniform(0.8, 1.8)
    tracks.aspiration = tracks.voicing * 10 ** ((voice.breathiness_db + rng.uniform(-4, 8)) / 20)
    return tracks


def _quasi_resonant(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """Closed or nearly closed mouth: nasal, damped, weak above 1.5 kHz."""
    tracks = _vowel(rng, voice, duration_s)
    tracks.nasality = np.full(len(tracks.f0), rng.uniform(0.5, 1.0))
    tracks.damping *= rng.uniform(1.5, 3.0)
    tracks.formants[:, 0] *= rng.uniform(0.4, 0.7)
    tracks.slope -= rng.uniform(2.0, 6.0)
    return tracks


def _squeal(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """High register, 0.55 to 2 kHz."""
    tracks = _vowel(rng, voice, duration_s)
    tracks.f0 = np.clip(tracks.f0 * rng.uniform(1.7, 3.5), 550, 2000)
    tracks.slope -= rng.uniform(0.0, 4.0)
    tracks.jitter *= 0.7
    return tracks


def _growl(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """Low and rough: 90 to 300 Hz with period doubling and noise."""
    tracks = _vowel(rng, voice, duration_s)
    tracks.f0 = np.clip(tracks.f0 * rng.uniform(0.35, 0.7), 90, 300)
    tracks.jitter += rng.uniform(0.01, 0.05)
    tracks.shimmer += rng.uniform(0.05, 0.3)
    tracks.subharmonic += rng.uniform(0.2, 0.8)
    tracks.slope += rng.uniform(0.0, 3.0)
    tracks.aspiration += tracks.voicing * 10 ** (rng.uniform(-16, -5) / 20)
    return tracks


def _raspberry(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """Lip trill: puffs of noise at 15 to 35 Hz, with or without voice."""
    tracks = _vowel(rng, voice, duration_s)
    start, end = rng.uniform(-0.2, 0.2) * duration_s, rng.uniform(0.7, 1.3) * duration_s
    rate, at = rng.uniform(15, 35), max(start, 0.0)
    while at < min(end, duration_s):
        tracks.bursts.append(Burst(at, 0.9 / rate, rng.uniform(500, 1200), 1.3, rng.uniform(-4, 2)))
        at += rng.uniform(0.85, 1.15) / rate
    trill = 0.5 + 0.5 * np.sin(2 * np.pi * rate * tracks.times)
    tracks.voicing *= trill * rng.choice((0.0, rng.uniform(0.1, 0.7)))
    tracks.formants[:, 0] *= 0.5
    return tracks


def _marginal(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """Syllables whose transitions are too slow or too open to be canonical."""
    tracks = syllables(
        rng, voice, duration_s, transition_s=(0.14, 0.3), closure_depth=rng.uniform(0.3, 0.8)
    )
    tracks.bursts.clear()
    tracks.f0 *= rng.uniform(0.8, 1.25)
    return tracks


def _grunt(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """A short, quiet and abrupt sound of effort."""
    tracks = _vowel(rng, voice, duration_s)
    start = rng.uniform(0.0, 0.4) * duration_s
    tracks.voicing = envelope(tracks.times, start, start + rng.uniform(0.06, 0.25), 0.01, 0.05)
    tracks.f0 *= rng.uniform(0.6, 0.9)
    tracks.jitter += rng.uniform(0.0, 0.02)
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(-18, -4) / 20)
    return tracks


_KINDS: Final[tuple[tuple[float, Synthesizer], ...]] = (
    (0.37, _vowel),
    (0.20, _quasi_resonant),
    (0.10, _squeal),
    (0.10, _growl),
    (0.05, _raspberry),
    (0.11, _marginal),
    (0.07, _grunt),
)


def noncanonical(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """One vocalization of a type described by Stark (1980) and Oller (1980, 2000).

    The types are fully and quasi-resonant vowels, squeals, growls, raspberries, marginal
    syllables and grunts. None has an adult-like consonant-vowel transition. Fussing and
    whining are kinds of `crying`.
    """
    shares = np.array([share for share, _ in _KINDS])
    return _KINDS[int(rng.choice(len(_KINDS), p=shares / shares.sum()))][1](rng, voice, duration_s)
