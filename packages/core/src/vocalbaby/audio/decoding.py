"""From a file's bytes to a clip; nothing is written to disk."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import codecs, wav
from vocalbaby.audio.limits import (
    DEFAULT_LIMITS,
    AudioLimits,
    check_length,
    check_shape,
    too_large,
)
from vocalbaby.audio.samples import make_clip
from vocalbaby.entity.clip import SAMPLE_RATE, Clip, ClipWarning
from vocalbaby.exception import (
    AudioError,
    DataNotFoundError,
    EmptyAudioError,
    UnreadableAudioError,
)

__all__ = ["decode", "load", "measure", "read_file"]

#: Work of the shortest clip, and of a clip that is refused, in seconds of sound.
_LEAST_S: Final = 0.25


def load(path: str | Path, *, limits: AudioLimits = DEFAULT_LIMITS) -> Clip:
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


def read_file(path: Path, *, limits: AudioLimits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a file; a file that is too large is not read.

    Raises:
        TooLongAudioError: Larger than ``limits.max_bytes``.
        OSError: There is no such file, or it may not be read.
    """
    if (size := path.stat().st_size) > limits.max_bytes:
        raise too_large(size, limits)
    return path.read_bytes()


def decode(data: bytes, *, name: str = "clip", limits: AudioLimits = DEFAULT_LIMITS) -> Clip:
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
        raise too_large(len(data), limits)
    frames, rate, warnings = _read(data, limits)
    return make_clip(frames, rate, warnings, name=name, limits=limits)


def measure(data: bytes, *, limits: AudioLimits = DEFAULT_LIMITS) -> float:
    """Estimate the work of a clip from its header, in seconds of mono sound at 16 kHz.

    More channels or a higher rate count by the number of samples, which must be decoded.
    A clip that :func:`decode` would refuse counts as a very short one.

    Args:
        data: The file's bytes.
        limits: Largest file and longest clip.
    """
    if len(data) > limits.max_bytes:
        return _LEAST_S
    try:
        source = _open(data, limits)
    except AudioError:
        return _LEAST_S
    return max(source.frames * max(source.channels / SAMPLE_RATE, 1 / source.rate), _LEAST_S)


def _open(data: bytes, limits: AudioLimits) -> wav.WavLayout | codecs.CodecAudio:
    """Read the header of a file and check it against the limits."""
    source: wav.WavLayout | codecs.CodecAudio | None = None
    if wav.is_wav(data):
        source = wav.read_layout(data)
    if source is None:
        if not codecs.is_supported(data):
            raise UnreadableAudioError(
                f"This is {codecs.describe(data)}, not audio that can be read.",
                hint="Send WAV, FLAC, Ogg, Opus or MP3.",
            )
        source = codecs.CodecAudio(data)
    check_shape(source.frames, source.rate, source.channels, limits)
    return source


def _read(data: bytes, limits: AudioLimits) -> tuple[NDArray[np.float32], int, list[ClipWarning]]:
    """Return samples of shape (n_frames, n_channels), their rate, and warnings."""
    source = _open(data, limits)
    if isinstance(source, wav.WavLayout):
        samples, rate = wav.read_samples(data, source)
        return samples, rate, _truncation(source.frames, source.frames_promised, rate)
    samples = source.read(source.frames)
    check_length(len(samples), source.rate, limits)
    return samples, source.rate, _truncation(len(samples), source.frames, source.rate)


def _truncation(frames: int, promised: int, rate: int) -> list[ClipWarning]:
    if frames >= promised:
        return []
    message = f"The file promises {promised / rate:.2f} s and holds {frames / rate:.2f} s."
    return [ClipWarning("truncated", message)]
