"""Recordings of phones, browsers and cameras: M4A, MP4, 3GP, WebM, WMA, AMR and others.

They are read with FFmpeg, by the package ``av`` of the extra ``vocalbaby-core[media]``, which
is imported when the first such recording comes. FFmpeg gets as little power as possible: the
first bytes choose the only demuxer, decoders are on a list, and it can open nothing but the
recording itself (docs/decisions/0025-phone-formats.md).
"""

import importlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import media_ends
from vocalbaby.audio.base import AudioStream, Data, Pieces
from vocalbaby.audio.codecs import FORMATS
from vocalbaby.audio.signatures import describe, transport_packet
from vocalbaby.exception import MissingExtraError, UnreadableAudioError
from vocalbaby.utils.extras import needs_extra

__all__ = ["MediaStream", "demuxer_of", "is_phone_format"]

#: Offset and value of the first bytes, and FFmpeg's name of the demuxer.
_HEADS: Final = (
    *((4, box, "mov") for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"#!AMR", "amr"),
    (8, b"AVI ", "avi"),
)
#: Brands of pictures, whose container is that of MP4.
_PICTURES: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
#: Bytes from the beginning of a file that the functions need.
_HEAD_BYTES: Final = 400

#: Decoders that may run. Pictures need none, so that FFmpeg does not look at them.
_DECODERS: Final = ",".join(
    (
        *("aac", "alac", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "opus"),
        *("libopus", "vorbis", "flac", "mp3float", "mp2float", "ac3", "eac3", "adpcm_ms"),
        *("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice", "adpcm_ima_qt", "adpcm_ima_wav"),
        *("pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
        *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_alaw", "pcm_mulaw", "pcm_bluray"),
    )
)
_OPTIONS: Final = {"codec_whitelist": _DECODERS, "protocol_whitelist": "", "probesize": "1000000"}
#: Most frames that a packet can hold, for codecs that have such a limit.
_PACKET_FRAMES: Final = {
    "aac": 2048,
    "ac3": 1536,
    "flac": 65_535,
    "libopus": 5760,
    "mp2float": 1152,
    "mp3float": 1152,
    "opus": 5760,
    "vorbis": 8192,
}
#: Time stamps are rounded, to milliseconds in some containers.
_LEAST_GAP_S: Final = 0.03
_MOST_DAMAGED: Final = 5_000  # packets, unless one in ten is whole; millions could be tried
#: What av raises for damaged files besides its own errors.
_DAMAGE: Final = (OSError, ValueError, RuntimeError, LookupError, ArithmeticError, MemoryError)


def demuxer_of(head: bytes) -> str | None:
    r"""Return FFmpeg's name of a format by its first 400 bytes, or None for all others.

    Examples:
        >>> demuxer_of(b"\0\0\0\x18ftypM4A \0\0\0\0")
        'mov'
        >>> demuxer_of(b"RIFF....WAVEfmt ") is None
        True
    """
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURES:
        return None
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    if transport_packet(head):
        return "mpegts"
    return next((name for at, magic, name in _HEADS if head[at:].startswith(magic)), None)


def is_phone_format(head: bytes) -> bool:
    """Whether the first 400 bytes are those of a format that `MediaStream` reads."""
    return demuxer_of(head) is not None


class MediaStream(AudioStream):
    """The sound of a recording that FFmpeg decodes.

    Args:
        data: The bytes of a file of which `is_phone_format` is true, or of a CAF file.
        missing: What is known to be missing at the end of these bytes.
        name: What to call the file in messages, such as "a CAF file with AAC".

    Raises:
        UnreadableAudioError: The extra is not installed, or the recording is damaged, has no
            sound, or uses a codec that is not read.
    """

    def __init__(self, data: Data, *, missing: str | None = None, name: str | None = None) -> None:
        head = data[:_HEAD_BYTES]
        self._data, self._demuxer = data, demuxer_of(head) or "caf"
        self._name = name or describe(head)
        self._av = _library(self._name)
        self._errors = (self._av.FFmpegError, *_DAMAGE)
        self._cut = missing
        self._container, self._sound = self._open()
        self._skip = 0
        self._blocks = self._convert(self._decode())
        self._rest = next(self._blocks, None)
        if self._rest is None:
            self.close()
            raise UnreadableAudioError(
                f"This is {self._name}, of which nothing can be decoded.",
                hint="It is damaged or empty; record or export it again.",
            )
        self.frames_hint = self._claim()

    def read(self, n_frames: int) -> NDArray[np.float32]:
        """See `AudioStream`."""
        parts: list[NDArray[np.float32]] = []
        while n_frames and self._rest is not None:
            parts.append(self._rest[:n_frames])
            n_frames -= len(parts[-1])
            left = self._rest[len(parts[-1]) :]
            self._rest = left if len(left) else next(self._blocks, None)
        return np.concatenate(parts) if parts else np.empty((0, self.channels), np.float32)

    def frames_bound(self, stop: int, /) -> int:
        """See `AudioStream`."""
        most = self._most_frames()
        if most is None:
            return stop + 1
        frames = 0
        container, sound = self._open()
        with container:
            for packet in self._packets(container, sound):
                frames += (most or packet.size) if packet is not None else 0
                if frames > stop:
                    break
        return frames

    def close(self) -> None:
        """Release the decoder."""
        self._container.close()

    def _open(self) -> tuple[Any, Any]:
        """Return FFmpeg's container and its stream of sound."""
        try:
            container = self._av.open(
                Pieces([(self._data, 0, len(self._data))]),
                format=self._demuxer,
                container_options=_OPTIONS,
                metadata_errors="ignore",
                io_open=_refuse,
            )
        except self._errors as error:
            cut = media_ends.unfinished(self._data, self._demuxer) or self._cut
            why = cut or "it is damaged"
            raise UnreadableAudioError(
                f"This is {self._name}, which cannot be read: {why}.",
                hint="Copy it again from the device, or export it as WAV or FLAC.",
            ) from error
        try:
            return container, self._choose(container)
        except BaseException:
            container.close()
            raise

    def _choose(self, container: Any) -> Any:  # noqa: ANN401 - av is not imported for types
        """Return the stream of sound, set up for decoding."""
        try:
            sound = container.streams.best("audio")
            if sound is not None:
                sound.codec_context.thread_count = 1
        except (AttributeError, *self._errors) as error:  # there is no context without a decoder
            raise UnreadableAudioError(
                f"This is {self._name} with a codec that cannot be read.",
                hint="Export it as WAV or FLAC.",
            ) from error
        if sound is None:
            raise UnreadableAudioError(
                f"This is {self._name} without sound.", hint="Send a recording."
            )
        return sound

    def _packets(self, container: Any, sound: Any) -> Iterator[Any]:  # noqa: ANN401 - of av
        """Yield the packets of a stream, and None at the end if FFmpeg cannot read on."""
        try:
            yield from container.demux(sound)
        except self._errors:
            yield None

    def _decode(self) -> Iterator[Any]:
        """Yield the frames of all packets; those that are damaged are left out, as by ffmpeg."""
        expected, damaged = None, 0
        for number, packet in enumerate(self._packets(self._container, self._sound)):
            if packet is None:
                self.missing = "the data behind the last samples are damaged"
                break
            if packet.pts is not None and packet.duration:
                least = max(packet.duration, _LEAST_GAP_S / packet.time_base)
                if expected is not None and packet.pts - expected > least:
                    self.missing = "a part of it is missing: its time stamps leave a gap"
                expected = packet.pts + packet.duration
            if number == 0:
                self._skip = _unskipped(self._sound, packet)
            try:
                yield from packet.decode()
            except self._errors:
                self.missing = "a part of its data is damaged"
                if (damaged := damaged + 1) > max(_MOST_DAMAGED, 10 * (number - damaged)):
                    break
            if self._demuxer == "aac" and packet.size and media_ends.is_cut_adts(bytes(packet)):
                self.missing = media_ends.CUT_FRAME
        self.missing = self._cut or self.missing

    def _convert(self, frames: Iterator[Any]) -> Iterator[NDArray[np.float32]]:
        """Yield samples in the rate and layout of the first frame.

        The converter of FFmpeg makes one plane of all channels. The planes of a frame must not
        be read otherwise: av 18 reads beyond them if there are eight or more.
        """
        target: tuple[int, Any] | None = None
        found: tuple[object, ...] | None = None
        converter: Any = None
        for frame in frames:
            kind = (frame.sample_rate, frame.layout.name, frame.format.name)
            rate, layout = target or (frame.sample_rate, frame.layout)
            try:
                if kind != found:
                    if converter is not None:
                        yield from self._samples(converter.resample(None))
                    converter = self._av.AudioResampler("flt", layout=layout, rate=rate)
                    found = kind
                parts = converter.resample(frame)
            except self._errors:
                self.missing = "a part of its data is damaged"
                converter, found = None, None
                continue
            if target is None:
                target = rate, layout
                self.rate, self.channels = rate, layout.nb_channels
            yield from self._samples(parts)
        if converter is not None:
            yield from self._samples(converter.resample(None))

    def _samples(self, frames: Iterable[Any]) -> Iterator[NDArray[np.float32]]:
        """Yield the samples of converted frames, without an encoder's delay at the start."""
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1, self.channels)[self._skip :]
            self._skip = max(self._skip - frame.samples, 0)
            yield samples

    def _most_frames(self) -> int | None:
        """Return the most frames of a packet, 0 for one per byte, or None if unknown."""
        name = self._sound.codec_context.name
        return 0 if name.startswith("pcm_") else _PACKET_FRAMES.get(name)

    def _claim(self) -> int | None:
        if self._most_frames() is None:  # then nothing can contradict a wrong claim
            return None
        if self._sound.duration:
            return int(self._sound.duration * self._sound.time_base * self.rate)
        return int(self._container.duration * self.rate / 1e6) if self._container.duration else None


