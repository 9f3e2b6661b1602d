"""A decoded clip of audio."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "WARNING_CODES", "Clip", "ClipWarning", "WarningCode"]

#: Every clip is resampled to this rate, in hertz.
SAMPLE_RATE: Final = 16_000

WarningCode: TypeAlias = Literal[
    "truncated",
    "digital_silence",
    "short",
    "long",
    "quiet",
    "over_full_scale",
    "clipped",
    "low_frequency_noise",
    "channels_cancel",
    "many_channels",
    "low_rate",
    "unlike_training",
    "not_confident",
]
WARNING_CODES: Final[tuple[WarningCode, ...]] = get_args(WarningCode)


@dataclass(frozen=True, slots=True)
class ClipWarning:
    """A remark about a clip that a reader of the result should know.

    Attributes:
        code: Stable name.
        message: A sentence with the figures.
    """

    code: WarningCode
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Audio ready for feature extraction.

    Attributes:
        name: Name given by the user, usually a file name; never used as a path.
        samples: float32, shape (n_samples,), mono, 16 kHz, finite, within [-1, 1]; without
            digital silence at the ends.
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
