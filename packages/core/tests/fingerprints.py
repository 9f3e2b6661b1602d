"""Fingerprints of sounds, which tables beside the tests pin.

The exact samples differ in their last bits between processors; a fingerprint does not notice these.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32] | NDArray[np.float64]
#: Length; level in dB, and projections.
Fingerprint = tuple[int, tuple[float, ...]]

#: Of the level in dB, and of a projection, whose standard deviation is 1. A frequency that is wrong
#: by 1 Hz changes projections by about 1.
TOLERANCE = 5e-4
#: Codecs round: without AVX, projections of their output differ by up to 0.0015.
CODED_TOLERANCE = 0.01

_MULTIPLIERS = (2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)


#: Differences after which the sounds are not compared further.
_ENOUGH = 10


def fingerprint(sound: Sound) -> Fingerprint:
    """Length; level in dB, and four projections on fixed signs, which any change of shape moves."""
    n = len(sound)
    level = max(float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))), 1e-12)
    values = [20 * float(np.log10(level))]
    i = np.arange(1, n + 1, dtype=np.uint64)
    for multiplier in _MULTIPLIERS:
        bits = (i * np.uint64(multiplier) >> np.uint64(21)) & np.uint64(1)
        values.append(float((1.0 - 2.0 * bits) @ sound) / (level * float(np.sqrt(n))))
    return n, tuple(values)


def read(path: Path) -> dict[str, Fingerprint]:
    """Read a table of fingerprints by the names of sounds."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {name: (int(n), tuple(map(float, values))) for name, n, *values in rows}


def write(path: Path, sounds: Iterable[tuple[str, Sound]]) -> None:
    """Write a table of fingerprints."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["sound", "samples", "level_db", *(f"projection_{i}" for i in range(1, 5))])
        for name, sound in sounds:
            n, values = fingerprint(sound)
            out.writerow([name, n, *(f"{value:.4f}" for value in values)])


def changes(
    path: Path, sounds: Iterable[tuple[str, Sound]], *, coded: tuple[str, ...] = ()
) -> list[str]:
    """Describe the first differences from a table.

    Args:
        path: The table.
        sounds: The sounds of today, with their names.
        coded: Beginnings of the names of those that may have passed a codec.
    """
    golden = read(path)
    described: list[str] = []
    for name, sound in sounds:
        before, after = golden.pop(name, None), fingerprint(sound)
        tolerance = CODED_TOLERANCE if name.startswith(coded) else TOLERANCE
        if before is None or not same(before, after, tolerance):
            described.append(f"{name}: {before} became {after}")
        if len(described) == _ENOUGH:
            return [*described, "and maybe more"]
    return described + [f"missing: {name}" for name in golden]


def same(one: Fingerprint, other: Fingerprint, tolerance: float = TOLERANCE) -> bool:
    """Whether two fingerprints are those of the same sound."""
    return one[0] == other[0] and np.allclose(one[1], other[1], rtol=0, atol=tolerance)
