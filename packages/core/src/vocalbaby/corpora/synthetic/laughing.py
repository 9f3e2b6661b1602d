"""Laughing: rhythmic, short, breathy bursts of voice, each with an h-like onset."""

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import (
    ControlTracks,
    envelope,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["laughing"]


def laughing(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """An excerpt of a bout of laughter: bursts at 3 to 7 Hz, some of them unvoiced.

    Rhythm, unvoiced bursts and jumps of F0 follow Bachorowski, Smoski and Owren (2001,
    adults) and Nwokah et al. (1999, mothers and infants); the vowel is central.
    """
    mouth = formants(voice, str(rng.choice(["schwa", "ae", "a", "e"])))
    tracks = neutral_tracks(voice, duration_s, mouth)
    t = tracks.times
    period = 1 / rng.uniform(3.0, 7.0)
    duty = rng.uniform(0.35, 0.65)
    base = voice.f0_hz * rng.uniform(0.9, 1.7)
    falls = rng.uniform(0.85, 1.0)
    breath = 10 ** (rng.uniform(-34, -15) / 20)
    at = -rng.uniform(0, 1) * period if rng.random() < 0.5 else rng.uniform(0.0, 0.12)
    start = max(at, 0.0)
    tracks.f0[:] = base
    tracks.slope += rng.uniform(-3.0, 2.0)
    tracks.jitter *= rng.uniform(1.0, 2.5)
    tracks.damping *= rng.uniform(1.0, 1.8)
    loudness = 1.0
    while at < duration_s:
        onset = rng.uniform(0.15, 0.4) * (1 - duty) * period
        end = at + onset + duty * period
        tracks.aspiration += breath * loudness * envelope(t, at, end + 0.03, 0.02, 0.05)
        if rng.random() < 0.85:
            burst = envelope(t, at + onset, end, 0.012, rng.uniform(0.02, 0.06))
            tracks.voicing += loudness * burst
            jump = base * 2 ** (rng.normal(0, 2.0) / 12)
            knots = [
                (at, 0.9 * jump),
                (at + onset + 0.3 * duty * period, 1.08 * jump),
                (end, 0.85 * jump),
            ]
            here = (t >= at) & (t < at + period)
            tracks.f0[here] = smooth_curve(t[here], knots)
        base *= falls
        loudness *= rng.uniform(0.75, 1.1)
        at += period * rng.uniform(0.85, 1.15)
        duty = float(np.clip(duty + rng.normal(0, 0.05), 0.3, 0.7))
    if rng.random() < 0.15:
        _squeal(rng, tracks, duration_s)
    if rng.random() < 0.3:  # a chuckle: the voice continues between the bursts
        inside = envelope(t, start, min(at, duration_s), 0.03, 0.05)
        tracks.voicing = np.maximum(tracks.voicing, rng.uniform(0.1, 0.6) * inside)
    tracks.f0 *= random_drift(rng, len(t), 0.3)
    return tracks


def _squeal(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> None:
    """Add a high voiced stretch at one end of the bout."""
    middle = rng.choice((0.0, duration_s))
    span = envelope(tracks.times, middle - 0.15, middle + 0.15, 0.03, 0.05)
    tracks.f0 = np.where(span > 0, tracks.f0 * rng.uniform(1.5, 2.5), tracks.f0)
    tracks.voicing = np.maximum(tracks.voicing, 0.7 * span)
