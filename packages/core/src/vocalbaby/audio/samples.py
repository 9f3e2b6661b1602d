"""From samples to a clip: float32, mono, 16 kHz, finite, checked."""

import math
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from vocalbaby.audio import clipping, defects, low_frequencies
from vocalbaby.audio.limits import DEFAULT_LIMITS, MAX_CHANNELS, AudioLimits, check_shape
from vocalbaby.entity.clip import SAMPLE_RATE, Clip, ClipWarning
from vocalbaby.exception import NonFiniteAudioError, SilentAudioError, UnreadableAudioError

__all__ = ["from_samples", "make_clip"]

#: Peak to peak, two steps of 16-bit audio: anything less is the converter's noise.
_SILENT_RANGE: Final = 2**-14
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
            (n_samples, n_channels), whose channels are averaged unless they cancel each other.
            The array is copied.
        sample_rate: Samples per second and channel, 2,000 to 768,000.
        name: What to call the clip.
        limits: Shortest and longest clip, and when to warn.

    Returns:
        The clip: float32, shape (n_samples,), mono, 16 kHz, within [-1, 1].

    Raises:
        UnreadableAudioError: The array is not of floating point or has another shape (such
            as one row per channel), or the rate is not plausible.
        AudioError: The clip cannot be used; `vocalbaby.audio.decode` lists the reasons.

    Examples:
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
    """Mix, trim, resample, check, clean and scale samples.

    Digital silence at the ends is left out, and so are low frequencies that have more than
    5 % of the energy; ``duration_s`` remains that of the source.

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
    n_channels = frames.shape[1]
    channels = frames.T if n_channels == 1 else np.ascontiguousarray(frames.T)
    mono, channel = defects.mix(channels, rate)
    duration_s = len(mono) / rate
    found = _ends(mono)
    peak, ends = _peak(mono, found), found if n_channels == 1 else None
    start, end = defects.sound_span(mono, rate)
    if end - start < len(mono) and channel is None and n_channels > 1:
        start, end = defects.common_span(channels, rate)  # where they cancel, the mean is silent
    sound_s = (end - start) / rate
    if limits.min_s <= sound_s < duration_s:
        mono, channels, ends = mono[start:end], channels[:, start:end], None
    clipped = clipping.clipped_share(channels, ends)
    if rate != SAMPLE_RATE:  # after the check: a resampled constant is no longer constant
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
        peak = _peak(mono, _ends(mono))  # samples near the largest float overflow
    if peak > 1.0:
        mono = mono / np.float32(peak)
    mono, power, low_share = low_frequencies.remove_low_frequencies(mono)
    if low_share and (top := _peak(mono, _ends(mono))) > 1.0:
        mono = mono / np.float32(top)
    notes = list(warnings)
    _note_span(notes, duration_s, sound_s, limits)
    _note_level(notes, power, peak, clipped, low_share, limits)
    _note_source(notes, rate, n_channels, channel)
    samples = np.ascontiguousarray(mono, np.float32)
    samples.setflags(write=False)
    return Clip(name, samples, duration_s, rate, n_channels, tuple(notes))


def _ends(mono: NDArray[np.float32]) -> tuple[int, int]:
    """Find the lowest and the highest sample; all must be finite and not constant."""
    bottom, top = int(mono.argmin()), int(mono.argmax())
    low, high = mono.item(bottom), mono.item(top)
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
    return bottom, top


def _peak(mono: NDArray[np.float32], ends: tuple[int, int]) -> float:
    return float(max(mono.item(ends[1]), -mono.item(ends[0])))


def _note_span(
    notes: list[ClipWarning], duration_s: float, sound_s: float, limits: AudioLimits
) -> None:
    """Add warnings about the length of the clip and of the sound in it."""
    if sound_s < limits.min_s:
        text = f"Only {1000 * sound_s:.0f} ms of the clip are not digital silence."
        notes.append(ClipWarning("digital_silence", text))
    elif sound_s < duration_s:
        text = f"{duration_s - sound_s:.2f} s of digital silence at the ends were left out."
        notes.append(ClipWarning("digital_silence", text))
    if sound_s < limits.short_s:
        notes.append(ClipWarning("short", f"The sound lasts only {1000 * sound_s:.0f} ms."))
    if sound_s > limits.long_s:
        text = f"The clip lasts {sound_s:.1f} s; the label is for one vocalization."
        notes.append(ClipWarning("long", text))


def _note_level(
    notes: list[ClipWarning],
    power: float,
    peak: float,
    clipped: float,
    low_share: float,
    limits: AudioLimits,
) -> None:
    """Add warnings about the level of the clip and what it hides."""
    level = 10 * math.log10(power)
    if level < limits.quiet_dbfs:
        notes.append(ClipWarning("quiet", f"The level is only {level:.0f} dB full scale."))
    if peak > _OVERSHOOT:
        notes.append(ClipWarning("over_full_scale", f"Scaled down from a peak of {peak:.3g}."))
    elif clipped:
        notes.append(ClipWarning("clipped", f"{clipped:.1%} of the samples are clipped."))
    if low_share:
        low, high = low_frequencies.LOW_HZ
        text = f"{low_share:.0%} of the energy was in low frequencies and was removed (all below "
        text += f"{low:.0f} Hz, nothing above {high:.0f} Hz)."
        notes.append(ClipWarning("low_frequency_noise", text))


def _note_source(notes: list[ClipWarning], rate: int, channels: int, channel: int | None) -> None:
    """Add warnings about the channels and the rate of the source."""
    if channel is not None:
        text = f"The {channels} channels cancel each other; only channel {channel + 1} was used."
        notes.append(ClipWarning("channels_cancel", text))
    elif channels > 2:
        notes.append(ClipWarning("many_channels", f"{channels} channels were averaged."))
    if rate < SAMPLE_RATE:
        notes.append(
            ClipWarning("low_rate", f"Sampled at {rate} Hz: nothing above {rate // 2} Hz.")
        )
