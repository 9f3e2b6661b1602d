"""A decoded clip of audio."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "WARNING_CODES", "Clip", "ClipWarning", "WarningCode"]

#: Every clip is resampled to this rate, in hertz.
SAMPLE_RATE: Final = 16_000

#: Stable name of a remark about a clip; docs/formats.md and the model card explain them.
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
    "below_threshold",
]
#: All codes, in the order of `WarningCode`.
WARNING_CODES: Final[tuple[WarningCode, ...]] = get_args(WarningCode)


@dataclass(frozen=True, slots=True)
class ClipWarning:
    """A remark about a clip that a reader of the result should know.

    Attributes:
        code: Stable name, one of `WARNING_CODES`.
        message: A sentence with the figures.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> clip = audio.from_samples(np.random.default_rng(0).normal(0, 0.1, 4000), 8000)
        >>> clip.warnings
        (ClipWarning(code='low_rate', message='Sampled at 8000 Hz: nothing above 4000 Hz.'),)
    """

    code: WarningCode
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Audio ready for feature extraction; `vocalbaby.audio` makes it of files and arrays.

    Attributes:
        name: Name given by the user, usually a file name; never used as a path.
        samples: float32, shape (n_samples,), mono, 16 kHz, finite, within [-1, 1]; without
            digital silence at the ends.
        duration_s: Length of the source in seconds.
        source_rate: Sample rate of the source in hertz.
        source_channels: Channel count of the source.
        warnings: What the decoder noticed.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> noise = np.random.default_rng(0).normal(0, 0.1, (22050, 2))
        >>> clip = audio.from_samples(noise, 44100, name="noise")
        >>> clip.name, clip.samples.shape, clip.duration_s, clip.source_channels
        ('noise', (8000,), 0.5, 2)
    """

    name: str
    samples: NDArray[np.float32]
    duration_s: float
    source_rate: int = SAMPLE_RATE
    source_channels: int = 1
    warnings: tuple[ClipWarning, ...] = ()
