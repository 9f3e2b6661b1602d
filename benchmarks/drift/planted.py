"""Windows of synthetic clips, with and without a known fault."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics import RecordingConfig, record
from vocalbaby.audio.acoustics.channel import filtered, telephone
from vocalbaby.audio.acoustics.noise import add_at_snr, coloured
from vocalbaby.corpora.synthetic import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.voice import Voice, child_voice
from vocalbaby.entity.labels import CLASSES, Label

__all__ = ["FAULTS", "Clips", "PlantedFault", "synthetic_clips"]

Samples = NDArray[np.float32]
Change = Callable[[np.random.Generator, Samples], Samples]

_CORPUS: Final = SyntheticConfig()


@dataclass(frozen=True, slots=True)
class Clips:
    """Labelled clips of several children, ordered by child."""

    samples: list[Samples]
    labels: list[Label]
    children: list[str]

    def changed(self, change: Change, seed: int) -> "Clips":
        """Return the same clips after ``change`` was applied to each of them."""
        rng = np.random.default_rng(seed)
        return replace(self, samples=[change(rng, clip) for clip in self.samples])


def synthetic_clips(
    seed: int,
    children: int,
    per_child: int,
    *,
    shares: dict[Label, float] | None = None,
    grow: Callable[[Voice], Voice] = lambda voice: voice,
    recording: RecordingConfig = _CORPUS.recording,
) -> Clips:
    """Synthesize clips of new children aged 2 to 30 months.

    Args:
        seed: Seed of all random draws; another seed gives other children.
        children: Number of children.
        per_child: Number of clips of each child.
        shares: Expected share of each class; None means the defaults of the synthesizer.
        grow: Changes the voice of each child.
        recording: Acoustics of the simulated recording.
    """
    probabilities = [(shares or dict(_CORPUS.shares))[label] for label in CLASSES]
    clips = Clips([], [], [])
    for child in range(children):
        rng = np.random.default_rng([seed, child])
        age = int(rng.integers(_CORPUS.age_months[0], _CORPUS.age_months[1] + 1))
        voice = grow(child_voice(rng, age, str(rng.choice(("F", "M")))))
        for _ in range(per_child):
            label = CLASSES[int(rng.choice(len(CLASSES), p=probabilities))]
            length = np.exp(rng.normal(np.log(_CORPUS.median_duration_s), 0.35))
            duration_s = float(np.clip(length, *_CORPUS.duration_s))
            clips.samples.append(record(synthesize(rng, voice, label, duration_s), rng, recording))
            clips.labels.append(label)
            clips.children.append(f"{seed}_{child:04d}")
    return clips


def older(voice: Voice) -> Voice:
    """Return the voice of the child about three years later: a longer vocal tract, a lower F0."""
    return replace(voice, tract_cm=voice.tract_cm * 1.2, f0_hz=voice.f0_hz * 0.8)


def noisy(low_db: float, high_db: float) -> Change:
    """Add steady noise, as of a fan or a road, at a signal-to-noise ratio between the limits."""

    def change(rng: np.random.Generator, clip: Samples) -> Samples:
        noise = coloured(rng, len(clip), rng.uniform(-4.0, 0.0))
        mixed = add_at_snr(clip, noise, rng.uniform(low_db, high_db))
        return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)

    return change


def low_passed(corner_hz: float) -> Change:
    """Simulate a microphone with no response above a corner frequency."""

    def change(_: np.random.Generator, clip: Samples) -> Samples:
        def response(hz: Samples) -> Samples:
            gain: Samples = (1 / np.sqrt(1 + (hz / np.float32(corner_hz)) ** 8)).astype(np.float32)
            return gain

        return filtered(clip, response)

    return change


def half_rate(_: np.random.Generator, clip: Samples) -> Samples:
    """Simulate a recording at 32 kHz that is read as 16 kHz: an octave lower, twice as long."""
    at = np.arange(0, len(clip) - 1, 0.5)
    slowed: Samples = np.interp(at, np.arange(len(clip)), clip).astype(np.float32)
    return slowed


def double_rate(_: np.random.Generator, clip: Samples) -> Samples:
    """Simulate a recording at 8 kHz that is read as 16 kHz: an octave higher, half as long."""
    return np.ascontiguousarray(filtered(clip, lambda hz: (hz < 4000).astype(np.float32))[::2])


def byte_swapped(_: np.random.Generator, clip: Samples) -> Samples:
    """Swap the two bytes of each 16-bit sample."""
    swapped = np.round(clip * 32_767).astype("<i2").byteswap()
    return (swapped / np.float32(32_768)).astype(np.float32)


def clipped(_: np.random.Generator, clip: Samples) -> Samples:
    """Amplify to 20 dB over full scale, and clip."""
    peak = max(float(np.abs(clip).max()), 1e-9)
    return (clip / peak * 10).clip(-1, 1).astype(np.float32)


def zeros(rng: np.random.Generator, clip: Samples) -> Samples:
    """Replace two thirds of the clips by digital silence."""
    return np.zeros_like(clip) if rng.random() < 2 / 3 else clip


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault, and the code of the cause that the report should name for it."""

    name: str
    cause: str
    change: Change = lambda _, clip: clip
    grow: Callable[[Voice], Voice] = lambda voice: voice
    shares: dict[Label, float] | None = None

    def clips(self, seed: int, children: int, per_child: int) -> Clips:
        """Synthesize a window with the fault."""
        sound = synthetic_clips(seed, children, per_child, shares=self.shares, grow=self.grow)
        return sound.changed(self.change, seed)


_CRYING: Final[dict[Label, float]] = {
    "Canonical": 0.08,
    "Non-canonical": 0.20,
    "Crying": 0.40,
    "Laughing": 0.05,
    "Junk": 0.27,
}
_BABBLING: Final[dict[Label, float]] = {
    "Canonical": 0.40,
    "Non-canonical": 0.30,
    "Crying": 0.05,
    "Laughing": 0.10,
    "Junk": 0.15,
}

FAULTS: Final = (
    PlantedFault("noise, 5 to 15 dB SNR", "noise", noisy(5, 15)),
    PlantedFault("noise, 0 to 5 dB SNR", "noise", noisy(0, 5)),
    PlantedFault("microphone, low-pass at 3 kHz", "microphone", low_passed(3000)),
    PlantedFault("microphone, low-pass at 1.5 kHz", "microphone", low_passed(1500)),
    PlantedFault("telephone line", "microphone", lambda _, clip: telephone(clip)),
    PlantedFault("older children", "older_children", grow=older),
    PlantedFault("more crying", "class_mix", shares=_CRYING),
    PlantedFault("more babble", "class_mix", shares=_BABBLING),
    PlantedFault("decoder: an octave too low", "sample_rate", half_rate),
    PlantedFault("decoder: an octave too high", "short_clips", double_rate),
    PlantedFault("decoder: bytes swapped", "decoder", byte_swapped),
    PlantedFault("decoder: clipped", "clipping", clipped),
    PlantedFault("decoder: zeros", "silence", zeros),
)
