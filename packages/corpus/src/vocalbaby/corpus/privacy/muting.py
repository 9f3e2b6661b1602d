"""Recordings in which everything but the key child is muted."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import open_recording
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["gain_of", "mute_others"]

Samples = NDArray[np.float32]

#: Length of the ramps at both ends of what is kept, so that no click is heard.
_RAMP_S: Final = 0.005


def gain_of(kept: Sequence[tuple[float, float]], first: int, n: int) -> Samples:
    """Return the gain of samples: 1 in what is kept, 0 elsewhere, with ramps inside of it.

    Args:
        kept: Begin and end in seconds of what is kept, in any order; stretches may overlap.
        first: Number of the first sample, at 16 kHz.
        n: Number of samples.

    Returns:
        Gains, float32, shape (n,).

    Examples:
        >>> gain_of([(0.01, 0.03)], 0, 640)[[0, 160, 240, 320, 480]].tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0]
    """
    gain = np.zeros(n, np.float32)
    at = first + np.arange(n)
    for onset, offset in kept:
        low, high = onset * SAMPLE_RATE, offset * SAMPLE_RATE
        if high <= first or low >= first + n:
            continue
        edge = np.minimum(at - low, high - at) / (_RAMP_S * SAMPLE_RATE)
        np.maximum(gain, np.clip(edge, 0.0, 1.0).astype(np.float32), out=gain)
    return gain


def mute_others(
    source: Path,
    kept: Sequence[tuple[float, float]],
    out: Path,
    progress: Callable[[float], None] | None = None,
) -> float:
    """Write a recording in which only some stretches are heard; its length stays the same.

    The recording is read in blocks. The file is WAV with 16 bits, one channel and 16 kHz, and has
    no metadata.

    Args:
        source: The recording, in any format.
        kept: Begin and end in seconds of what is kept.
        out: The file to write, which is replaced.
        progress: Called with the seconds that are done.

    Returns:
        Seconds that are heard.

    Raises:
        AudioError: The recording cannot be read.
    """
    ordered = sorted(kept)
    partial = out.with_name(f".{out.name}.new")
    at, heard = 0, 0.0
    with open_recording(source) as recording, partial.open("wb") as stream:
        stream.write(_head(0))
        for block in recording.blocks():
            end = at + len(block)
            near = [s for s in ordered if s[0] * SAMPLE_RATE < end and s[1] * SAMPLE_RATE > at]
            gain = gain_of(near, at, len(block))
            heard += float((gain > 0).sum()) / SAMPLE_RATE
            clipped = np.clip(block * gain, -1.0, 1.0)
            stream.write(np.round(clipped * 32_767).astype("<i2").tobytes())
            at = end
            if progress is not None:
                progress(at / SAMPLE_RATE)
        stream.seek(0)
        stream.write(_head(2 * at))
    partial.replace(out)
    return heard


def _head(n_bytes: int) -> bytes:
    """Head of a WAV file; sizes of more than 4 GB are those of a stream, which readers measure."""
    size = min(n_bytes, 2**32 - 1 - 36)
    layout = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 36 + size) + body
