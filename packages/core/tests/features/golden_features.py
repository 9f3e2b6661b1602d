"""Features of a clip of each class, which golden_features.csv pins.

The clips are made of sines and integers, so that they are the same on every machine, and do not
change with the synthesizer. After a change of the features that is meant (which needs a new version
of the set), write the file anew, and read the difference:

    .venv/bin/python -m packages.core.tests.features.golden_features
"""

import csv
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.entity.labels import CLASSES

GOLDEN = Path(__file__).with_name("golden_features.csv")
SETS = ("spectral_prosodic", "mfcc")
#: Of the 16-bit samples of all clips.
SHA256 = "51ee40209445bdec73660b5a53a95a3377f66c719819a4230b1d6ffb83a4c1ec"

Array = NDArray[np.float32]

_N = 9600
_T = np.arange(_N) / 16_000


def clips() -> dict[str, Array]:
    """A clip of 0.6 s for each class, with what is typical of it, as 16-bit samples."""
    waves = {
        # Two syllables: F0 falls, and the first resonance rises quickly at each begin.
        "Canonical": _voice(330 - 60 * _T, 500 + 500 * np.minimum((_T % 0.3) / 0.05, 1), 8)
        * np.minimum((_T % 0.3) / 0.03, 1)
        * (1 - 0.8 * (_T % 0.3) / 0.3),
        # A vowel of steady resonance.
        "Non-canonical": _voice(380 + 15 * np.sin(2 * np.pi * 5 * _T), 750 + 0 * _T, 6)
        * np.sin(np.pi * _T / 0.6),
        # Loud, long, high, melodic, bright.
        "Crying": _voice(470 + 120 * np.sin(np.pi * _T / 0.6), 1200 + 0 * _T, 14)
        * np.minimum(np.minimum(_T / 0.05, (0.6 - _T) / 0.1), 1),
        # Bursts, five a second.
        "Laughing": _voice(420 - 100 * (_T % 0.2), 900 + 0 * _T, 10) * np.exp(-(_T % 0.2) / 0.05),
        # Noise with two knocks.
        "Junk": 0.3 * _noise() * (0.2 + np.exp(-(_T % 0.35) / 0.02)),
    }
    assert tuple(waves) == CLASSES
    return {label: _sampled(wave + 0.003 * _noise()) for label, wave in waves.items()}


def _voice(
    f0: NDArray[np.float64], resonance_hz: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    phase = 2 * np.pi * np.cumsum(f0) / 16_000
    out = np.zeros(_N)
    for k in range(1, n + 1):
        out += np.sin(k * phase) / (1 + np.abs(k * f0 - resonance_hz) / 300)
    return out


def _noise() -> NDArray[np.float64]:
    """White noise of a linear congruential generator."""
    state, out = 16, np.empty(_N)
    for i in range(_N):
        state = (1_103_515_245 * state + 12_345) % 2**31
        out[i] = (state >> 8) / 2**22 - 1
    return out


def _sampled(wave: NDArray[np.float64]) -> Array:
    # Rounding leaves nothing of differences between processors in the last bits of a sine.
    return np.asarray(np.round(wave / np.abs(wave).max() * 16_384) / 32_768, np.float32)


def digest(made: dict[str, Array]) -> str:
    """Checksum of the clips."""
    whole = b"".join((32_768 * clip).astype("<i2").tobytes() for clip in made.values())
    return hashlib.sha256(whole).hexdigest()


def extracted(made: dict[str, Array]) -> dict[tuple[str, str, str], float]:
    """Values by set, column and class."""
    return {
        (name, column.name, label): float(value)
        for name in SETS
        for label, row in zip(made, features.get(name).extract([*made.values()]), strict=True)
        for column, value in zip(features.get(name).columns, row, strict=True)
    }


def read() -> dict[tuple[str, str, str], float]:
    """Read the file."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return {
        (name, column, label): float(value)
        for name, column, *values in rows
        for label, value in zip(CLASSES, values, strict=True)
    }


def write() -> None:
    """Write the file: a row for each column, a column for each class."""
    found = extracted(clips())
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["feature_set", "column", *CLASSES])
        for name in SETS:
            for column in features.get(name).columns:
                values = [found[name, column.name, label] for label in CLASSES]
                out.writerow([name, column.name, *(f"{value:.6g}" for value in values)])


if __name__ == "__main__":
    write()
    print(digest(clips()))  # noqa: T201
