"""Signal-to-noise ratio of segments, from the sound."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.corpus.agreement.stretches import is_within, merge

__all__ = ["segment_snr"]

Floats = NDArray[np.floating[Any]]
#: Samples of a frame of 20 ms at 16 kHz.
_FRAME: Final = 320
_FRAME_S: Final = 0.02
#: Seconds before and after a segment in which its noise floor is measured.
_AROUND_S: Final = 10.0
#: Fewest frames of a noise floor, and its percentile of their powers.
_MIN_FRAMES, _PERCENTILE = 25, 20
#: Power below which there is no sound: that of one step of 16 bits.
_LEAST: Final = 1e-10


def segment_snr(path: Path, onset: Floats, offset: Floats) -> Floats:
    """Measure the ratio of each segment's power to the noise floor around it.

    The noise floor is the 20th percentile of the power of frames of 20 ms within 10 s of the
    segment and outside all segments. It is subtracted from the mean power of the segment.

    Args:
        path: The recording.
        onset: Onsets in seconds, float64, shape (n,).
        offset: Offsets in seconds, float64, shape (n,).

    Returns:
        dB, float64, shape (n,); NaN where the segment is not in the sound, or too little is
        around it.

    Raises:
        AudioError: The recording cannot be read.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> sound = rng.normal(0, 0.001, 16_000 * 20)
        >>> sound[160_000:176_000] += rng.normal(0, 0.1, 16_000)
        >>> _ = audio.write_wav(Path("day1.wav"), sound, 16_000)
        >>> segment_snr(Path("day1.wav"), np.array([10.0]), np.array([11.0])).round(-1).tolist()
        [40.0]
    """
    power = _frame_power(path)
    times = (np.arange(power.size) + 0.5) * _FRAME_S
    covered = is_within(times, merge(np.stack([onset, offset], axis=1)))
    found = np.full(onset.size, np.nan)
    for i, (begin, end) in enumerate(zip(onset.tolist(), offset.tolist(), strict=True)):
        own = slice(*np.searchsorted(times, (begin, end)))
        around = slice(*np.searchsorted(times, (begin - _AROUND_S, end + _AROUND_S)))
        quiet = power[around][~covered[around]]
        if power[own].size and quiet.size >= _MIN_FRAMES:
            noise = max(float(np.percentile(quiet, _PERCENTILE)), _LEAST)
            signal = max(float(power[own].mean()) - noise, 0.01 * noise)
            found[i] = 10 * np.log10(signal / noise)
    return found


def _frame_power(path: Path) -> Floats:
    """Mean square of each frame of 20 ms; a day is 23 MB."""
    found, rest = [], np.empty(0, np.float32)
    with audio.open_recording(path) as recording:
        for block in recording.blocks():
            samples = np.concatenate([rest, block])
            whole = samples.size // _FRAME * _FRAME
            frames = samples[:whole].reshape(-1, _FRAME).astype(float)
            found.append(np.mean(frames**2, axis=1))
            rest = samples[whole:]
    return np.concatenate([np.empty(0), *found])
