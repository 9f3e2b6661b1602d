"""The formats of audio files; all but plain WAV are read in memory by libsndfile."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream, Data, Pieces
from vocalbaby.exception import UnreadableAudioError

__all__ = [
    "FORMATS",
    "SEND_AUDIO",
    "SUFFIXES",
    "SndfileStream",
    "is_supported",
    "unread_codec",
]

#: Formats that are read without an extra, for advice.
FORMATS: Final = "WAV, FLAC, Ogg, Opus, MP3, AIFF, AU or CAF"
#: Advice for a file that is not audio.
SEND_AUDIO: Final = (
    f"Send {FORMATS}; or, where the extra vocalbaby-core[media] is installed, M4A, MP4, 3GP, "
    "AMR, AAC, WebM or WMA."
)

#: Endings of the names of audio files, in lower case; other files are not read.
SUFFIXES: Final = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf"}
)

#: First bytes of the formats handed to libsndfile; nothing else reaches its parsers.
_MAGIC: Final = (b"fLaC", b"OggS")
#: libsndfile's number of frames where a file does not say it.
_UNKNOWN_LENGTH: Final = 2**62


def is_supported(data: bytes) -> bool:
    """Whether the first bytes are those of a format that libsndfile reads here."""
    return data.startswith(_MAGIC)


class _Reader(soundfile.SoundFile):  # type: ignore[misc] # untyped base
    """A file that is read once, in order.

    Of a file that can seek, soundfile reads no more than the header claims, and seeks after
    each block, which is slow and inexact in some formats.
    """

    def seekable(self) -> bool:
        return False


class SndfileStream(AudioStream):
    """A recording that libsndfile decodes.

    Args:
        source: The bytes of the file, as for `Pieces`, or a
            file.
        endless: Whether the length that libsndfile finds means nothing.
        missing: What is known to be missing at the end of these bytes.

    Attributes:
        damaged: Whether an error ended the stream.
        done: Frames that were read.

    Raises:
        UnreadableAudioError: libsndfile cannot read the header.
    """

    #: Whether samples of a block with an error are used, as far as they were decoded.
    _keeps_damaged = True

    def __init__(
        self,
        source: Sequence[tuple[Data, int, int]] | io.RawIOBase,
        *,
        endless: bool = False,
        missing: str | None = None,
    ) -> None:
        file = source if isinstance(source, io.RawIOBase) else Pieces(source)
        try:
            self._file = _Reader(file)
        except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
            raise _unreadable(error) from error
        self.rate = self._file.samplerate
        self.channels = self._file.channels
        frames = self._file.frames
        self.frames_hint = None if endless or frames >= _UNKNOWN_LENGTH else frames
        self.missing = missing
        self.damaged = False
        self.done = 0

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        if self.damaged:
            return np.empty((0, self.channels), np.float32)
        block = np.empty((n_frames, self.channels), np.float32)
        if self._keeps_damaged:
            block.fill(np.nan)  # what libsndfile does not write remains NaN
        try:
            block = self._file.read(out=block)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            self.damaged = True
            block = block[: np.isnan(block).all(axis=1).argmax() if self._keeps_damaged else 0]
            if not self.done and not len(block):
                raise _unreadable(error) from error
            self.missing = "the data behind the last samples are damaged"
        self.done += len(block)
        if len(block) < n_frames and self.done < (self.frames_hint or 0):
            self.missing = self.missing or "the file ends before its last samples"
        return block

    def frames_bound(self, stop: int, /) -> int:
        """See `AudioStream`."""
        return stop + 1 if self.frames_hint is None else self.frames_hint

    def close(self) -> None:
        """Release the decoder."""
        self._file.close()


def unread_codec(container: str, codec: str) -> UnreadableAudioError:
    """Return the error for a codec that no decoder here reads."""
    return UnreadableAudioError(
        f"The {container} file holds {codec}, which is not read.",
        hint="Convert it, for example with `ffmpeg -i FILE out.wav`.",
    )


def _unreadable(error: Exception) -> UnreadableAudioError:
    cause = str(getattr(error, "error_string", error)).rstrip(". ")
    return UnreadableAudioError(
        f"The audio is damaged or uses a codec that cannot be read ({cause}).",
        hint="Export it again as WAV or FLAC.",
    )
