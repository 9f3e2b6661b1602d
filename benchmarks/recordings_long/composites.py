"""Composite recordings with known truth, from real clips and synthetic vocalizations.

The real clips are divided by groups into two halves (`benchmarks.transfer.splits`): settings are
tuned on composites of the half ``choosing`` and reported on those of the half ``reporting``, with a
model that heard no group of the half. Generated speech has its own speakers, which no model heard.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.recordings import read_recordings
from benchmarks.transfer.splits import Half, half_of
from vocalbaby.audio import load
from vocalbaby.corpora.synthetic.background import background
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.scenes import Recorded, Sound, compose, draw_acoustics
from vocalbaby.corpora.synthetic.voice import child_voice
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import Label

__all__ = ["KINDS", "Kind", "Pool", "composites", "read_pool"]

Samples = NDArray[np.float32]
Kind = Literal["home", "phone", "no infant"]

#: Kinds of composites: cries of laboratories and of freesound.org, and synthetic babble, among
#: other sounds; cries of the phone corpus, whose labels are noisy; only other sounds.
KINDS: Final[tuple[Kind, ...]] = ("home", "phone", "no infant")
_CRIES: Final = {"home": ("LyonCry", "ESC-10"), "phone": ("DonateACry",), "no infant": ()}
#: Families of junk are equally frequent, and so are the groups of a family.
_FAMILIES: Final = (
    ("FSDD", "speech adult", "speech high-pitched", "speech child"),
    ("music", "singing"),
    ("animal",),
    ("effects", "ESC-10", "LyonCry", "DonateACry"),
    ("human", "laughing adult"),
)
_BABBLE: Final[tuple[Label, ...]] = ("Canonical", "Non-canonical", "Laughing")


@dataclass(frozen=True, slots=True)
class Pool:
    """Paths of the sounds of one half, by kind and group.

    Attributes:
        cries: Corpus to group to files.
        uncut: Uncut recordings of cries; each is the only one of its composite's group.
        junk: Kind of junk to group to files.
    """

    half: Half
    cries: dict[str, dict[str, list[Path]]]
    uncut: dict[str, dict[str, list[Path]]]
    junk: dict[str, dict[str, list[Path]]]


def read_pool(data: Path, speech: Path | None, half: Half) -> Pool:
    """List the sounds of one half.

    Args:
        data: Folder of the real recordings.
        speech: Folder that scripts/make_speech_corpus.sh wrote; None to do without.
        half: The half.
    """
    cries: dict[str, dict[str, list[Path]]] = {}
    junk: dict[str, dict[str, list[Path]]] = {}
    for corpus in read_recordings(data):
        for record in corpus.of_half(half):
            path, group = Path(record.path), f"{record.corpus}/{record.child_ID}"
            if record.Answer == "Crying":
                cries.setdefault(corpus.name, {}).setdefault(group, []).append(path)
            else:
                kind = corpus.notes[record.key] if corpus.name == "hard" else corpus.name
                junk.setdefault(kind, {}).setdefault(group, []).append(path)
    uncut: dict[str, dict[str, list[Path]]] = {}
    with (data / "long_metadata.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if half_of(row["corpus"], row["child_ID"]) == half:
                name = {"ESC10": "ESC-10"}.get(row["corpus"], row["corpus"])
                group = f"{row['corpus']}/{row['child_ID']}"
                files = uncut.setdefault(name, {}).setdefault(group, [])
                files.append(data / "long" / row["file"])
    if speech is not None:
        with (speech / "metadata.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                speaker = row["child_ID"]
                own = int(hashlib.sha256(speaker.encode()).hexdigest(), 16) % 2
                if row["corpus"] == "espeak-held-out" and own == (half == "reporting"):
                    files = junk.setdefault(f"speech {row['note']}", {}).setdefault(speaker, [])
                    files.append(speech / "clips" / row["clip_ID"])
    return Pool(half, cries, uncut, junk)


def composites(
    pool: Pool, kind: Kind, count: int, *, duration_s: float = 300.0, seed: int = 0
) -> Iterator[Recorded]:
    """Yield composite recordings; each depends on its number alone."""
    for number in range(count):
        key = (seed, KINDS.index(kind), number, int(pool.half == "reporting"))
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
        acoustics = draw_acoustics(rng)
        n = round(duration_s * SAMPLE_RATE)
        behind = None
        if number % 4 == 3:
            level = 10 ** (rng.uniform(4.0, 14.0) / 20) * np.sqrt(np.mean(acoustics.floor**2))
            parts = [background(rng, 5.0) for _ in range(6)]
            order = rng.integers(len(parts), size=int(duration_s / 5) + 1)
            behind = np.concatenate([parts[i] for i in order])[:n] * np.float32(level)
        yield compose(rng, _sounds(rng, pool, kind), n, acoustics, behind)


def _pick(rng: np.random.Generator, groups: dict[str, list[Path]]) -> list[Path]:
    names = sorted(groups)
    return groups[names[int(rng.integers(len(names)))]]


def _any(rng: np.random.Generator, paths: list[Path]) -> Samples:
    samples: Samples = load(paths[int(rng.integers(len(paths)))]).samples
    return samples


def _sounds(rng: np.random.Generator, pool: Pool, kind: Kind) -> Iterator[Sound]:
    makers: list[tuple[float, Callable[[], Iterator[Sound]]]] = [
        (0.5, lambda: _junk(rng, pool)),
    ]
    if kind != "no infant":
        makers.append((0.35, lambda: _cries(rng, pool, kind)))
    if kind == "home":
        makers.append((0.15, lambda: _babble(rng)))
    shares = np.array([share for share, _ in makers])
    while True:
        chosen = makers[int(rng.choice(len(makers), p=shares / shares.sum()))][1]
        yield from chosen()


def _cries(rng: np.random.Generator, pool: Pool, kind: Kind) -> Iterator[Sound]:
    corpora = _CRIES[kind]
    corpus = corpora[int(rng.integers(len(corpora)))]
    gap_s = 0.3 + rng.exponential(2.0)
    if corpus in pool.uncut and rng.random() < 0.5:
        samples = _any(rng, _pick(rng, pool.uncut[corpus]))
        length = int(rng.uniform(2.0, 8.0) * SAMPLE_RATE)
        start = int(rng.integers(0, max(1, len(samples) - length)))
        yield Sound(samples[start : start + length], "Crying", f"cry {corpus}", gap_s)
        return
    paths = _pick(rng, pool.cries[corpus])
    for _ in range(int(rng.integers(1, 6))):
        yield Sound(_any(rng, paths), "Crying", f"cry {corpus}", gap_s)
        gap_s = rng.uniform(0.05, 0.4)


def _babble(rng: np.random.Generator) -> Iterator[Sound]:
    voice = child_voice(rng, int(rng.integers(4, 25)), "F")
    gap_s = 0.3 + rng.exponential(2.0)
    for _ in range(int(rng.integers(1, 4))):
        label = _BABBLE[int(rng.choice(3, p=(0.4, 0.4, 0.2)))]
        samples = synthesize(rng, voice, label, rng.uniform(0.4, 1.6))
        yield Sound(samples, label, f"synthetic {label}", gap_s)
        gap_s = rng.uniform(0.3, 1.5)


def _junk(rng: np.random.Generator, pool: Pool) -> Iterator[Sound]:
    family = _FAMILIES[int(rng.integers(len(_FAMILIES)))]
    groups = {
        (kind, group): paths for kind in family for group, paths in pool.junk.get(kind, {}).items()
    }
    if not groups:
        return
    names = sorted(groups)
    kind, group = names[int(rng.integers(len(names)))]
    paths = groups[kind, group]
    gap_s = 0.3 + rng.exponential(2.0)
    spoken = kind == "FSDD" or kind.startswith("speech")
    for _ in range(int(rng.integers(2, 8)) if spoken else 1):
        yield Sound(_any(rng, paths), "Junk", kind, gap_s)
        gap_s = rng.uniform(0.05, 0.4)
