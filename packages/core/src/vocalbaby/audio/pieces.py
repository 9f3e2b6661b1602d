"""Pieces of long recordings, read without what comes before them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import UnreadableAudioError

__all__ = ["has_pieces", "read_piece", "write_flac"]

#: Containers in which libsndfile finds a sample without reading those before it.
_SEEKABLE: Final = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU", "FLAC"})
#: Seconds by which the length by the header may differ from that of the samples.
_TOLERANCE_S: Final = 0.05
#: Samples of all channels that are read at once: a piece may hold a thousand times as many.
_VALUES_AT_ONCE: Final = 2**20


def has_pieces(path: Path, duration_s: float) -> bool:
    """Whether `read_piece` can read a recording quickly, and at the right times.

    Args:
        path: The recording.
        duration_s: Length of its samples, as they were read from begin to end.
    """
    try:
        found = soundfile.info(str(path))
    except soundfile.LibsndfileError:
        return False
    length = found.frames / found.samplerate
    return found.format in _SEEKABLE and abs(length - duration_s) <= _TOLERANCE_S


def read_piece(path: Path, start_s: float, end_s: float) -> NDArray[np.float32]:
    """Read a part of a recording.

    Args:
        path: A recording that has pieces.
        start_s: Begin of the part in seconds.
        end_s: End of the part in seconds.

    Returns:
        The mean of the channels, full scale at most, 16 kHz, shape (n,); shorter where the
        recording ends.

    Raises:
        UnreadableAudioError: The file is gone or damaged.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "sound.flac"
        ...     write_flac(path, [np.zeros(48_000, np.float32), np.ones(16_000, np.float32)])
        ...     has_pieces(path, 4.0), read_piece(path, 2.75, 3.25).mean().round(2)
        (True, np.float32(0.5))
    """
    try:
        with soundfile.SoundFile(path) as sound:
            start = min(round(start_s * sound.samplerate), sound.frames)
            sound.seek(start)
            count = max(0, round(end_s * sound.samplerate) - start)
            resampler = soxr.ResampleStream(sound.samplerate, SAMPLE_RATE, 1, dtype="float32")
            parts = []
            while count > 0:
                size = min(count, _VALUES_AT_ONCE // sound.channels)
                frames = sound.read(size, dtype="float32", always_2d=True)
                count = count - size if len(frames) == size else 0
                mono = np.nan_to_num(frames.mean(axis=1)).clip(-1.0, 1.0)
                parts.append(resampler.resample_chunk(mono, last=count == 0))
    except soundfile.LibsndfileError as error:
        raise UnreadableAudioError("A piece of the recording cannot be read.") from error
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def write_flac(path: Path, blocks: Iterable[NDArray[np.float32]]) -> None:
    """Write sound to a FLAC file of 16 bits, which has pieces.

    Args:
        path: The file.
        blocks: Samples of one channel at 16 kHz.

    Raises:
        OSError: The file cannot be written.
    """
    form: dict[str, Any] = {"samplerate": SAMPLE_RATE, "channels": 1, "subtype": "PCM_16"}
    with path.open("wb") as file, soundfile.SoundFile(file, "w", format="FLAC", **form) as sound:
        for block in blocks:
            sound.write(np.clip(block, -1.0, 1.0))
