"""Compare a clip with the original without having it: exactly, or within the rounding.

    python -m scripts.fetch_recordings.checks DATA > configs/default_model/sources/checks.csv

computes the table from a folder of original clips. For each clip it has the number of samples, the
SHA-256 of the 16-bit samples, and 16 random projections: sums of all samples, each with the sign
that a fixed pseudo-random sequence gives it. The mean square of the differences between two clips'
projections estimates the sum of the squared differences between their samples (Alon, Matias and
Szegedy, 1996, "The space complexity of approximating the frequency moments"), with a relative
standard deviation of sqrt(2 / 16), or 35 %; for the root mean square that is 18 %.
"""

import csv
import functools
import hashlib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["COLUMNS", "MAX_RMS", "Check", "read_samples"]

COLUMNS: Final = ("folder", "clip_ID", "n_samples", "sha256", "projections")

#: Largest estimate, in steps of 16 bits, that counts as rounding: 1, and room for its error.
MAX_RMS: Final = 1.5

_PROJECTIONS: Final = 16
_BLOCK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of an original clip.

    Attributes:
        n_samples: Its length at 16 kHz.
        sha256: Of its samples as little-endian 16-bit integers.
        projections: Its 16 random projections.
    """

    n_samples: int
    sha256: str
    projections: tuple[int, ...]

    @classmethod
    def of_samples(cls, samples: NDArray[np.int16]) -> Self:
        """Compute the check of a clip.

        Args:
            samples: int16, shape (n_samples,).

        >>> check = Check.of_samples(np.array([100, -100, 50], np.int16))
        >>> check.n_samples, check.sha256[:8], len(check.projections)
        (3, 'f8a2a781', 16)
        """
        digest = hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()
        sums = samples.astype(np.float64) @ _signs(_room(len(samples)))[: len(samples)]
        return cls(len(samples), digest, tuple(round(each) for each in sums))

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Read the check from a row of ``checks.csv``."""
        projections = tuple(int(each) for each in row["projections"].split())
        return cls(int(row["n_samples"]), row["sha256"], projections)

    def rms_difference(self, samples: NDArray[np.int16]) -> float:
        """Estimate how far a clip is from the original.

        Args:
            samples: int16, shape (n_samples,).

        Returns:
            The root mean square of the differences between the samples in steps of 16 bits:
            0 if the samples are equal (no estimate), and infinity if the lengths differ.

        >>> original = np.arange(-8000, 8000, dtype=np.int16)
        >>> check = Check.of_samples(original)
        >>> check.rms_difference(original), check.rms_difference(original[:-1])
        (0.0, inf)
        >>> bool(8 < check.rms_difference(original + np.int16(10)) < 12)
        True
        """
        other = Check.of_samples(samples)
        if other.n_samples != self.n_samples:
            return math.inf
        if other.sha256 == self.sha256:
            return 0.0
        pairs = zip(self.projections, other.projections, strict=True)
        square = sum((ours - theirs) ** 2 for ours, theirs in pairs) / _PROJECTIONS
        return math.sqrt(square / self.n_samples)


def _room(n_samples: int) -> int:
    """Round a length up, so that few lengths are computed and kept."""
    return -(-n_samples // _BLOCK) * _BLOCK


@functools.cache
def _signs(n_samples: int) -> NDArray[np.float64]:
    """Return signs of shape (n_samples, 16); a longer sequence begins with a shorter one."""
    drawn = hashlib.shake_256(b"fetch_recordings").digest(n_samples * _PROJECTIONS // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8)).reshape(n_samples, _PROJECTIONS)
    return 1 - 2 * bits.astype(np.float64)


def read_samples(path: Path) -> NDArray[np.int16]:
    """Read a clip: 16 kHz, mono, 16 bits.

    Returns:
        int16, shape (n_samples,); nothing if the file is something else.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream, soundfile.SoundFile(stream) as sound:
            if (sound.samplerate, sound.channels, sound.subtype) == (16_000, 1, "PCM_16"):
                samples: NDArray[np.int16] = sound.read(dtype="int16")
                return samples
    except soundfile.LibsndfileError:
        pass
    return np.zeros(0, np.int16)


def _main(data: Path) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for folder, prefix in (("clips", ""), ("hard", "hard_"), ("donateacry", "donateacry_")):
        with (data / f"{prefix}sources.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                check = Check.of_samples(read_samples(data / folder / row["clip_ID"]))
                sums = " ".join(map(str, check.projections))
                writer.writerow((folder, row["clip_ID"], check.n_samples, check.sha256, sums))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
