"""Non-canonical vocalizations: everything speech-like without a proper syllable."""

from collections.abc import Callable
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.canonical import syllables
from vocalbaby.corpora.synthetic.control_tracks import (
    Burst,
    Score,
    glide,
    neutral_score,
    swell,
    unsteady,
)
from vocalbaby.corpora.synthetic.tract import VOWELS, formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["noncanonical"]

Maker = Callable[[np.random.Generator, Voice, float], Score]


def _vowel(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """One vowel or a slow glide between two, with soft or glottal edges."""
    first, second = (formants(voice, str(v)) for v in rng.choice(list(VOWELS), 2))
    if rng.random() < 0.6:
        second = first
    score = neutral_score(voice, duration_s, first)
    t = score.times
    middle = rng.uniform(0.2, 0.8) * duration_s
    slow = swell(t, middle - rng.uniform(0.1, 0.2), 99.0, rng.uniform(0.2, 0.4), 1.0)
    score.formants = first + slow[:, None] * (second - first)
    start = rng.uniform(-0.3, 0.25) * duration_s
    end = duration_s * rng.uniform(0.7, 1.4)
    score.voicing = swell(t, start, end, rng.uniform(0.01, 0.1), rng.uniform(0.03, 0.2))
    if rng.random() < 0.3:  # glottal stops, at times several in a row
        for at in middle + rng.uniform(0.15, 0.35) * np.arange(int(rng.integers(1, 4))):
            score.voicing *= 1 - swell(t, at, at + rng.uniform(0.04, 0.12), 0.015, 0.015)
    melody = [
        (0.0, rng.uniform(0.75, 1.3)),
        (middle, rng.uniform(0.8, 1.35)),
        (duration_s, rng.uniform(0.65, 1.2)),
    ]
    score.f0 *= rng.uniform(0.8, 1.3) * glide(t, melody) * unsteady(rng, len(t), 0.4)
    score.slope += rng.uniform(-3.0, 3.0)
    score.damping *= rng.uniform(0.8, 1.8)
    score.aspiration = score.voicing * 10 ** ((voice.breathiness_db + rng.uniform(-4, 8)) / 20)
    return score


def _fuss(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """Complaint short of a cry: pressed, bright, higher than at rest."""
    score = _vowel(rng, voice, duration_s)
    score.slope = np.minimum(score.slope + rng.uniform(1.0, 4.0), -1.0)
    score.f0 *= rng.uniform(1.0, 1.35)
    score.nasality[:] = rng.uniform(0.0, 0.8)
    return score


def _quasi_resonant(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """Mouth closed or nearly so: nasal, damped, weak above 1.5 kHz."""
    score = _vowel(rng, voice, duration_s)
    score.nasality = np.full(len(score.f0), rng.uniform(0.5, 1.0))
    score.damping *= rng.uniform(1.5, 3.0)
    score.formants[:, 0] *= rng.uniform(0.4, 0.7)
    score.slope -= rng.uniform(2.0, 6.0)
    return score


def _squeal(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """High register, 0.6-1.8 kHz, often leaping."""
    score = _vowel(rng, voice, duration_s)
    score.f0 = np.clip(score.f0 * rng.uniform(1.7, 3.5), 550, 2000)
    score.slope -= rng.uniform(0.0, 4.0)
    score.jitter *= 0.7
    return score


def _growl(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """Low and rough: 100-280 Hz with period doubling and noise."""
    score = _vowel(rng, voice, duration_s)
    score.f0 = np.clip(score.f0 * rng.uniform(0.35, 0.7), 90, 300)
    score.jitter += rng.uniform(0.01, 0.05)
    score.shimmer += rng.uniform(0.05, 0.3)
    score.subharmonic += rng.uniform(0.2, 0.8)
    score.slope += rng.uniform(0.0, 3.0)
    score.aspiration += score.voicing * 10 ** (rng.uniform(-16, -5) / 20)
    return score


def _raspberry(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """Trilled lips: puffs of noise at 15-35 Hz, with or without voice."""
    score = _vowel(rng, voice, duration_s)
    start, end = rng.uniform(-0.2, 0.2) * duration_s, rng.uniform(0.7, 1.3) * duration_s
    rate, at = rng.uniform(15, 35), max(start, 0.0)
    while at < min(end, duration_s):
        score.bursts.append(Burst(at, 0.9 / rate, rng.uniform(500, 1200), 1.3, rng.uniform(-4, 2)))
        at += rng.uniform(0.85, 1.15) / rate
    trill = 0.5 + 0.5 * np.sin(2 * np.pi * rate * score.times)
    score.voicing *= trill * rng.choice((0.0, rng.uniform(0.1, 0.7)))
    score.formants[:, 0] *= 0.5
    return score


def _marginal(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """A syllable too slow or too open to count as canonical."""
    score = syllables(
        rng, voice, duration_s, transition_s=(0.14, 0.3), closure_depth=rng.uniform(0.3, 0.8)
    )
    score.bursts.clear()
    score.f0 *= rng.uniform(0.8, 1.25)
    return score


def _grunt(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """Short, quiet, abrupt: effort rather than speech."""
    score = _vowel(rng, voice, duration_s)
    start = rng.uniform(0.0, 0.4) * duration_s
    score.voicing = swell(score.times, start, start + rng.uniform(0.06, 0.25), 0.01, 0.05)
    score.f0 *= rng.uniform(0.6, 0.9)
    score.jitter += rng.uniform(0.0, 0.02)
    score.aspiration = score.voicing * 10 ** (rng.uniform(-18, -4) / 20)
    return score


_KINDS: Final[tuple[tuple[float, Maker], ...]] = (
    (0.33, _vowel),
    (0.07, _fuss),
    (0.20, _quasi_resonant),
    (0.10, _squeal),
    (0.10, _growl),
    (0.05, _raspberry),
    (0.08, _marginal),
    (0.07, _grunt),
)


def noncanonical(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """One vocalization of the kinds of Stark (1980) and Oller (1980, 2000).

    Fully and quasi-resonant vowels, squeals, growls, raspberries, marginal syllables
    and grunts: none with an adult-like consonant-vowel transition.
    """
    shares = np.array([share for share, _ in _KINDS])
    return _KINDS[int(rng.choice(len(_KINDS), p=shares / shares.sum()))][1](rng, voice, duration_s)
