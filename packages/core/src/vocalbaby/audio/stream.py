"""Open recordings as streams of samples, whatever their format and length."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vocalbaby.audio import codecs, flac, mpeg, wav
from vocalbaby.audio.base import AudioStream, Data, DataPart, FileData, id3_end
from vocalbaby.audio.limits import check_format
from vocalbaby.audio.ogg import OggStream, begins_within_page
from vocalbaby.exception import DataNotFoundError, EmptyAudioError, UnreadableAudioError

__all__ = ["open_data", "open_stream"]


@contextmanager
def open_stream(source: bytes | str | Path | BinaryIO) -> Iterator[AudioStream]:
    """Open a recording of any length, to read it in blocks.

    Args:
        source: The bytes of a file, its path, or a binary file that can seek, which stays
            open.

    Yields:
        The stream, for a ``with`` statement.

    Raises:
        DataNotFoundError: There is no such file, or it may not be read.
        EmptyAudioError: No bytes.
        UnreadableAudioError: Not audio, damaged, or an impossible header.

    Example:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> data = audio.wav_bytes(np.full(40_000, 0.1, np.float32), 16_000)
        >>> with audio.open_stream(data) as stream:
        ...     print(stream.rate, stream.channels, stream.frames_hint)
        ...     print([block.shape for block in stream.blocks(16_384)], stream.missing)
        16000 1 40000
        [(16384, 1), (16384, 1), (7232, 1)] None
    """
    if isinstance(source, str | Path):
        path = Path(source)
        try:
            file = path.open("rb")
        except OSError as error:
            raise DataNotFoundError(
                f"{path} cannot be read: {error.strerror or error}.",
                hint="Check the path and its permissions.",
            ) from error
        with file, open_data(FileData(file)) as stream:
            yield stream
    else:
        with open_data(source if isinstance(source, bytes) else FileData(source)) as stream:
            yield stream


def open_data(data: Data) -> AudioStream:
    """Open the bytes of a recording; see :func:`open_stream`."""
    if len(data) == 0:
        raise EmptyAudioError("The file is empty (0 bytes).", hint="Send a recording.")
    stream = _open_format(data)
    check_format(stream.rate, stream.channels)
    return stream


def _open_format(data: Data) -> AudioStream:
    head = data[:256]
    if start := id3_end(head):  # a tag that players write in front of any format
        behind = data[start : start + 256]
        if wav.is_wav(behind) or codecs.is_supported(behind):
            data, head = DataPart(data, start), behind
    if wav.is_wav(head) and (layout := wav.read_layout(data)):
        return wav.WavStream(data, layout)
    if mpeg.has_mark(head):
        return mpeg.MpegStream(data)
    if head.startswith(b"fLaC"):
        return flac.FlacStream(data)
    if head.startswith(b"OggS"):
        return OggStream(data)
    if codecs.is_supported(head):
        return codecs.SndfileStream([(data, 0, len(data))])
    if not codecs.is_foreign(head):
        if begins_within_page(data):
            return OggStream(data)
        if mpeg.has_frames(data[: 2**16]):
            return mpeg.MpegStream(data)
    raise UnreadableAudioError(
        f"This is {codecs.describe(head)}, not audio that can be read.",
        hint="Send WAV, FLAC, Ogg, Opus or MP3.",
    )
