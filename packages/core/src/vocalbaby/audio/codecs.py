"""The formats of audio files; all but plain WAV are read in memory by libsndfile."""

import io
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from vocalbaby.exception import UnreadableAudioError

__all__ = ["SUFFIXES", "CodecAudio", "describe", "is_supported"]

#: Endings of the names of audio files, in lower case; other files are not read.
SUFFIXES: Final = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf"}
)

#: First bytes of the formats handed to libsndfile; nothing else reaches its parsers.
_MAGIC: Final = (b"RIFF", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", b".snd", b"ID3")
#: Formats that are often sent by mistake: offset and value of their first bytes, name.
_FOREIGN: Final = (
    (4, b"ftyp", "an MP4/M4A file"),
    (0, b"\x1a\x45\xdf\xa3", "a WebM/Matroska file"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
)


def is_supported(data: bytes) -> bool:
    """Whether the first bytes are those of a format that libsndfile reads here."""
    mpeg_sync = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0
    return data.startswith(_MAGIC) or (mpeg_sync and not data.startswith(b"\xff\xd8"))


def describe(data: bytes) -> str:
    """Return what a file that is not audio looks like, for the error message."""
    for offset, magic, name in _FOREIGN:
        if data[offset : offset + len(magic)] == magic:
            return name
    head = data[:256]
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in head)
    return "text" if printable == len(head) else "an unknown format"


class _Bytes(io.BytesIO):
    """A file in memory where a seek before the start has no effect, as in C.

    Damaged files make libsndfile try this, and an exception cannot pass through it.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


class CodecAudio:
    """An open file of a libsndfile format: the header is read first, samples on request.

    Raises:
        UnreadableAudioError: libsndfile cannot read the header.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._file = soundfile.SoundFile(_Bytes(data))
        except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
            raise _unreadable(error) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.frames: int = self._file.frames

    def read(self, max_frames: int) -> NDArray[np.float32]:
        """Return at most ``max_frames`` frames: float32, shape (n_frames, n_channels).

        Raises:
            UnreadableAudioError: The stream is damaged before its first frame.
        """
        try:
            samples: NDArray[np.float32] = self._file.read(
                max_frames, dtype="float32", always_2d=True
            )
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise _unreadable(error) from error
        finally:
            self._file.close()
        return samples


def _unreadable(error: Exception) -> UnreadableAudioError:
    cause = str(getattr(error, "error_string", error)).rstrip(". ")
    return UnreadableAudioError(
        f"The audio is damaged or uses a codec that cannot be read ({cause}).",
        hint="Export it again as WAV or FLAC.",
    )
