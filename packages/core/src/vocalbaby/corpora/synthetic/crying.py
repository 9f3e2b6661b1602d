"""Crying: long pressed expirations with an F0 arc, in part dysphonic or hyperphonic."""

import numpy as np

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.control_tracks import (
    CONTROL_RATE,
    ControlTracks,
    FloatArray,
    envelope,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["crying"]


def crying(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """An excerpt of a bout of crying, usually within one expiration.

    Phonation with a rising-falling melody of 350-700 Hz, dysphonation (turbulence and
    period doubling) or hyperphonation (a jump to 0.9-2 kHz): the three cry modes of
    Truby and Lind (1965), Wasz-Höckert et al. (1968) and LaGasse et al. (2005).
    """
    mouth = formants(voice, str(rng.choice(["ae", "a", "schwa"])))
    mouth *= rng.uniform(0.84, 1.02)  # the larynx lowers and the pharynx widens
    mouth[0] *= rng.uniform(0.95, 1.45)
    tracks = neutral_tracks(voice, duration_s, mouth)
    t = tracks.times
    length = rng.uniform(0.7, 1.8)
    start = rng.uniform(0.0, 0.4) * duration_s if rng.random() < 0.2 else -rng.uniform(0.05, 0.6)
    end = start + length
    tracks.voicing = envelope(t, start, end, rng.uniform(0.02, 0.12), rng.uniform(0.03, 0.25))
    tracks.voicing *= np.exp(0.25 * (np.log2(random_drift(rng, len(t), 12.0, 8.0))))
    base = np.clip(voice.f0_hz * rng.uniform(0.98, 1.5), 300, 720)
    peak = rng.uniform(0.15, 0.6)
    melody = [
        (start, rng.uniform(0.75, 1.0)),
        (start + peak * length, 1.05),
        (end, rng.uniform(0.6, 0.95)),
    ]
    tremor = 2 ** (rng.exponential(0.15) / 12 * np.sin(2 * np.pi * rng.uniform(5, 9) * t))
    tracks.f0 = (
        base
        * smooth_curve(t, melody)
        * tremor
        * random_drift(rng, len(t), rng.uniform(0.2, 1.5), 6.0)
    )
    tracks.slope = np.minimum(tracks.slope + rng.uniform(2.5, 8.0), 2.0)
    # Effort and mouth opening vary continuously, and with them slope and formants.
    tracks.slope += rng.uniform(0.3, 2.5) * wander(rng, len(t), 6.0, CONTROL_RATE)
    for n in range(tracks.formants.shape[1]):
        tracks.formants[:, n] *= random_drift(rng, len(t), rng.uniform(0.3, 2.0), 5.0)
    tracks.jitter *= rng.uniform(0.1, 0.8)
    tracks.shimmer *= rng.uniform(0.3, 1.0)
    tracks.damping *= rng.uniform(0.5, 1.4)
    if rng.random() < 0.12:  # sobbing interrupts the expiration
        beat = np.sin(2 * np.pi * rng.uniform(3, 6) * t + rng.uniform(0, 6))
        tracks.voicing *= np.clip(0.5 + rng.uniform(0.4, 1.5) * beat, 0.0, 1.0)
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(-50, -24) / 20)
    tracks.nasality *= rng.uniform(0.0, 1.5)
    for _ in range(int(rng.choice(3, p=(0.5, 0.35, 0.15)))):
        _dysphonate(rng, tracks, duration_s)
    if rng.random() < 0.12:
        _hyperphonate(rng, tracks, duration_s)
    _pause(rng, tracks, start, end)
    return tracks


def _span(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> FloatArray:
    """Envelope of a random stretch of the clip, often of all of it."""
    middle, half = rng.uniform(0, duration_s), rng.uniform(0.05, 0.7) * duration_s
    return envelope(tracks.times, middle - half, middle + half, 0.02, 0.02)


def _dysphonate(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> None:
    span = _span(rng, tracks, duration_s)
    tracks.jitter += span * rng.uniform(0.005, 0.05)
    tracks.shimmer += span * rng.uniform(0.05, 0.3)
    tracks.subharmonic += span * rng.uniform(0.0, 0.7)
    tracks.aspiration += span * tracks.voicing * 10 ** (rng.uniform(-22, -4) / 20)


def _hyperphonate(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> None:
    span = _span(rng, tracks, duration_s) > 0.5
    tracks.f0 = np.where(span, tracks.f0 * rng.uniform(900, 1800) / np.mean(tracks.f0), tracks.f0)
    tracks.slope = np.where(span, tracks.slope - 3, tracks.slope)


def _pause(rng: np.random.Generator, tracks: ControlTracks, start: float, end: float) -> None:
    """Add short inspirations, often voiced and high, before and after the expiration."""
    for at in (start - rng.uniform(0.25, 0.35), end + rng.uniform(0.03, 0.1)):
        if rng.random() < 0.7:
            gasp = envelope(tracks.times, at, at + rng.uniform(0.1, 0.25), 0.04, 0.05)
            tracks.aspiration += gasp * 10 ** (rng.uniform(-20, -6) / 20)
            if rng.random() < 0.4:
                inside = gasp > 0
                tracks.f0[inside] *= rng.uniform(1.2, 2.0)
                tracks.voicing += gasp * 10 ** (rng.uniform(-18, -6) / 20)
