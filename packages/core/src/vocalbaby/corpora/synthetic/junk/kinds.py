"""The kinds of junk with their shares, and a clip of one of them or of a mixture."""

from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.junk import (
    adults,
    animals,
    birds,
    bodily,
    effects,
    household,
    machines,
    music,
    signals,
)
from vocalbaby.corpora.synthetic.junk.tones import FloatArray, Synthesizer, n_samples

__all__ = ["KINDS", "junk", "synthesize_kind"]

#: Share and synthesizer of each kind. The shares sum to 1.
KINDS: Final[dict[str, tuple[float, Synthesizer]]] = {
    "quiet": (0.07, household.quiet),
    "weather": (0.055, household.weather),
    "knocks": (0.05, household.knocks),
    "rustle": (0.03, household.rustle),
    "engine": (0.03, machines.engine),
    "appliance": (0.015, machines.appliance),
    "tool": (0.015, machines.tool),
    "brakes": (0.01, machines.brakes),
    "clockwork": (0.01, machines.clockwork),
    "siren": (0.03, signals.siren),
    "alarm": (0.02, signals.alarm),
    "horn": (0.03, signals.horn),
    "bell": (0.03, signals.bell),
    "whistle": (0.02, signals.whistle),
    "squeak": (0.02, effects.squeak),
    "creak": (0.015, effects.creak),
    "sweep": (0.015, effects.sweep),
    "boing": (0.01, effects.boing),
    "game": (0.015, effects.game),
    "modulated": (0.01, effects.modulated),
    "bubbles": (0.01, effects.bubbles),
    "instruments": (0.04, music.instruments),
    "drums": (0.005, music.drums),
    "singing": (0.05, music.singing),
    "animal": (0.11, animals.animal),
    "bird": (0.02, birds.bird),
    "gull": (0.025, birds.gull),
    "hoot": (0.01, birds.hoot),
    "insect": (0.01, birds.insect),
    "frog": (0.01, birds.frog),
    "adult speech": (0.045, adults.adult_speech),
    "high speech": (0.03, adults.high_speech),
    "cartoon voice": (0.015, adults.cartoon_voice),
    "older child": (0.02, adults.older_child),
    "whisper": (0.005, adults.whisper),
    "adult laugh": (0.03, adults.adult_laugh),
    "shout": (0.01, adults.shout),
    "scream": (0.005, adults.scream),
    "breath": (0.01, bodily.breath),
    "cough": (0.015, bodily.cough),
    "sneeze": (0.005, bodily.sneeze),
    "snore": (0.005, bodily.snore),
    "throat": (0.005, bodily.throat),
    "clap": (0.01, bodily.clap),
}

_NAMES: Final = tuple(KINDS)
_SHARES: Final = np.array([share for share, _ in KINDS.values()])


def synthesize_kind(rng: np.random.Generator, kind: str, duration_s: float) -> FloatArray:
    """Synthesize one kind.

    Args:
        rng: Random generator.
        kind: Key of `KINDS`.
        duration_s: Duration in seconds.

    Returns:
        float64, shape (n_samples,), at 16 kHz, of unit RMS.

    Raises:
        KeyError: There is no such kind.

    >>> synthesize_kind(np.random.default_rng(1), "bell", 0.5).shape
    (8000,)
    """
    sound = KINDS[kind][1](rng, duration_s)
    return sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9)


def junk(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A sound other than the child's voice; one in five is a mixture of two kinds.

    Args:
        rng: Random generator.
        duration_s: Duration in seconds.

    Returns:
        float64, shape (n_samples,), at 16 kHz, of unit RMS.
    """
    total = np.zeros(n_samples(duration_s))
    for _ in range(2 if rng.random() < 0.2 else 1):
        kind = _NAMES[int(rng.choice(len(_NAMES), p=_SHARES / _SHARES.sum()))]
        total += rng.uniform(0.15, 1.0) * synthesize_kind(rng, kind, duration_s)
    return total / max(float(np.sqrt(np.mean(total**2))), 1e-9)
