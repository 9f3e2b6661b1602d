"""The sound of a job for the page: its levels, and pieces to hear."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import wav_bytes
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["LEVELS_PER_S", "levels", "piece", "write_sound"]

#: Levels in a second.
LEVELS_PER_S: Final = 100
_HOP: Final = SAMPLE_RATE // LEVELS_PER_S
#: A level of 0 is -127.5 dB or less; a step is half a decibel, so that full scale is 255.
_LOWEST_DB: Final = -127.5


def write_sound(blocks: Iterable[NDArray[np.float32]], folder: Path) -> None:
    """Write ``sound.flac`` and ``levels`` of a recording to the folder of its job.

    Args:
        blocks: Samples of one channel at 16 kHz.
        folder: The folder of the job.
    """
    rest = np.empty(0, np.float32)
    form = {"samplerate": SAMPLE_RATE, "channels": 1, "subtype": "PCM_16", "format": "FLAC"}
    with (
        (folder / "levels").open("wb") as file,
        soundfile.SoundFile(folder / "sound.flac", "w", compression_level=0.2, **form) as sound,
    ):
        for block in blocks:
            sound.write(np.clip(block, -1.0, 1.0))
            samples = np.concatenate([rest, block])
            whole = len(samples) // _HOP * _HOP
            file.write(_levels(samples[:whole]))
            rest = samples[whole:]
        if len(rest):
            file.write(_levels(np.pad(rest, (0, _HOP - len(rest)))))


def _levels(samples: NDArray[np.float32]) -> bytes:
    peaks = np.abs(samples.reshape(-1, _HOP)).max(axis=1, initial=0.0)
    decibels = 20 * np.log10(np.maximum(peaks, 1e-7))
    return bytes(np.clip(np.round(2 * (decibels - _LOWEST_DB)), 0, 255).astype(np.uint8))


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
    edges = np.linspace(start_s, end_s, points + 1) * LEVELS_PER_S
    first = np.floor(edges[:-1]).astype(np.int64).clip(0, len(found) - 1)
    last = int(np.ceil(edges[-1]).clip(first[-1] + 1, len(found)))
    return bytes(np.maximum.reduceat(found[:last], first).astype(np.uint8))


def piece(folder: Path, start_s: float, end_s: float) -> bytes:
    """A part of a job's sound as a 16-bit WAV file; shorter where the sound ends."""
    with soundfile.SoundFile(folder / "sound.flac") as sound:
        start = min(round(start_s * SAMPLE_RATE), sound.frames)
        sound.seek(start)
        samples = sound.read(max(0, round(end_s * SAMPLE_RATE) - start), dtype="float32")
    return wav_bytes(samples, SAMPLE_RATE, encoding="pcm16")
