"""Sirens, alarms, horns, bells and whistles: sounds made to be heard from far away.

They differ from a voice in that they lack formants which move, and repeat exactly; bells
have partials that are no multiples of a fundamental.
"""

from typing import Final

import numpy as np

from vocalbaby.audio.acoustics.noise import wander
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    harmonic_tone,
    log_uniform,
    n_samples,
    noise_floor,
    partials,
    pulse_shape,
    time_axis,
    vibrato,
)
from vocalbaby.corpora.synthetic.render import band_noise
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["alarm", "bell", "horn", "siren", "whistle"]

#: Partials over the nominal pitch: church bell (hum, prime, tierce, quint, nominal and
#: above), free bar, and struck glass or bowl (Fletcher & Rossing, 1998, chapters 19 to 21).
BELLS: Final = (
    (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33),
    (1.0, 2.76, 5.4, 8.93),
    (1.0, 2.32, 4.25, 6.63, 9.38),
)


def _levels(rng: np.random.Generator, count: int, slope: tuple[float, float]) -> FloatArray:
    """Amplitudes that fall by a power of the harmonic's number, some of them with odd ones only."""
    k = np.arange(1.0, count + 1)
    levels = k ** -rng.uniform(*slope) * 10 ** (-rng.uniform(0, 9, count) / 20)
    if rng.random() < 0.3:
        levels[1::2] *= rng.uniform(0, 0.3)
    return levels


