"""From samples to a clip: float32, mono, 16 kHz, finite, checked."""

import math
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from vocalbaby.audio.limits import DEFAULT_LIMITS, MAX_CHANNELS, AudioLimits, check_shape
from vocalbaby.entity.clip import SAMPLE_RATE, Clip, ClipWarning
from vocalbaby.exception import NonFiniteAudioError, SilentAudioError, UnreadableAudioError

__all__ = ["from_samples", "make_clip"]

#: Peak to peak, two steps of 16-bit audio: anything less is the converter's noise.
_SILENT_RANGE: Final = 2**-14
#: A sine at full scale has a smaller share of samples at the rail than a clipped one.
_RAIL: Final = np.float32(0.9999)
_CLIPPED_SHARE: Final = 0.01
#: Lossy codecs overshoot full scale a little; a higher peak means wrong scaling.
_OVERSHOOT: Final = 2.0


def from_samples(
    samples: NDArray[np.floating[Any]],
    sample_rate: int,
    *,
    name: str = "clip",
    limits: AudioLimits = DEFAULT_LIMITS,
) -> Clip:
    """Make a clip of samples in memory, with the same checks as a decoded file.

    Args:
        samples: Floating point, full scale 1.0; shape (n_samples,), or
            (n_samples, n_channels), whose channels are averaged. The array is copied.
        sample_rate: Samples per second and channel, 2,000 to 768,000.
        name: What to call the clip.
        limits: Shortest and longest clip, and when to warn.

    Returns:
        float32, mono, 16 kHz, within [-1, 1].

    Raises:
        UnreadableAudioError: The array is not of floating point or has another shape (such
            as one row per channel), or the rate is not plausible.
        AudioError: As :func:`vocalbaby.audio.decode`.

    Example:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
        >>> clip = audio.from_samples(tone, 44100)
        >>> clip.samples.shape, clip.samples.dtype, clip.duration_s
        ((16000,), dtype('float32'), 1.0)
    """
    array = np.asarray(samples)
    fits = array.ndim == 1 or (array.ndim == 2 and array.shape[1] <= MAX_CHANNELS)
    if array.dtype.kind != "f" or not fits:
        raise UnreadableAudioError(
            f"The samples have the type {array.dtype} and the shape {array.shape}.",
            hint="Give floating point numbers of full scale 1.0, one row per sample and one "
            "column per channel; divide 16-bit integers by 32768.",
        )
    frames = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 1)
    check_shape(len(frames), sample_rate, frames.shape[1], limits)
    with np.errstate(over="ignore"):  # becomes infinite, which is refused
        copied = np.array(frames, np.float32)
    return make_clip(copied, sample_rate, [], name=name, limits=limits)


def make_clip(
    frames: NDArray[np.float32],
    rate: int,
    warnings: list[ClipWarning],
    *,
    name: str,
    limits: AudioLimits,
) -> Clip:
    """Mix, resample, check and scale samples.

    Args:
        frames: float32, shape (n_frames, n_channels), within the limits; its memory may
            become that of the clip.
        rate: Frames per second.
        warnings: What the decoder noticed.
        name: What to call the clip.
        limits: When to warn.

    Raises:
        NonFiniteAudioError: NaN or infinite samples.
        SilentAudioError: A constant, or nothing but the last bit of 16-bit audio.
    """
    mono = _mix(frames)
    duration_s = len(mono) / rate
    channels = frames.shape[1]
    peak = _peak(mono)
    if rate != SAMPLE_RATE:  # after the check: a resampled constant is no longer constant
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
        peak = _peak(mono)  # samples near the largest float overflow
    clipped = _clipped_share(mono, peak)
    if peak > 1.0:
        mono = mono / np.float32(peak)
    notes = _notes(mono, peak, clipped, rate, channels, duration_s, limits)
    samples = np.ascontiguousarray(mono, np.float32)
    samples.setflags(write=False)
    return Clip(name, samples, duration_s, rate, channels, (*warnings, *notes))


def _mix(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    if frames.shape[1] == 1:
        return frames[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused next
        mono: NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    return mono


def _peak(mono: NDArray[np.float32]) -> float:
    """Return the peak of the samples, which must be finite and not constant."""
    low, high = float(mono.min()), float(mono.max())
    if not (math.isfinite(low) and math.isfinite(high)):  # one NaN makes both NaN
        raise NonFiniteAudioError(
            "The recording holds samples that are NaN or infinite.",
            hint="Export it again as 16-bit PCM.",
        )
    if high - low < _SILENT_RANGE:
        raise SilentAudioError(
            "The recording is silent: it never moves by more than one step of 16-bit audio.",
            hint="Check the microphone and the channel that was exported.",
        )
    return max(high, -low)


def _clipped_share(mono: NDArray[np.float32], peak: float) -> float:
    """Return the share of the samples at full scale or beyond."""
    return float((np.abs(mono) >= _RAIL).mean()) if peak >= _RAIL else 0.0


def _notes(
    scaled: NDArray[np.float32],
    peak: float,
    clipped: float,
    rate: int,
    channels: int,
    duration_s: float,
    limits: AudioLimits,
) -> list[ClipWarning]:
    """Return warnings about a usable clip, in a fixed order."""
    found: list[ClipWarning] = []
    centred = scaled - scaled.mean()
    level = 10 * np.log10(float(np.dot(centred, centred)) / len(centred))
    if duration_s < limits.short_s:
        found.append(ClipWarning("short", f"The clip lasts only {1000 * duration_s:.0f} ms."))
    if duration_s > limits.long_s:
        text = f"The clip lasts {duration_s:.1f} s; the label is for one vocalization."
        found.append(ClipWarning("long", text))
    if level < limits.quiet_dbfs:
        found.append(ClipWarning("quiet", f"The level is only {level:.0f} dB full scale."))
    if peak > _OVERSHOOT:
        found.append(ClipWarning("over_full_scale", f"Scaled down from a peak of {peak:.3g}."))
    elif clipped > _CLIPPED_SHARE:
        found.append(ClipWarning("clipped", f"{clipped:.0%} of the samples are clipped."))
    if channels > 2:
        found.append(ClipWarning("many_channels", f"{channels} channels were averaged."))
    if rate < SAMPLE_RATE:
        found.append(
            ClipWarning("low_rate", f"Sampled at {rate} Hz: nothing above {rate // 2} Hz.")
        )
    return found
