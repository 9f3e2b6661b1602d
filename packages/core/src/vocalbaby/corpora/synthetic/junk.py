"""Junk: sounds other than the child's voice that a recorder worn by a child picks up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.noise import babble, coloured, hum, wander
from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.control_tracks import envelope, neutral_tracks, smooth_curve
from vocalbaby.corpora.synthetic.noncanonical import noncanonical
from vocalbaby.corpora.synthetic.render import band_noise, render
from vocalbaby.corpora.synthetic.toys import animal, beeps, engine
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import adult_voice
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["junk"]

FloatArray = NDArray[np.float64]
Synthesizer = Callable[[np.random.Generator, float], FloatArray]


def _length(duration_s: float) -> int:
    return round(duration_s * SAMPLE_RATE)


def _quiet(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A quiet room: noise floor, sometimes with mains hum or distant voices."""
    n = _length(duration_s)
    out = coloured(rng, n, rng.uniform(-10, -1)).astype(np.float64)
    if rng.random() < 0.4:
        out += rng.uniform(0.1, 1.0) * hum(rng, n)
    if rng.random() < 0.4:
        out += rng.uniform(0.1, 1.5) * babble(rng, n)
    return out


def _weather(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Rain, wind, water or crackling: coloured noise of varying level, with drops."""
    n = _length(duration_s)
    out = coloured(rng, n, rng.uniform(-10, 2)).astype(np.float64)
    out += rng.uniform(0, 1) * band_noise(rng, n, rng.uniform(300, 6000), rng.uniform(0.3, 1.5))
    out *= np.exp(rng.uniform(0, 1.2) * wander(rng, n, rng.uniform(1, 12), SAMPLE_RATE))
    if rng.random() < 0.5:
        drops = rng.random(n) < rng.uniform(20, 400) / SAMPLE_RATE
        clicks = np.zeros(n)
        clicks[drops] = rng.exponential(rng.uniform(2, 15), int(drops.sum()))
        decay = np.exp(-np.arange(160) / rng.uniform(4, 40)) * rng.standard_normal(160)
        out += np.convolve(clicks, decay)[:n]
    return out


def _knocks(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Clicks, taps or bangs: damped resonances, excited once or several times."""
    n = _length(duration_s)
    out = 10 ** (-rng.uniform(25, 60) / 20) * coloured(rng, n, -3.0).astype(np.float64)
    resonances = np.exp(rng.uniform(np.log(80), np.log(4000), int(rng.integers(2, 7))))
    decay_s = np.exp(rng.uniform(np.log(0.002), np.log(0.08)))
    for _ in range(int(rng.integers(1, 5))):
        start = int(rng.uniform(0, 0.85) * n)
        t = np.arange(n - start) / SAMPLE_RATE
        ring = sum(
            rng.uniform(0.2, 1) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in resonances
        )
        strike = ring + rng.uniform(0, 2) * rng.standard_normal(n - start)
        out[start:] += rng.uniform(0.3, 1) * strike * np.exp(-t / decay_s)
    return out


def _rustle(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Cloth or paper on the microphone: noise of rapidly varying level."""
    n = _length(duration_s)
    noise = band_noise(rng, n, rng.uniform(150, 5000), rng.uniform(0.6, 2.0))
    rate = rng.uniform(8, 60)
    return noise * np.exp(rng.uniform(0.8, 1.6) * wander(rng, n, rate, SAMPLE_RATE))


def _adult(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An adult who speaks or hums near the child."""
    make = canonical if rng.random() < 0.75 else noncanonical
    voice = adult_voice(rng)
    tracks = make(rng, voice, duration_s)
    # Child-directed speech is higher, but by less than an octave and a half.
    tracks.f0 = np.clip(tracks.f0 * rng.uniform(0.8, 1.4), 70, 420)
    return render(tracks, rng, duration_s)


def _breath(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Breathing, coughs and sneezes, which are not vocalizations."""
    voice = adult_voice(rng)
    tracks = neutral_tracks(voice, duration_s, formants(voice, "schwa"))
    start = rng.uniform(-0.1, 0.5) * duration_s
    abrupt = rng.random() < 0.5
    attack = rng.uniform(0.003, 0.02) if abrupt else rng.uniform(0.08, 0.3)
    end = start + (rng.uniform(0.08, 0.3) if abrupt else rng.uniform(0.3, 1.0))
    tracks.aspiration = 10 ** (-45 / 20) + envelope(
        tracks.times, start, end, attack, rng.uniform(0.05, 0.2)
    )
    tracks.damping *= rng.uniform(1.5, 4.0)
    return render(tracks, rng, duration_s)


def _call(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A dog, a cock, a goat, an adult's shout: a child's pitch from a longer tract."""
    voice = replace(adult_voice(rng), tract_cm=float(rng.uniform(12, 24)))
    tracks = neutral_tracks(voice, duration_s, formants(voice, str(rng.choice(("a", "ae", "o")))))
    t = tracks.times
    bark = rng.random() < 0.5
    pitch = np.exp(rng.uniform(np.log(220), np.log(900)))
    length = rng.uniform(0.08, 0.25) if bark else rng.uniform(0.3, 1.2)
    starts = rng.uniform(-0.1, 0.8, int(rng.integers(1, 4)) if bark else 1) * duration_s
    tracks.f0 = pitch * np.ones(len(t))
    for start in np.sort(starts - (0 if bark else rng.uniform(0, 0.4))):
        end = start + length
        call = envelope(t, start, end, rng.uniform(0.005, 0.04), rng.uniform(0.03, 0.12))
        tracks.voicing = np.maximum(tracks.voicing, call)
        arc = [(start, rng.uniform(0.6, 1.0)), (start + rng.uniform(0.2, 0.6) * length, 1.1)]
        inside = call > 0
        tracks.f0[inside] = pitch * smooth_curve(t, [*arc, (end, rng.uniform(0.5, 1.0))])[inside]
    tracks.slope = tracks.slope * 0 + rng.uniform(-4.0, 2.0)
    tracks.jitter += rng.uniform(0.0, 0.04)
    tracks.shimmer += rng.uniform(0.0, 0.2)
    tracks.subharmonic += rng.uniform(0.0, 0.6) * (rng.random() < 0.5)
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(-30, -3 if bark else -12) / 20)
    tracks.damping *= rng.uniform(0.6, 2.0)
    return render(tracks, rng, duration_s)


_KINDS: Final[tuple[tuple[float, Synthesizer], ...]] = (
    (0.13, _quiet),
    (0.14, _weather),
    (0.12, _knocks),
    (0.08, _rustle),
    (0.19, _adult),
    (0.07, _breath),
    (0.06, beeps),
    (0.07, animal),
    (0.08, _call),
    (0.06, engine),
)


def junk(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A sound other than the child's voice; one in five is a mixture of two kinds.

    Args:
        rng: Random generator.
        duration_s: Duration in seconds.

    Returns:
        float64, shape (n_samples,), at 16 kHz, of unit RMS.
    """
    shares = np.array([share for share, _ in _KINDS])
    total = np.zeros(_length(duration_s))
    for _ in range(2 if rng.random() < 0.2 else 1):
        sound = _KINDS[int(rng.choice(len(_KINDS), p=shares / shares.sum()))][1](rng, duration_s)
        level = rng.uniform(0.15, 1.0)
        total += level * sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    return total / max(float(np.sqrt(np.mean(total**2))), 1e-9)
