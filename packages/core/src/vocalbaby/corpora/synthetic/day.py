"""A synthetic day: scenes of a family at home, hour after hour, with the true segments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpora.synthetic.background import background
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.junk import KINDS, synthesize_kind
from vocalbaby.corpora.synthetic.scenes import Acoustics, Recorded, Sound, compose, draw_acoustics
from vocalbaby.corpora.synthetic.voice import Voice, child_voice
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import Label

__all__ = ["SCENES", "DayChild", "DayScene", "synthesize_day"]

Samples = NDArray[np.float32]

_ADULTS: Final = ("adult speech", "adult speech", "high speech", "older child", "adult laugh")
_SPEECH: Final = (*_ADULTS, "whisper", "shout", "singing", "cough", "sneeze", "cartoon voice")
_HOUSEHOLD: Final = tuple(kind for kind in KINDS if kind not in {*_SPEECH, "quiet"})

#: Of five minutes at most, so that they are in the first hour.
_FIRST_SCENES: Final = 12
#: Parts of the sound of a television, which are repeated in random order.
_TELEVISION_PARTS: Final = 15

#: Share of the time of each scene.
SCENES: Final[dict[str, float]] = {
    "quiet": 0.36,
    "talk": 0.16,
    "television": 0.12,
    "play": 0.18,
    "fuss": 0.06,
    "household": 0.12,
}


@dataclass(frozen=True, slots=True)
class DayChild:
    """The child of a day.

    Attributes:
        voice_seed: Determines the voice.
        age_months: Age.
        sex: ``M`` or ``F``.
        canonical: Share of canonical babble among canonical and non-canonical babble.
    """

    voice_seed: int
    age_months: int
    sex: str
    canonical: float = 4 / 9


class _Speaker(NamedTuple):
    """The voice of the child, and the shares of its kinds of babble."""

    voice: Voice
    shares: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class DayScene:
    """A scene of a day.

    Attributes:
        name: Key of `SCENES`.
        onset_s: Begin within the day, to which the times of the segments are relative.
        recorded: Sound and truth.
    """

    name: str
    onset_s: float
    recorded: Recorded


def synthesize_day(
    hours: float, seed: int = 0, child: DayChild | None = None
) -> Iterator[DayScene]:
    """Yield the scenes of a day, of one to five minutes each, without gaps.

    A scene depends on the seed and its number alone. Only one scene is in memory at a time. Each
    kind of scene occurs in the first hour.

    Args:
        hours: Length; the last scene is cut.
        seed: Determines every sample.
        child: The child; by default, the seed determines it too.
    """
    n_left = round(hours * 3600 * SAMPLE_RATE)
    first = _first_names(seed)
    age = int(_stream(seed, 0).integers(6, 19))
    child = child or DayChild(seed, age, "F" if seed % 2 else "M")
    babble = 0.9
    shares = (babble * child.canonical, babble * (1 - child.canonical), 1 - babble)
    number = at = 0
    while n_left > 0:
        number += 1
        rng = _stream(seed, number)
        drawn = _draw_name(rng)
        name = first[number - 1] if number <= len(first) else drawn
        n = min(n_left, int(rng.uniform(60, 300)) * SAMPLE_RATE)
        # The child is the same all day, the scene draws the rest.
        voice = child_voice(_stream(child.voice_seed, 0, 1), child.age_months, child.sex)
        yield DayScene(name, at / SAMPLE_RATE, _scene(rng, name, n, _Speaker(voice, shares)))
        at += n
        n_left -= n


def _draw_name(rng: np.random.Generator) -> str:
    shares = np.array(list(SCENES.values()))
    return list(SCENES)[int(rng.choice(len(SCENES), p=shares / shares.sum()))]


def _first_names(seed: int) -> list[str]:
    """Return the kinds of the scenes that are in the first hour, however long they are.

    They are drawn; a kind that none has replaces one of the kind that most have.
    """
    names = [_draw_name(_stream(seed, number)) for number in range(1, _FIRST_SCENES + 1)]
    rng = _stream(seed, 0, 2)
    for missing in [name for name in SCENES if name not in names]:
        most = max(SCENES, key=names.count)
        places = [place for place, name in enumerate(names) if name == most]
        names[places[int(rng.integers(len(places)))]] = missing
    return names


def _stream(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def _scene(rng: np.random.Generator, name: str, n: int, child: _Speaker) -> Recorded:
    if name == "quiet":
        acoustics = draw_acoustics(rng, floor_dbfs=(-78.0, -60.0), snr_db=(8.0, 25.0))
        return compose(rng, _sparse(rng), n, acoustics)
    acoustics = draw_acoustics(rng)
    behind = _television(rng, n, acoustics) if name == "television" else None
    sounds = _SOUNDS[name](rng, child)
    return compose(rng, sounds, n, acoustics, behind)


def _television(rng: np.random.Generator, n: int, acoustics: Acoustics) -> Samples:
    """Speech over music from a loudspeaker, all the time."""
    parts = [background(rng, rng.uniform(2.0, 5.0)) for _ in range(_TELEVISION_PARTS)]
    level = 10 ** (rng.uniform(8.0, 20.0) / 20) * float(np.sqrt(np.mean(acoustics.floor**2)))
    out = np.zeros(n, np.float32)
    at = 0
    while at < n:
        part = parts[int(rng.integers(len(parts)))][: n - at]
        out[at : at + len(part)] = part * np.float32(level * rng.uniform(0.5, 1.0))
        at += len(part)
    return out


def _junk(rng: np.random.Generator, kinds: tuple[str, ...], gap_s: float) -> Sound:
    kind = kinds[int(rng.integers(len(kinds)))]
    samples = synthesize_kind(rng, kind, rng.uniform(0.8, 3.5)).astype(np.float32)
    return Sound(samples, "Junk", kind, gap_s, rng.uniform(-8, 4))


def _voice(
    rng: np.random.Generator, voice: Voice, label: Label, duration_s: float, gap_s: float
) -> Sound:
    return Sound(synthesize(rng, voice, label, duration_s), label, label, gap_s, 3.0)


def _sparse(rng: np.random.Generator) -> Iterator[Sound]:
    while True:
        yield _junk(rng, _HOUSEHOLD, rng.exponential(60.0))


def _talk(rng: np.random.Generator, child: _Speaker) -> Iterator[Sound]:
    while True:
        for _ in range(int(rng.integers(1, 5))):
            yield _junk(rng, _ADULTS, rng.uniform(0.2, 1.0))
        if rng.random() < 0.2:
            yield _babble(rng, child, rng.uniform(0.3, 2.0))
        yield _junk(rng, _SPEECH, rng.exponential(5.0) + 0.3)


def _play(rng: np.random.Generator, child: _Speaker) -> Iterator[Sound]:
    while True:
        for _ in range(int(rng.integers(1, 6))):
            yield _babble(rng, child, rng.uniform(0.3, 2.0))
        if rng.random() < 0.5:
            yield _junk(rng, _ADULTS, rng.uniform(0.3, 2.0))
        if rng.random() < 0.2:
            yield _junk(rng, _HOUSEHOLD, rng.uniform(0.3, 2.0))
        yield _babble(rng, child, rng.exponential(8.0) + 0.3)


def _babble(rng: np.random.Generator, child: _Speaker, gap_s: float) -> Sound:
    labels: tuple[Label, ...] = ("Canonical", "Non-canonical", "Laughing")
    label = labels[int(rng.choice(3, p=child.shares))]
    return _voice(rng, child.voice, label, rng.uniform(0.4, 1.6), gap_s)


def _fuss(rng: np.random.Generator, child: _Speaker) -> Iterator[Sound]:
    while True:
        gap_s = rng.exponential(10.0) + 0.5
        for _ in range(int(rng.integers(3, 20))):
            yield _voice(rng, child.voice, "Crying", rng.uniform(0.5, 1.8), gap_s)
            gap_s = rng.uniform(0.15, 0.4)
        if rng.random() < 0.5:
            yield _junk(rng, _ADULTS, rng.uniform(0.3, 2.0))


def _household(rng: np.random.Generator, child: _Speaker) -> Iterator[Sound]:
    while True:
        yield _junk(rng, _HOUSEHOLD, rng.exponential(4.0) + 0.2)
        if rng.random() < 0.1:
            yield _babble(rng, child, rng.uniform(0.3, 3.0))


_SOUNDS: Final[dict[str, Callable[[np.random.Generator, _Speaker], Iterator[Sound]]]] = {
    "talk": _talk,
    "television": _talk,
    "play": _play,
    "fuss": _fuss,
    "household": _household,
}
