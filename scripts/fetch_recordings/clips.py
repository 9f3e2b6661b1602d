"""From the bytes of a source file to the 16-bit samples of a clip.

These steps give the clips that the default model was trained on: decode, average the channels,
resample to 16 kHz with soxr (very high quality), subtract the mean of the file and scale its peak
to -3 dB (not in ``hard``), cut, round down to 16 bits.
"""

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from scripts.fetch_recordings.source import SourceError
from vocalbaby.audio import open_stream
from vocalbaby.exception import VocalBabyError

__all__ = ["cut", "decode"]

_RATE: Final = 16_000
_PEAK: Final = 10 ** (-3 / 20)
_LFS: Final = b"version https://git-lfs.github.com/spec/"


def decode(data: bytes, *, normalised: bool) -> NDArray[np.float64]:
    """Decode a file in any format of :mod:`vocalbaby.audio`.

    Args:
        data: The bytes of the file.
        normalised: Whether to subtract the mean and to scale the peak.

    Returns:
        float64, shape (n_samples,), 16 kHz, full scale 1.0.

    Raises:
        SourceError: It is not audio that can be decoded.
    """
    if data.startswith(_LFS):
        raise SourceError("the file is a pointer of Git LFS; fetch the content with git lfs pull")
    try:
        with open_stream(data) as stream:
            blocks = [block.mean(axis=1) for block in stream.blocks()]
            rate = stream.rate
    except VocalBabyError as error:
        raise SourceError(f"cannot be decoded: {error}") from error
    mono = np.concatenate([np.zeros(0, np.float32), *blocks])
    resampled = soxr.resample(mono, rate, _RATE, quality="VHQ") if rate != _RATE else mono
    samples: NDArray[np.float64] = resampled.astype(np.float64)
    if normalised and len(samples):
        samples -= samples.mean()
        peak = np.abs(samples).max()
        samples *= _PEAK / peak if peak else 1.0
    return samples


def cut(samples: NDArray[np.float64], start: int, n_samples: int) -> NDArray[np.int16]:
    """Cut a clip.

    Args:
        samples: float64, shape (n,), 16 kHz, full scale 1.0.
        start: First sample of the clip.
        n_samples: Length of the clip.

    Returns:
        int16, shape (n_samples,), rounded down.

    Raises:
        SourceError: The source ends before the clip.

    >>> cut(np.array([0, 0.5, -0.25, 1.0]), 1, 3)
    array([ 16384,  -8192,  32767], dtype=int16)
    """
    clip = samples[start : start + n_samples]
    if len(clip) < n_samples:
        end, have = (start + n_samples) / _RATE, len(samples) / _RATE
        raise SourceError(f"the source lasts {have:.3f} s, but the clip ends at {end:.3f} s")
    return np.clip(np.floor(clip * 32_768), -32_768, 32_767).astype(np.int16)
