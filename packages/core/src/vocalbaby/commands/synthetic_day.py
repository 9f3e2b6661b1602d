"""Writing a synthetic day, scene by scene."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby import annotations
from vocalbaby.corpora.synthetic.day import DayChild, synthesize_day
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.exception import ConfigError

__all__ = ["write_day", "write_recording"]

#: Samples of 16 bits that a WAV file can hold.
_MOST: Final = (2**32 - 2**16) // 2


def write_day(
    folder: Path, hours: float, seed: int, progress: TaskProgressCallback | None = None
) -> int:
    """Write ``day.wav`` (16 kHz, mono, 16 bits), ``day.rttm`` and ``day.csv``.

    Args:
        folder: Folder, which is made.
        hours: Length.
        seed: Determines every sample.
        progress: Called after each scene, with seconds.

    Returns:
        The number of segments.

    Raises:
        ConfigError: A WAV file cannot hold so many hours.
        OSError: A file cannot be written.
    """
    _samples(hours)
    folder.mkdir(parents=True, exist_ok=True)
    timeline = write_recording(folder / "day.wav", "day", hours, seed, progress=progress)
    for name in ("day.rttm", "day.csv"):
        annotations.write(timeline, folder / name)
    return len(timeline.segments)


def write_recording(
    path: Path,
    name: str,
    hours: float,
    seed: int,
    child: DayChild | None = None,
    progress: TaskProgressCallback | None = None,
) -> Timeline:
    """Write a synthetic day, scene by scene, so that memory does not grow with its length.

    Args:
        path: The file to write.
        name: Name of the recording.
        hours: Length.
        seed: Determines every sample.
        child: The child; by default, the seed determines it too.
        progress: Called after each scene, with seconds.

    Returns:
        The true segments.

    Raises:
        ConfigError: A WAV file cannot hold so many hours.
        OSError: The file cannot be written.
    """
    n = _samples(hours)
    advance = for_task(progress, "synthesize")
    segments: list[Segment] = []
    with path.open("wb") as stream:
        stream.write(_wav_header(n))
        for scene in synthesize_day(hours, seed, child):
            samples = scene.recorded.samples
            stream.write(np.round(samples * 32_767).astype("<i2").tobytes())
            at = scene.onset_s
            segments += [
                replace(s, onset_s=at + s.onset_s, offset_s=at + s.offset_s)
                for s in scene.recorded.segments
            ]
            if advance is not None:
                advance(round(at + len(samples) / SAMPLE_RATE), round(n / SAMPLE_RATE))
    tiers = (Tier("infant"), Tier("junk"))
    return Timeline(name, tuple(segments), duration_s=n / SAMPLE_RATE, tiers=tiers)


def _samples(hours: float) -> int:
    """Return the number of samples, if a WAV file can hold them.

    Raises:
        ConfigError: It cannot.
    """
    n = round(hours * 3600 * SAMPLE_RATE)
    if n > _MOST:
        raise ConfigError(
            f"A WAV file holds at most {_MOST / SAMPLE_RATE / 3600:.1f} hours, not {hours:g}.",
            hint="Write several days.",
        )
    return n


def _wav_header(n: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 2 * n)
    return b"RIFF" + struct.pack("<I", len(head) + 2 * n) + head
