"""A decoded clip of audio."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "Clip", "ClipWarning"]

#: Every clip is resampled to this rate, in hertz.
SAMPLE_RATE: Final = 16_000


@dataclass(frozen=True, slots=True)
class ClipWarning:
    """Something a reader of the result should know about the clip.

    Attributes:
        code: Stable name, one of a fixed set, e.g. ``quiet`` or ``truncated``.
        message: The same in a sentence, with the figures.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Audio ready for feature extraction.

    Attributes:
        name: What the user calls the clip (a file name); never used as a path.
        samples: float32, shape (n_samples,), mono, 16 kHz, finite, within [-1, 1].
        duration_s: Length of the source in seconds.
        source_rate: Sample rate of the source in hertz.
        source_channels: Channel count of the source.
        warnings: What the decoder noticed.
    """

    name: str
    samples: NDArray[np.float32]
    duration_s: float
    source_rate: int = SAMPLE_RATE
    source_channels: int = 1
    warnings: tuple[ClipWarning, ...] = ()
