"""From a file's bytes to a clip; nothing is written to disk."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import wav
from vocalbaby.audio.base import AudioStream
from vocalbaby.audio.limits import (
    DEFAULT_LIMITS,
    AudioLimits,
    check_shape,
    too_large,
    too_long,
)
from vocalbaby.audio.pcm import read_samples
from vocalbaby.audio.samples import make_clip
from vocalbaby.audio.stream import open_data
from vocalbaby.entity.clip import SAMPLE_RATE, Clip, ClipWarning
from vocalbaby.exception import (
    AudioError,
    DataNotFoundError,
    EmptyAudioError,
)

__all__ = ["decode", "load", "measure", "read_file"]

#: Work of the shortest clip, and of a clip that is refused, in seconds of sound.
_LEAST_S: Final = 0.25


def load(path: str | Path, *, limits: AudioLimits = DEFAULT_LIMITS) -> Clip:
    """Decode a file, as `decode` does.

    Args:
        path: The file.
        limits: Shortest and longest clip, and when to warn.

    Returns:
        The clip, whose name is that of the file: float32, mono, 16 kHz, within [-1, 1].

    Raises:
        DataNotFoundError: There is no such file, or it may not be read.
        AudioError: The clip cannot be used; `decode` lists the reasons.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> audio.write_wav("noise.wav", np.random.default_rng(0).normal(0, 0.1, 44100), 44100)
        >>> clip = audio.load("noise.wav")
        >>> clip.name, clip.source_rate, clip.duration_s, clip.samples.shape
        ('noise.wav', 44100, 1.0, (16000,))
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

    Args:
        path: The file.
        limits: ``max_bytes`` is the largest size in bytes.

    Returns:
        The bytes, for `decode` or `measure`.

    Raises:
        TooLongAudioError: Larger than ``limits.max_bytes``.
        OSError: There is no such file, or it may not be read.

    Examples:
        >>> from pathlib import Path
        >>> from vocalbaby import audio
        >>> audio.write_wav("tone.wav", np.zeros(8000), 16000)
        >>> len(audio.read_file(Path("tone.wav")))
        32044
    """
    if (size := path.stat().st_size) > limits.max_bytes:
        raise too_large(size, limits)
    return path.read_bytes()


def decode(data: bytes, *, name: str = "clip", limits: AudioLimits = DEFAULT_LIMITS) -> Clip:
    """Decode one clip from memory.

    WAV (PCM and float), FLAC, Ogg Vorbis and Opus, MP3, AIFF, AU and CAF, and with the extra
    ``vocalbaby-core[media]`` M4A/AAC, MP4, 3GP, AMR, WebM and WMA, of any rate from 2 to 768 kHz.
    Up to 64 channels are averaged, or the best one is used where they cancel each other.

    Args:
        data: The file's bytes.
        name: What to call the clip.
        limits: Shortest and longest clip, and when to warn.

    Returns:
        The clip: float32, shape (n_samples,), mono, 16 kHz, within [-1, 1].

    Raises:
        EmptyAudioError: No bytes or no samples; if some are missing, it says why.
        UnreadableAudioError: Not audio, damaged, or an impossible header.
        TooLongAudioError: Longer than ``limits.max_s``; decoding stops there.
        TooShortAudioError: Shorter than ``limits.min_s``.
        NonFiniteAudioError: NaN or infinite samples.
        SilentAudioError: A constant, or nothing but the last bit of 16-bit audio.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> data = audio.wav_bytes(np.random.default_rng(0).normal(0, 0.1, (8000, 2)), 8000)
        >>> clip = audio.decode(data)
        >>> clip.samples.shape, clip.source_channels, [each.code for each in clip.warnings]
        ((16000,), 2, ['low_rate'])
    """
    if not data:
        raise EmptyAudioError("The file is empty (0 bytes).", hint="Send a recording.")
    if len(data) > limits.max_bytes:
        raise too_large(len(data), limits)
    frames, rate, warnings = _read(data, limits)
    return make_clip(frames, rate, warnings, name=name, limits=limits)


def measure(data: bytes, *, limits: AudioLimits = DEFAULT_LIMITS) -> float:
    """Estimate the work of a clip without decoding it, in seconds of mono sound at 16 kHz.

    The estimate is at least the work that `decode` does, whatever the header claims.
    More channels or a higher rate count by the number of samples, which must be decoded.
    A clip that `decode` would refuse at once counts as a very short one.

    Args:
        data: The file's bytes.
        limits: Largest file and longest clip.

    Returns:
        Seconds, at least 0.25.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> audio.measure(audio.wav_bytes(np.zeros((16_000, 4)), 16_000)), audio.measure(b"text")
        (4.0, 0.25)
    """
    if len(data) > limits.max_bytes:
        return _LEAST_S
    try:
        with open_data(data) as stream:
            _check_claim(stream, limits)
            most = _most_frames(stream, limits)
            frames = min(stream.frames_bound(most), most)
    except AudioError:
        return _LEAST_S
    return max(frames * max(stream.channels / SAMPLE_RATE, 1 / stream.rate), _LEAST_S)


def _most_frames(stream: AudioStream, limits: AudioLimits) -> int:
    """Return the largest number of frames that a clip may have."""
    return min(int(limits.max_s * stream.rate), limits.max_samples // stream.channels)


def _check_claim(stream: AudioStream, limits: AudioLimits) -> None:
    """Refuse a clip that is too long, where the header says so and the data can hold it."""
    claim, most = stream.frames_hint or 0, _most_frames(stream, limits)
    if claim > most and stream.frames_bound(most) > most:
        check_shape(claim, stream.rate, stream.channels, limits)


def _read(data: bytes, limits: AudioLimits) -> tuple[NDArray[np.float32], int, list[ClipWarning]]:
    """Return samples of shape (n_frames, n_channels), their rate, and warnings."""
    if wav.is_wav(data) and (layout := wav.read_layout(data)):  # docs/decisions/0008
        _check_read(layout.frames, layout.rate, layout.channels, layout.missing, limits)
        cut = [] if layout.missing is None else [_truncated(layout.missing)]
        return read_samples(data, layout), layout.rate, cut
    with open_data(data) as stream:
        _check_claim(stream, limits)
        samples = _read_stream(stream, limits)
        missing = stream.missing
    return samples, stream.rate, [] if missing is None else [_truncated(missing)]


def _read_stream(stream: AudioStream, limits: AudioLimits) -> NDArray[np.float32]:
    """Decode until the end, or until the clip is longer than the limits."""
    blocks, frames, most = [], 0, _most_frames(stream, limits)
    for block in stream.blocks():
        blocks.append(block)
        frames += len(block)
        if frames > most:
            raise too_long(stream.rate, stream.channels, limits)
    _check_read(frames, stream.rate, stream.channels, stream.missing, limits)
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _check_read(
    frames: int, rate: int, channels: int, missing: str | None, limits: AudioLimits
) -> None:
    """Check what was read; of a damaged file without any sound, say what is wrong with it."""
    if frames == 0 and missing is not None:
        raise EmptyAudioError(
            f"The recording holds no samples that can be read: {missing}.",
            hint="Copy it again from its source, or record it again.",
        )
    check_shape(frames, rate, channels, limits)


def _truncated(missing: str) -> ClipWarning:
    return ClipWarning("truncated", f"Sound may be missing: {missing}.")
