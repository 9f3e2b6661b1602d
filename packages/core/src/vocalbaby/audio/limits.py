"""How long, large and loud a clip may be, and the checks of it."""

from dataclasses import dataclass
from typing import Final

from vocalbaby.exception import (
    EmptyAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UnreadableAudioError,
)

__all__ = [
    "DEFAULT_LIMITS",
    "MAX_CHANNELS",
    "AudioLimits",
    "check_format",
    "check_length",
    "check_samples",
    "check_shape",
    "too_large",
    "too_long",
]

_MIN_RATE: Final = 2_000
_MAX_RATE: Final = 768_000
#: Largest number of channels of a recording.
MAX_CHANNELS: Final = 64


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """What a clip may be: an error is raised beyond these limits, a warning given near them.

    Attributes:
        min_s: Shortest clip in seconds: two analysis frames.
        max_s: Longest clip in seconds.
        max_bytes: Largest file in bytes.
        max_samples: Most samples of all channels together, before resampling. Without this
            limit a small file of many channels at a high rate would fill gigabytes.
        short_s: Below this many seconds the clip carries the warning ``short``.
        long_s: Above this many seconds the clip carries the warning ``long``.
        quiet_dbfs: Below this RMS level (dB full scale) the warning is ``quiet``.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 32000)
        >>> audio.from_samples(noise, 16000, limits=audio.AudioLimits(max_s=1.0))
        Traceback (most recent call last):
        vocalbaby.exception.TooLongAudioError: The clip lasts 2.0 s; the limit is 1 s. Cut ...
    """

    min_s: float = 0.02
    max_s: float = 30.0
    max_bytes: int = 64 * 2**20
    max_samples: int = 2**25
    short_s: float = 0.1
    long_s: float = 5.0
    quiet_dbfs: float = -60.0


DEFAULT_LIMITS: Final = AudioLimits()


def check_shape(frames: int, rate: int, channels: int, limits: AudioLimits) -> None:
    """Check length, rate and channel count, as a header gives them.

    Raises:
        UnreadableAudioError: The rate or the number of channels is not plausible.
        EmptyAudioError: There are no frames.
        TooLongAudioError: The clip is too long, or has too many samples.
        TooShortAudioError: The clip is too short.
    """
    check_format(rate, channels)
    check_length(frames, rate, limits)
    check_samples(frames, rate, channels, limits)


def check_format(rate: int, channels: int) -> None:
    """Check rate and channel count; see `check_shape`."""
    if not _MIN_RATE <= rate <= _MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        raise UnreadableAudioError(
            f"The recording has {channels} channels at {rate} Hz.",
            hint=f"Rates from {_MIN_RATE} to {_MAX_RATE} Hz and up to {MAX_CHANNELS} "
            "channels are read; check the recording.",
        )


def check_samples(frames: int, rate: int, channels: int, limits: AudioLimits) -> None:
    """Check the number of samples of all channels; see `check_shape`."""
    if frames * channels > limits.max_samples:
        raise TooLongAudioError(
            f"The clip has {channels} channels at {rate} Hz, {frames * channels} samples; "
            f"the limit is {limits.max_samples}.",
            hint="Export it again with one channel at 16 kHz.",
        )


def check_length(frames: int, rate: int, limits: AudioLimits) -> None:
    """Check the length in seconds; see `check_shape`."""
    if frames == 0:
        raise EmptyAudioError("The recording holds no samples.", hint="Send a recording.")
    duration_s = frames / rate
    if duration_s > limits.max_s:
        raise TooLongAudioError(
            f"The clip lasts {duration_s:.1f} s; the limit is {limits.max_s:g} s.",
            hint="Cut the recording into single vocalizations.",
        )
    if duration_s < limits.min_s:
        raise TooShortAudioError(
            f"The clip lasts {1000 * duration_s:.1f} ms; at least "
            f"{1000 * limits.min_s:g} ms are needed.",
            hint="Cut the recording with more margin.",
        )


def too_long(rate: int, channels: int, limits: AudioLimits) -> TooLongAudioError:
    """Return the error for a clip that is longer than the limits; how long is not known."""
    return TooLongAudioError(
        f"The clip lasts more than {min(limits.max_s, limits.max_samples / rate / channels):.4g} "
        f"s, the limit for {channels} channels at {rate} Hz.",
        hint="Cut the recording into single vocalizations.",
    )


def too_large(size: int, limits: AudioLimits) -> TooLongAudioError:
    """Return the error for a file of so many bytes."""
    return TooLongAudioError(
        f"The file has {size / 2**20:.0f} MiB; the limit is {limits.max_bytes / 2**20:.0f} MiB.",
        hint="Cut the recording into single vocalizations.",
    )