def siren(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A wail, a yelp, two tones in alternation, or a fast sweep.

    Examples:
        >>> import numpy as np
        >>> siren(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    low = log_uniform(rng, 300, 900)
    octaves = rng.uniform(0.4, 1.6)
    kind = rng.choice(("wail", "yelp", "two tones", "sweep"), p=(0.4, 0.25, 0.25, 0.1))
    period = {
        "wail": rng.uniform(1.5, 7.0),
        "yelp": rng.uniform(0.18, 0.5),
        "two tones": rng.uniform(0.4, 1.3),
        "sweep": rng.uniform(0.04, 0.12),
    }[str(kind)]
    cycle = (t / period + rng.uniform()) % 1
    if kind == "two tones":
        octaves = rng.uniform(0.25, 0.6)
        # The tone does not change in less than some milliseconds.
        height = np.clip(0.5 + 40 * period * (np.abs(cycle - 0.5) - 0.25), 0, 1)
    elif rng.random() < 0.5:
        height = (1 - np.cos(2 * np.pi * cycle)) / 2
    else:
        turn = rng.uniform(0.2, 0.9)
        height = np.minimum(cycle / turn, (1 - cycle) / (1 - turn))
    frequency = low * 2 ** (octaves * height)
    out = harmonic_tone(frequency, _levels(rng, 14, (0.2, 1.6)))
    if rng.random() < 0.25:  # a mechanical siren has a second rotor
        out += 0.7 * harmonic_tone(
            frequency * rng.choice((1.2, 1.25, 1.5)), _levels(rng, 8, (0.4, 1.5))
        )
    if rng.random() < 0.3:  # echoes between houses
        delay = min(int(rng.uniform(0.03, 0.25) * SAMPLE_RATE), len(out) - 1)
        out[delay:] += rng.uniform(0.2, 0.6) * out[: len(out) - delay].copy()
    return out + rng.uniform(0, 6) * noise_floor(rng, duration_s)


def alarm(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A beeper: identical notes at exact intervals, of one to three pitches.

    Examples:
        >>> import numpy as np
        >>> alarm(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    pitches = log_uniform(rng, 450, 3800) * np.append(1.0, 2 ** rng.uniform(-0.5, 0.5, 2))
    pitches = pitches[: int(rng.integers(1, 4))]
    levels = _levels(rng, int(rng.integers(1, 10)), (0.3, 2.0))
    period = log_uniform(rng, 0.09, 1.0)
    duty = rng.uniform(0.3, 0.9)
    warble = rng.uniform(12, 30) if rng.random() < 0.3 else 0.0  # a telephone
    attack = rng.uniform(0.001, 0.01)
    for number, start in enumerate(event_starts(rng, duration_s, period)):
        pitch = float(pitches[number % len(pitches)])
        frequency = np.full(len(t), pitch)
        if warble:
            frequency = frequency * np.where(((t - start) * warble) % 1 < 0.5, 1.0, 1.19)
        out += harmonic_tone(frequency, levels) * pulse_shape(
            t - start, duty * period, attack, attack
        )
    return out


def horn(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """The horn of a car, ship or bicycle, or the whistle of a train: a steady chord of 1 to 4.

    Examples:
        >>> import numpy as np
        >>> horn(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    root = log_uniform(rng, 90, 650)
    chord = root * np.append(1.0, rng.choice((1.19, 1.25, 1.33, 1.5, 1.68), 3, replace=False))
    chord = chord[: int(rng.choice((1, 2, 2, 3, 4)))]
    bend = 1 - rng.uniform(0, 0.06) * np.exp(-t / 0.05)
    steam = rng.random() < 0.3
    levels = _levels(rng, 30, (1.0, 2.5) if steam else (0.1, 1.0))
    out = rng.uniform(0.1, 1.0) * band_noise(rng, len(t), 3 * root, 1.0) * steam
    for note in chord:
        drift = 1 + 0.002 * wander(rng, len(t), 5, SAMPLE_RATE)
        out += harmonic_tone(note * bend * drift, levels * 10 ** (-rng.uniform(0, 3, 30) / 20))
    length = rng.uniform(0.15, 3.0)
    start = rng.uniform(-0.5, 0.3) * min(duration_s, length)
    out *= pulse_shape(t - start, length, rng.uniform(0.005, 0.05), rng.uniform(0.01, 0.1))
    return out + noise_floor(rng, duration_s)


def bell(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A bell, chime, bowl or glass: inharmonic partials that decay, struck once or more.

    Examples:
        >>> import numpy as np
        >>> bell(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    t = time_axis(duration_s)
    ratios = np.array(BELLS[int(rng.integers(len(BELLS)))])
    ratios = ratios * np.exp(rng.normal(0, 0.02, len(ratios)))
    pitch = log_uniform(rng, 200, 3000)
    amplitudes = 10 ** (-rng.uniform(0, 18, len(ratios)) / 20)
    decays = log_uniform(rng, 0.05, 2.5) / ratios ** rng.uniform(0.2, 1.0)
    # Every partial is a pair, which beats.
    split = 1 + rng.uniform(0, 0.004, len(ratios))
    period = log_uniform(rng, 0.04, 1.5)
    # Chimes and doorbells have several bells.
    changes = rng.choice((0.0, 1.0), p=(0.6, 0.4))
    out = noise_floor(rng, duration_s)
    for start in event_starts(rng, duration_s, period, regular=float(rng.choice((0.0, 0.1)))):
        strike = pitch * 2 ** (changes * rng.integers(-5, 8) / 12)
        loud = rng.uniform(0.6, 1.0)
        for side in (ratios, ratios * split):
            out += loud * partials(rng, t - start, strike * side, amplitudes, decays)
        click = band_noise(rng, len(t), 4000.0, 1.0) * (t >= start)
        out += rng.uniform(0, 0.8) * click * np.exp(-np.maximum(t - start, 0) / 0.004)
    return out


def whistle(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A person who whistles, a referee's whistle, a kettle, or a slide whistle.

    Examples:
        >>> import numpy as np
        >>> whistle(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    kind = rng.choice(("person", "referee", "kettle", "slide"))
    pitch = log_uniform(rng, 700, 3500)
    out = noise_floor(rng, duration_s)
    breath = band_noise(rng, n, pitch, rng.uniform(0.1, 0.6))
    if kind == "referee":
        pitch = rng.uniform(2000, 4200)
        trill = 1 + 0.02 * np.sin(2 * np.pi * rng.uniform(20, 50) * t)
        pair = harmonic_tone(pitch * trill, [1.0, 0.1])
        pair += harmonic_tone(pitch * rng.uniform(1.03, 1.12) * trill, [0.8])
        return out + pair * (0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(20, 50) * t)) + 0.2 * breath
    if kind == "kettle":
        rise = 2 ** (rng.uniform(-0.1, 0.6) * t)
        return out + harmonic_tone(pitch * rise, [1.0, rng.uniform(0, 0.5)]) + breath
    steps = rng.choice((-5, -3, -2, 0, 0, 2, 4, 7), 12)
    note = rng.uniform(0.1, 0.6)
    corner = note if kind == "slide" else rng.uniform(0.02, 0.08)
    where = np.arange(12) * note
    edges = np.stack([where, where + note - min(corner, 0.9 * note)]).T.ravel()
    frequency = pitch * 2 ** (np.interp(t, edges, np.repeat(steps, 2)) / 12)
    frequency *= vibrato(rng, t, rng.uniform(4, 7), rng.uniform(0, 0.4))
    swell = 0.7 + 0.3 * np.sin(2 * np.pi * t / note + rng.uniform(0, 6))
    tone = harmonic_tone(frequency, [1.0, rng.uniform(0, 0.1), rng.uniform(0, 0.03)])
    return out + swell * tone + rng.uniform(0.0, 0.3) * breath