def _library(name: str) -> Any:  # noqa: ANN401 - the extra has no types of its own
    try:
        with needs_extra("media"):
            # By name, so that what depends on this module does not depend on the extra.
            return importlib.import_module("av")
    except MissingExtraError as error:
        # An error of this file alone: the others are still labelled.
        raise UnreadableAudioError(
            f"This is {name}. {error.message}", hint=f"Send {FORMATS}, or {error.hint}"
        ) from error


def _refuse(url: str, _flags: int, _options: object) -> None:
    """Keep FFmpeg from opening what a recording refers to."""
    raise PermissionError(f"the recording refers to another file: {url}")


def _unskipped(sound: Any, packet: Any) -> int:  # noqa: ANN401 - of av
    """Return how many frames of an encoder's delay FFmpeg 8 forgets to skip.

    It counts those of Opus in Matroska in the rate that the container gives, which may be
    that of the microphone, instead of the 48 kHz in which Opus is decoded.
    """
    header = sound.codec_context.extradata or b""
    if not header.startswith(b"OpusHead") or not packet.has_sidedata("skip_samples"):
        return 0
    skipped = int.from_bytes(bytes(packet.get_sidedata("skip_samples"))[:4], "little")
    return max(int.from_bytes(header[10:12], "little") - skipped, 0)
