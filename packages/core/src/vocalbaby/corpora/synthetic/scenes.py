"""Scenes: sounds one after another in one place, over one noise floor, with the true segments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.noise import coloured, hum, rms
from vocalbaby.audio.acoustics.room import impulse_response, reverberate
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.timeline import Segment

__all__ = ["Acoustics", "Recorded", "Sound", "audible_parts", "compose", "draw_acoustics"]

Samples = NDArray[np.float32]

_SLOT: Final = 160
#: Sound is audible where it is this close to its loudest slot, and above the noise floor.
_RANGE_DB: Final = 30.0
#: A pause of this length, or another kind of sound, divides segments.
_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A dry sound.

    Attributes:
        samples: float32, (n_samples,), 16 kHz.
        label: Its class.
        kind: What it is, e.g. ``adult speech``.
        gap_s: Pause before it.
        level_db: Difference from the level that is drawn for it, e.g. -10 for a far source.
    """

    samples: Samples
    label: str
    kind: str
    gap_s: float
    level_db: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Acoustics:
    """The acoustics of a place, with its noise.

    Attributes:
        response: Impulse response, float32; empty for none.
        floor: A minute of noise floor, float32, which is repeated from random places.
        snr_db: Range of the level of sounds above the floor.
    """

    response: Samples
    floor: Samples
    snr_db: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Sound and truth.

    Attributes:
        samples: float32, (n_samples,), within [-1, 1].
        segments: Where sounds are audible, in order; each has the attribute ``kind``.
    """

    samples: Samples
    segments: tuple[Segment, ...]


def draw_acoustics(
    rng: np.random.Generator,
    *,
    floor_dbfs: tuple[float, float] = (-72.0, -46.0),
    snr_db: tuple[float, float] = (10.0, 40.0),
) -> Acoustics:
    """Draw acoustics, a noise floor and a range of levels."""
    response = impulse_response(rng, rng.uniform(0.1, 0.5), rng.uniform(2.0, 20.0))
    if rng.random() < 0.2:
        response = response[:1]
    floor = coloured(rng, 60 * SAMPLE_RATE, rng.uniform(-6.0, 0.0))
    if rng.random() < 0.2:
        floor += hum(rng, len(floor)) * np.float32(10 ** (rng.uniform(-10, 5) / 20))
    floor *= np.float32(10 ** (rng.uniform(*floor_dbfs) / 20) / rms(floor))
    return Acoustics(response, floor, snr_db)


def audible_parts(samples: Samples, floor: float = 0.0) -> list[tuple[int, int]]:
    """Find the parts of a dry sound that are audible, without pauses of half a second.

    Args:
        samples: float32, (n_samples,).
        floor: Root mean square of the noise floor, to the same scale.

    Returns:
        First sample of each part and the one after its last, in steps of 10 ms.
    """
    n = -(-len(samples) // _SLOT)
    padded = np.zeros(n * _SLOT, np.float32)
    padded[: len(samples)] = samples
    power = np.square(padded.reshape(n, _SLOT)).mean(axis=1)
    least = max(float(power.max(initial=0.0)) * 10 ** (-_RANGE_DB / 10), floor**2, 1e-16)
    loud = np.flatnonzero(power > least)
    if not len(loud):
        return []
    borders = np.flatnonzero(np.diff(loud) > _PAUSE_S * SAMPLE_RATE / _SLOT)
    firsts = loud[np.concatenate([[0], borders + 1])]
    lasts = loud[np.append(borders, len(loud) - 1)]
    return [(int(a) * _SLOT, int(b + 1) * _SLOT) for a, b in zip(firsts, lasts, strict=True)]


def noise(acoustics: Acoustics, rng: np.random.Generator, n: int) -> Samples:
    """Return the noise floor of a place, float32, (n,)."""
    parts, left = [], n
    while left > 0:
        start = int(rng.integers(0, len(acoustics.floor) // 2))
        parts.append(acoustics.floor[start : start + left])
        left -= len(parts[-1])
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def compose(
    rng: np.random.Generator,
    sounds: Iterable[Sound],
    n_samples: int,
    acoustics: Acoustics,
    behind: Samples | None = None,
) -> Recorded:
    """Record sounds one after another in a place, until its end.

    Args:
        rng: Source of levels and of the noise floor.
        sounds: As many as are needed; what no longer fits is left out.
        n_samples: Length.
        acoustics: Those of the place.
        behind: A background, e.g. of a television, which has no segments.
    """
    out = noise(acoustics, rng, n_samples)
    floor = rms(acoustics.floor)
    wet = np.zeros(n_samples, np.float32)
    segments: list[Segment] = []
    at = 0
    for sound in sounds:
        at += round(sound.gap_s * SAMPLE_RATE)
        if at + len(sound.samples) > n_samples:
            break
        level = rng.uniform(*acoustics.snr_db) + sound.level_db
        parts = audible_parts(sound.samples)
        if not parts:
            continue
        heard = rms(np.concatenate([sound.samples[a:b] for a, b in parts]))
        gain = np.float32(floor * 10 ** (level / 20) / heard)
        # Full scale is the limit of every recorder.
        gain = min(gain, np.float32(0.9 / max(float(np.abs(sound.samples).max()), 1e-9)))
        scaled = _with_acoustics(sound.samples * gain, acoustics, n_samples - at)
        wet[at : at + len(scaled)] += scaled
        for first, last in audible_parts(scaled, floor):
            end = at + min(last, len(scaled))
            _add(segments, sound, *(round(t / SAMPLE_RATE, 3) for t in (at + first, end)))
        at += len(sound.samples)
    if behind is not None:
        wet += _with_acoustics(behind, acoustics, n_samples)
    out += wet
    peak = float(np.abs(out).max(initial=0.0))
    return Recorded(out / np.float32(peak) if peak > 1 else out, tuple(segments))


def _with_acoustics(samples: Samples, acoustics: Acoustics, longest: int) -> Samples:
    """Return a sound with its reverberation."""
    if len(acoustics.response) < 2:
        return samples[:longest]
    n = min(longest, len(samples) + len(acoustics.response))
    padded = np.zeros(n, np.float32)
    padded[: len(samples)] = samples[:n]
    return reverberate(padded, acoustics.response)


def _add(segments: list[Segment], sound: Sound, onset_s: float, offset_s: float) -> None:
    """Add a segment, or continue the one before if only a short pause lies between them."""
    before = segments[-1] if segments else None
    if (
        before is not None
        and before.label == sound.label
        and before.attributes["kind"] == sound.kind
        and onset_s - before.offset_s < _PAUSE_S
    ):
        segments[-1] = replace(before, offset_s=max(before.offset_s, offset_s))
        return
    tier = "junk" if sound.label == "Junk" else "infant"
    kind = {"kind": sound.kind}
    segments.append(Segment(onset_s, offset_s, sound.label, tier=tier, attributes=kind))
