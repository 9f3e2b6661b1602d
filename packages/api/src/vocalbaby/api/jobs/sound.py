"""The sound of a job for the page: its levels, and pieces to hear."""

from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby.audio import wav_bytes
from vocalbaby.audio.pieces import read_piece
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["levels", "piece", "write_levels"]

_LEVELS_PER_S: Final = 100
#: A byte of 0 is -127.5 dB or less; a step is half a decibel, so that 255 is full scale.
_LOWEST_DB: Final = -127.5


def write_levels(folder: Path) -> None:
    """Write the levels that are in the evidence of a job to a file that is quick to read."""
    from vocalbaby.segmentation import Evidence  # noqa: PLC0415 - only the process of a job needs it

    evidence = Evidence(folder / "evidence")
    left = evidence.n_slots
    with (folder / "levels").open("wb") as file:
        for block in evidence.blocks():
            decibels = block["level"][:left] / 100
            steps = np.round(2 * (decibels - _LOWEST_DB)).clip(0, 255)
            file.write(steps.astype(np.uint8).tobytes())
            left -= len(steps)


def levels(folder: Path, start_s: float, end_s: float, points: int) -> bytes:
    """Levels of a part of a job's sound.

    Args:
        folder: The folder of the job.
        start_s: Begin of the part in seconds.
        end_s: End of the part in seconds.
        points: Number of levels, evenly spaced over the part.

    Returns:
        One byte for each, the highest level of its time: 2 * (dB full scale + 127.5).
    """
    found = np.memmap(folder / "levels", np.uint8, "r")
    edges = np.linspace(start_s, end_s, points + 1) * _LEVELS_PER_S
    first = np.floor(edges[:-1]).astype(np.int64).clip(0, len(found) - 1)
    last = int(np.ceil(edges[-1]).clip(first[-1] + 1, len(found)))
    return bytes(np.maximum.reduceat(found[:last], first).astype(np.uint8))


def piece(folder: Path, start_s: float, end_s: float) -> bytes:
    """A part of a job's sound as a 16-bit WAV file; shorter where the sound ends."""
    converted = folder / "sound.flac"
    path = converted if converted.exists() else folder / "recording"
    samples = np.clip(read_piece(path, start_s, end_s), -1.0, 1.0)
    return wav_bytes(samples, SAMPLE_RATE, encoding="pcm16")
