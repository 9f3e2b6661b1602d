"""Sounds of the body that are not vocalizations: breath, coughs, sneezes, snores, claps."""

from dataclasses import replace

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import ControlTracks, envelope, neutral_tracks
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    log_uniform,
    n_samples,
    noise_floor,
    over_floor,
    time_axis,
)
from vocalbaby.corpora.synthetic.render import band_noise, render
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import adult_voice

__all__ = ["breath", "clap", "cough", "sneeze", "snore", "throat"]


def _tract(rng: np.random.Generator, duration_s: float, vowel: str = "schwa") -> ControlTracks:
    # Children cough too, so the tract is of any length.
    voice = adult_voice(rng)
    if rng.random() < 0.3:
        voice = replace(voice, tract_cm=float(rng.uniform(8, 13)))
    tracks = neutral_tracks(voice, duration_s, formants(voice, vowel))
    tracks.damping *= rng.uniform(1.3, 3.5)
    return tracks


def _finish(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> FloatArray:
    return over_floor(rng, render(tracks, rng, duration_s), duration_s)


def breath(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Breathing in or out, sighs and blowing.

    Examples:
        >>> import numpy as np
        >>> breath(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _tract(rng, duration_s)
    start = rng.uniform(-0.2, 0.4) * duration_s
    end = start + rng.uniform(0.2, 1.0)
    tracks.aspiration = 10 ** (-45 / 20) + envelope(
        tracks.times, start, end, rng.uniform(0.05, 0.3), rng.uniform(0.05, 0.3)
    )
    return _finish(rng, tracks, duration_s)


def cough(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """One or several coughs: an explosion of air, a noisy phase, at times a voiced end.

    Examples:
        >>> import numpy as np
        >>> cough(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _tract(rng, duration_s, str(rng.choice(("schwa", "a", "o"))))
    t, time = tracks.times, time_axis(duration_s)
    tracks.f0[:] = log_uniform(rng, 110, 420)
    voiced = rng.uniform(0, 0.8) * (rng.random() < 0.6)
    bright = band_noise(rng, len(time), rng.uniform(1000, 3500), rng.uniform(0.8, 1.6))
    blast = np.zeros(len(time))
    for at in event_starts(rng, duration_s, rng.uniform(0.25, 0.6), regular=0.15):
        noisy = envelope(t, at + 0.01, at + rng.uniform(0.12, 0.35), 0.01, 0.12)
        tracks.aspiration += rng.uniform(0.2, 0.7) * noisy
        after = envelope(t, at + 0.04, at + rng.uniform(0.15, 0.35), 0.03, 0.1)
        tracks.voicing = np.maximum(tracks.voicing, voiced * after)
        tracks.f0 *= np.where((t >= at) & (t < at + 0.4), 1 - 0.8 * np.clip(t - at, 0, 0.4), 1)
        since = np.maximum(time - at, 0)
        blast += (
            (time >= at) * np.minimum(since / 0.004, 1) * np.exp(-since / rng.uniform(0.02, 0.07))
        )
    tracks.jitter += rng.uniform(0.01, 0.06)
    tracks.shimmer += rng.uniform(0.1, 0.4)
    tracks.slope += rng.uniform(0, 4)
    out = _finish(rng, tracks, duration_s)
    return out + rng.uniform(0.7, 3) * bright * blast


def sneeze(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A sneeze: a breath, at times voiced, and a burst of bright noise.

    Examples:
        >>> import numpy as np
        >>> sneeze(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _tract(rng, duration_s, str(rng.choice(("schwa", "i", "u"))))
    t = tracks.times
    at = rng.uniform(0.05, 0.6) * duration_s
    tracks.aspiration = rng.uniform(0.05, 0.4) * envelope(t, at - 0.4, at - 0.02, 0.1, 0.03)
    tracks.aspiration += 0.5 * envelope(t, at, at + rng.uniform(0.15, 0.4), 0.005, 0.1)
    tracks.f0 = rng.uniform(140, 420) * np.where(t < at, 1.0, rng.uniform(0.8, 1.3))
    tracks.voicing = rng.uniform(0, 0.5) * envelope(t, at + 0.05, at + 0.35, 0.02, 0.15)
    tracks.voicing += rng.uniform(0, 0.3) * envelope(t, at - 0.3, at - 0.03, 0.1, 0.03)
    out = _finish(rng, tracks, duration_s)
    hiss = band_noise(rng, len(out), rng.uniform(2500, 6000), rng.uniform(0.4, 1.0))
    after = np.maximum(time_axis(duration_s) - at, 0)
    shape = (after > 0) * np.minimum(after / 0.01, 1) * np.exp(-after / rng.uniform(0.06, 0.2))
    return out + rng.uniform(1, 4) * hiss * shape


def snore(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Snoring: flaps of the soft palate at 20 to 90 Hz in a stream of breath.

    Examples:
        >>> import numpy as np
        >>> snore(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _tract(rng, duration_s)
    t = tracks.times
    start = rng.uniform(-0.5, 0.2) * duration_s
    tracks.f0[:] = log_uniform(rng, 22, 90)
    shape = envelope(t, start, start + rng.uniform(0.5, 2.0), rng.uniform(0.05, 0.4), 0.2)
    tracks.voicing = shape
    tracks.aspiration = 0.02 + shape * 10 ** (rng.uniform(-20, 0) / 20)
    tracks.formants[:, 0] *= rng.uniform(0.4, 0.9)
    tracks.slope[:] = rng.uniform(-5, 0)
    tracks.jitter += rng.uniform(0.02, 0.12)
    tracks.shimmer += rng.uniform(0.1, 0.5)
    tracks.nasality[:] = rng.uniform(0.3, 1.0)
    return _finish(rng, tracks, duration_s)


def throat(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Clearing the throat, burps and gagging: 45 to 140 Hz, very rough.

    Examples:
        >>> import numpy as np
        >>> throat(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _tract(rng, duration_s, str(rng.choice(("schwa", "o", "u", "a"))))
    t = tracks.times
    tracks.f0 = log_uniform(rng, 45, 140) * 2 ** (rng.uniform(-0.6, 0.6) * t)
    for at in event_starts(rng, duration_s, rng.uniform(0.3, 1.0), regular=0.1):
        part = envelope(t, at, at + rng.uniform(0.15, 0.7), 0.02, 0.1)
        tracks.voicing = np.maximum(tracks.voicing, part)
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(-14, 0) / 20)
    tracks.subharmonic[:] = rng.uniform(0.2, 0.9)
    tracks.jitter += rng.uniform(0.05, 0.2)
    tracks.shimmer += rng.uniform(0.2, 0.5)
    tracks.slope[:] = rng.uniform(-6, 0)
    return _finish(rng, tracks, duration_s)


def clap(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Claps, kisses and clicks of the tongue: short bursts of noise with a resonance.

    Examples:
        >>> import numpy as np
        >>> clap(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    centre, octaves = log_uniform(rng, 500, 5000), rng.uniform(0.2, 1.2)
    decay = log_uniform(rng, 0.003, 0.04)
    for start in event_starts(rng, duration_s, log_uniform(rng, 0.08, 0.7), regular=0.1):
        hit = band_noise(rng, n, centre * rng.uniform(0.9, 1.1), octaves)
        out += rng.uniform(0.4, 1) * (t >= start) * hit * np.exp(-np.maximum(t - start, 0) / decay)
    return out
