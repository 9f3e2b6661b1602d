"""Open recordings as streams of samples, whatever their format and length."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from vocalbaby.audio import aiff, au, caf, codecs, flac, media_ends, mpeg, phone_formats, riff, wav
from vocalbaby.audio.base import AudioStream, ByteRange, Data, FileData, id3_end
from vocalbaby.audio.joining import open_joined
from vocalbaby.audio.limits import check_format
from vocalbaby.audio.ogg import OggStream, begins_within_page
from vocalbaby.audio.signatures import describe, identify
from vocalbaby.exception import DataNotFoundError, EmptyAudioError, UnreadableAudioError

__all__ = ["open_data", "open_stream"]

#: libsndfile reads 8 kB at a time, and seeks before each.
_BUFFER: Final = 2**17


def _open_media(data: Data) -> AudioStream:
    """Open a recording that FFmpeg decodes, or several that are joined."""
    return open_joined(data, _open_first_media)


def _open_first_media(data: Data) -> tuple[AudioStream, Data | None]:
    end = media_ends.find_end(data, phone_formats.demuxer_of(data[:400]) or "")
    rest = None if end.following is None else ByteRange(data, end.following, len(data))
    media = phone_formats.MediaStream(ByteRange(data, 0, end.stop), missing=end.missing)
    return media, rest


#: Formats with a reader of their own, which checks the header: the test of the first bytes, and it.
_CONTAINERS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Data], AudioStream]], ...]] = (
    (phone_formats.is_phone_format, _open_media),
    (riff.is_riff, wav.open_wav),
    (aiff.is_aiff, aiff.open_aiff),
    (caf.is_caf, caf.open_caf),
    (au.is_au, au.open_au),
    (lambda head: head.startswith(b"fLaC"), flac.FlacStream),
    (lambda head: head.startswith(b"OggS"), OggStream),
)


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

    Examples:
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
            file = path.open("rb", buffering=_BUFFER)
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
    """Open the bytes of a recording; see `open_stream`."""
    if len(data) == 0:
        raise EmptyAudioError("The file is empty (0 bytes).", hint="Send a recording.")
    stream = _open_format(data)
    try:
        check_format(stream.rate, stream.channels)
    except UnreadableAudioError:
        stream.close()
        raise
    return stream


def _open_format(data: Data) -> AudioStream:
    body = _skip_tags(data)
    head = body[:400]
    for belongs, opened in _CONTAINERS:
        if belongs(head):
            return opened(body)
    if mpeg.has_mark(data[:300]):
        return mpeg.MpegStream(data)
    if codecs.is_supported(head):
        return codecs.SndfileStream([(body, 0, len(body))])
    if not identify(head) or not head.strip(b"\0"):
        if begins_within_page(data):
            return OggStream(data)
        if mpeg.has_frames(data[: 2**16]):
            return mpeg.MpegStream(data)
    raise UnreadableAudioError(
        f"This is {describe(head)}, not audio that can be read.",
        hint=codecs.SEND_AUDIO,
    )


def _skip_tags(data: Data) -> Data:
    """Return what follows the ID3v2 tags that some programs write before any format."""
    start = 0
    while end := id3_end(data, start):
        start = end
    return ByteRange(data, start, max(start, len(data))) if start else data
