"""Crying: long pressed expirations with an F0 arc, breaking into noise or a shriek."""

import numpy as np

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.control_tracks import (
    CONTROL_RATE,
    FloatArray,
    Score,
    glide,
    neutral_score,
    swell,
    unsteady,
)
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["crying"]


def crying(rng: np.random.Generator, voice: Voice, duration_s: float) -> Score:
    """A window on a bout of crying: an expiration, perhaps its start or its end.

    Phonation with a rising-falling melody of 350-700 Hz, dysphonation (turbulence and
    period doubling) or hyperphonation (a jump to 0.9-2 kHz): the three cry modes of
    Truby and Lind (1965), Wasz-Höckert et al. (1968) and LaGasse et al. (2005).
    """
    mouth = formants(voice, str(rng.choice(["ae", "a", "schwa"])))
    mouth *= rng.uniform(0.84, 1.02)  # the larynx sinks, the pharynx opens
    mouth[0] *= rng.uniform(0.95, 1.45)
    score = neutral_score(voice, duration_s, mouth)
    t = score.times
    length = rng.uniform(0.7, 1.8)
    start = rng.uniform(0.0, 0.4) * duration_s if rng.random() < 0.2 else -rng.uniform(0.05, 0.6)
    end = start + length
    score.voicing = swell(t, start, end, rng.uniform(0.02, 0.12), rng.uniform(0.03, 0.25))
    score.voicing *= np.exp(0.25 * (np.log2(unsteady(rng, len(t), 12.0, 8.0))))
    base = np.clip(voice.f0_hz * rng.uniform(0.98, 1.5), 300, 720)
    peak = rng.uniform(0.15, 0.6)
    melody = [
        (start, rng.uniform(0.75, 1.0)),
        (start + peak * length, 1.05),
        (end, rng.uniform(0.6, 0.95)),
    ]
    tremor = 2 ** (rng.exponential(0.15) / 12 * np.sin(2 * np.pi * rng.uniform(5, 9) * t))
    score.f0 = base * glide(t, melody) * tremor * unsteady(rng, len(t), rng.uniform(0.2, 1.5), 6.0)
    score.slope = np.minimum(score.slope + rng.uniform(2.5, 8.0), 2.0)
    # Effort and mouth opening change all the time: slope and formants follow.
    score.slope += rng.uniform(0.3, 2.5) * wander(rng, len(t), 6.0, CONTROL_RATE)
    for n in range(score.formants.shape[1]):
        score.formants[:, n] *= unsteady(rng, len(t), rng.uniform(0.3, 2.0), 5.0)
    score.jitter *= rng.uniform(0.1, 0.8)
    score.shimmer *= rng.uniform(0.3, 1.0)
    score.damping *= rng.uniform(0.5, 1.4)
    if rng.random() < 0.12:  # sobbing: the expiration comes in pieces
        beat = np.sin(2 * np.pi * rng.uniform(3, 6) * t + rng.uniform(0, 6))
        score.voicing *= np.clip(0.5 + rng.uniform(0.4, 1.5) * beat, 0.0, 1.0)
    score.aspiration = score.voicing * 10 ** (rng.uniform(-50, -24) / 20)
    score.nasality *= rng.uniform(0.0, 1.5)
    for _ in range(int(rng.choice(3, p=(0.5, 0.35, 0.15)))):
        _dysphonate(rng, score, duration_s)
    if rng.random() < 0.12:
        _hyperphonate(rng, score, duration_s)
    _pause(rng, score, start, end)
    return score


def _span(rng: np.random.Generator, score: Score, duration_s: float) -> FloatArray:
    """0 to 1 over a random stretch of the clip, often all of it."""
    middle, half = rng.uniform(0, duration_s), rng.uniform(0.05, 0.7) * duration_s
    return swell(score.times, middle - half, middle + half, 0.02, 0.02)


def _dysphonate(rng: np.random.Generator, score: Score, duration_s: float) -> None:
    span = _span(rng, score, duration_s)
    score.jitter += span * rng.uniform(0.005, 0.05)
    score.shimmer += span * rng.uniform(0.05, 0.3)
    score.subharmonic += span * rng.uniform(0.0, 0.7)
    score.aspiration += span * score.voicing * 10 ** (rng.uniform(-22, -4) / 20)


def _hyperphonate(rng: np.random.Generator, score: Score, duration_s: float) -> None:
    span = _span(rng, score, duration_s) > 0.5
    score.f0 = np.where(span, score.f0 * rng.uniform(900, 1800) / np.mean(score.f0), score.f0)
    score.slope = np.where(span, score.slope - 3, score.slope)


def _pause(rng: np.random.Generator, score: Score, start: float, end: float) -> None:
    """Before the cry and after it: a short inspiration, often voiced and high."""
    for at in (start - rng.uniform(0.25, 0.35), end + rng.uniform(0.03, 0.1)):
        if rng.random() < 0.7:
            gasp = swell(score.times, at, at + rng.uniform(0.1, 0.25), 0.04, 0.05)
            score.aspiration += gasp * 10 ** (rng.uniform(-20, -6) / 20)
            if rng.random() < 0.4:
                inside = gasp > 0
                score.f0[inside] *= rng.uniform(1.2, 2.0)
                score.voicing += gasp * 10 ** (rng.uniform(-18, -6) / 20)
