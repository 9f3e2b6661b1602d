"""Sounds behind a child's voice: adults who speak, television, toys and everything else."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.junk import junk
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.voice import adult_voice
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["background"]

FloatArray = NDArray[np.float64]

#: Shares of speech, television, a musical toy, and any sound of the class Junk.
_SHARES: Final = (0.25, 0.2, 0.1, 0.45)
_MAJOR: Final = (0, 4, 7, 12)


def background(rng: np.random.Generator, duration_s: float) -> NDArray[np.float32]:
    """Synthesize a background, float32, shape (n_samples,), 16 kHz, of unit RMS."""
    kind = rng.choice(4, p=_SHARES)
    if kind == 0:
        sound = _speech(rng, duration_s)
    elif kind == 1:
        sound = _speech(rng, duration_s) + rng.uniform(0.3, 1.5) * _music(rng, duration_s, 4)
    elif kind == 2:
        sound = _music(rng, duration_s, 1)
    else:
        sound = junk(rng, duration_s)
    return _scaled(sound).astype(np.float32)


def _scaled(sound: FloatArray) -> FloatArray:
    scaled: FloatArray = sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    return scaled


def _speech(rng: np.random.Generator, duration_s: float) -> FloatArray:
    return _scaled(render(canonical(rng, adult_voice(rng), duration_s), rng, duration_s))


def _music(rng: np.random.Generator, duration_s: float, voices: int) -> FloatArray:
    """Decaying notes of a major chord, in one or several voices."""
    t = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    root = np.exp(rng.uniform(np.log(110), np.log(700)))
    beat, decay = rng.uniform(0.12, 0.5), rng.uniform(0.1, 0.8)
    levels = rng.uniform(0.1, 1.0, 5) / np.arange(1, 6)
    sound = np.zeros(len(t))
    for _ in range(voices):
        for start in np.arange(-rng.uniform(0, beat), duration_s, beat):
            pitch = root * 2 ** (rng.choice(_MAJOR) / 12)
            after = np.maximum(t - start, 0.0)
            shape = np.minimum(after / 0.005, 1.0) * np.exp(-after / decay)
            waves = np.sin(2 * np.pi * pitch * np.outer(np.arange(1, 6), after))
            sound += shape * (levels @ waves)
    return _scaled(sound)
