"""From bytes to a clip: float32, mono, 16 kHz, finite, checked. Nothing goes to disk."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from vocalbaby.audio import codecs, wav
from vocalbaby.entity.clip import SAMPLE_RATE, Clip, ClipWarning
from vocalbaby.exception import (
    AudioError,
    DataNotFoundError,
    EmptyAudioError,
    NonFiniteAudioError,
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UnreadableAudioError,
)

__all__ = ["AudioLimits", "decode", "load", "measure", "read_file"]

_MIN_RATE: Final = 2_000
_MAX_RATE: Final = 768_000
_MAX_CHANNELS: Final = 64
#: Peak to peak, two steps of 16-bit audio: less is the converter's last bit, not sound.
_SILENT_RANGE: Final = 2**-14
#: A sine of full scale spends less than the share at the rail; a clipped one, more.
_RAIL: Final = np.float32(0.9999)
_CLIPPED_SHARE: Final = 0.01
#: Lossy codecs overshoot full scale a little; beyond this the file is scaled wrongly.
_OVERSHOOT: Final = 2.0
#: What the smallest clip costs, and one that is refused, in seconds of sound.
_LEAST_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """What a clip may be; beyond it is an error, near it a warning.

    Attributes:
        min_s: Shortest clip in seconds: two analysis frames.
        max_s: Longest clip in seconds.
        max_bytes: Largest file in bytes.
        max_samples: Most samples of all channels together, before resampling: a small
            file of many channels at a high rate would else fill gigabytes.
        short_s: Below this many seconds the clip carries the warning ``short``.
        long_s: Above this many seconds the clip carries the warning ``long``.
        quiet_dbfs: Below this RMS level (dB full scale) the warning is ``quiet``.
    """

    min_s: float = 0.02
    max_s: float = 30.0
    max_bytes: int = 64 * 2**20
    max_samples: int = 2**25
    short_s: float = 0.1
    long_s: float = 5.0
    quiet_dbfs: float = -60.0


_DEFAULT_LIMITS: Final = AudioLimits()


def load(path: str | Path, *, limits: AudioLimits = _DEFAULT_LIMITS) -> Clip:
    """Decode a file; see :func:`decode`.

    Raises:
        DataNotFoundError: There is no such file, or it may not be read.
        AudioError: As :func:`decode`.
    """
    file = Path(path)
    try:
        data = read_file(file, limits=limits)
    except OSError as error:
        raise DataNotFoundError(
            f"{file} cannot be read: {error.strerror or error}.",
            hint="Check the path and its permissions.",
        ) from error
    return decode(data, name=file.name, limits=limits)


def read_file(path: Path, *, limits: AudioLimits = _DEFAULT_LIMITS) -> bytes:
    """The bytes of a file; one that is too large stays unread.

    Raises:
        TooLongAudioError: Larger than ``limits.max_bytes``.
        OSError: There is no such file, or it may not be read.
    """
    if (size := path.stat().st_size) > limits.max_bytes:
        raise _too_large(size, limits)
    return path.read_bytes()


def decode(data: bytes, *, name: str = "clip", limits: AudioLimits = _DEFAULT_LIMITS) -> Clip:
    """Decode one clip from memory.

    WAV (PCM and float), FLAC, Ogg Vorbis and Opus, MP3, AIFF, AU and CAF, of any rate
    from 2 to 768 kHz and up to 64 channels, which are averaged.

    Args:
        data: The file's bytes.
        name: What to call the clip.
        limits: Shortest and longest clip, and when to warn.

    Returns:
        float32, mono, 16 kHz, within [-1, 1].

    Raises:
        EmptyAudioError: No bytes or no samples.
        UnreadableAudioError: Not audio, damaged, or an impossible header.
        TooLongAudioError: Longer than ``limits.max_s``; known before it is decoded.
        TooShortAudioError: Shorter than ``limits.min_s``.
        NonFiniteAudioError: NaN or infinite samples.
        SilentAudioError: A constant, or nothing but the last bit of 16-bit audio.
    """
    if not data:
        raise EmptyAudioError("The file is empty (0 bytes).", hint="Send a recording.")
    if len(data) > limits.max_bytes:
        raise _too_large(len(data), limits)
    frames, rate, warnings = _read(data, limits)
    mono = _mix(frames)
    duration_s = len(mono) / rate
    channels = frames.shape[1]
    peak = _peak(mono)
    if rate != SAMPLE_RATE:  # after the check: a constant has edges when it has been resampled
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
        peak = _peak(mono)  # samples near the greatest float overflow
    clipped = _clipped_share(mono, peak)
    if peak > 1.0:
        mono = mono / np.float32(peak)
    warnings += _notes(mono, peak, clipped, rate, channels, duration_s, limits)
    samples = np.ascontiguousarray(mono, np.float32)
    samples.setflags(write=False)
    return Clip(name, samples, duration_s, rate, channels, tuple(warnings))


def measure(data: bytes, *, limits: AudioLimits = _DEFAULT_LIMITS) -> float:
    """How much work a clip is, by its header: in seconds of sound, mono at 16 kHz.

    Of more channels or a higher rate it counts by its samples: they have to be decoded.
    A clip that :func:`decode` would refuse counts as a very short one.
    """
    if len(data) > limits.max_bytes:
        return _LEAST_S
    try:
        source = _open(data, limits)
    except AudioError:
        return _LEAST_S
    return max(source.frames * max(source.channels / SAMPLE_RATE, 1 / source.rate), _LEAST_S)


def _open(data: bytes, limits: AudioLimits) -> wav.WavLayout | codecs.CodecAudio:
    """The header of a file, within the limits."""
    source: wav.WavLayout | codecs.CodecAudio | None = None
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        source = wav.read_layout(data)
    if source is None:
        if not codecs.is_supported(data):
            raise UnreadableAudioError(
                f"This is {codecs.describe(data)}, not audio that can be read.",
                hint="Send WAV, FLAC, Ogg, Opus or MP3.",
            )
        source = codecs.CodecAudio(data)
    _check_header(source.frames, source.rate, source.channels, limits)
    return source


def _read(data: bytes, limits: AudioLimits) -> tuple[NDArray[np.float32], int, list[ClipWarning]]:
    """Samples of shape (n_frames, n_channels) with their rate, within the limits."""
    source = _open(data, limits)
    if isinstance(source, wav.WavLayout):
        samples, rate = wav.read_samples(data, source)
        return samples, rate, _truncation(source.frames, source.frames_promised, rate)
    samples = source.read(source.frames)
    _check_length(len(samples), source.rate, limits)
    return samples, source.rate, _truncation(len(samples), source.frames, source.rate)


def _check_header(frames: int, rate: int, channels: int, limits: AudioLimits) -> None:
    if not _MIN_RATE <= rate <= _MAX_RATE or not 1 <= channels <= _MAX_CHANNELS:
        raise UnreadableAudioError(
            f"The header says {channels} channels at {rate} Hz.",
            hint=f"Rates from {_MIN_RATE} to {_MAX_RATE} Hz and up to {_MAX_CHANNELS} "
            "channels are read; check the recording.",
        )
    _check_length(frames, rate, limits)
    if frames * channels > limits.max_samples:
        raise TooLongAudioError(
            f"The clip has {channels} channels at {rate} Hz, {frames * channels} samples; "
            f"the limit is {limits.max_samples}.",
            hint="Export it again with one channel at 16 kHz.",
        )


def _check_length(frames: int, rate: int, limits: AudioLimits) -> None:
    if frames == 0:
        raise EmptyAudioError("The file holds no samples.", hint="Send a recording.")
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


def _too_large(size: int, limits: AudioLimits) -> TooLongAudioError:
    return TooLongAudioError(
        f"The file has {size / 2**20:.0f} MiB; the limit is {limits.max_bytes / 2**20:.0f} MiB.",
        hint="Cut the recording into single vocalizations.",
    )


def _truncation(frames: int, promised: int, rate: int) -> list[ClipWarning]:
    if frames >= promised:
        return []
    message = f"The file promises {promised / rate:.2f} s and holds {frames / rate:.2f} s."
    return [ClipWarning("truncated", message)]


def _mix(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    if frames.shape[1] == 1:
        return frames[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused next
        mono: NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    return mono


def _peak(mono: NDArray[np.float32]) -> float:
    """Peak of the samples; refuses what is not finite, and nothing but a constant offset."""
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
    """Share of the samples at full scale or beyond."""
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
    """Warnings about a clip that can be used, in a fixed order."""
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
