"""Reading WAV and its larger relatives: RIFF, RIFX (big-endian), RF64, BW64 and Wave64.

Plain samples are copied once, without a decoder library; libsndfile gets all others, with
a header that says what this module found. docs/decisions/0008-wav-reader.md compares it
with libsndfile and the standard library.
"""

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from vocalbaby.audio.base import AudioStream, ByteRange, Data
from vocalbaby.audio.codecs import SndfileStream, unread_codec
from vocalbaby.audio.extent import Extent
from vocalbaby.audio.joining import JoinedStream
from vocalbaby.audio.limits import check_format
from vocalbaby.audio.mpeg import MpegStream
from vocalbaby.audio.pcm import PcmLayout, PcmStream, make_layout
from vocalbaby.audio.riff import FIELDS, Format, Wave, contradiction, is_riff, parse
from vocalbaby.exception import UnreadableAudioError

__all__ = ["is_plain_wav", "is_wav", "open_g711", "open_wav", "read_layout"]

_PCM: Final = 1
_FLOAT: Final = 3
_GSM: Final = 0x31
_MPEG: Final = (0x50, 0x55)
#: A-law and mu-law have no blocks, whatever the block align says.
_G711: Final = (0x06, 0x07)
#: Of PCM and float in little-endian order, by codec and bits.
_ENCODINGS: Final = {
    (_PCM, 8): "|u1",
    (_PCM, 16): "<i2",
    (_PCM, 24): "<i3",
    (_PCM, 32): "<i4",
    (_FLOAT, 32): "<f4",
    (_FLOAT, 64): "<f8",
}
#: Codecs that are not read, by their number.
_NAMES: Final = {
    0x08: "DTS",
    0x14: "G.723",
    0x22: "TrueSpeech",
    0x42: "G.723.1",
    0x45: "G.726",
    0x57: "AMR",
    0x58: "AMR-WB",
    0x64: "G.726",
    0x65: "G.722",
    0x83: "G.729",
    0xFF: "AAC",
    0x160: "WMA",
    0x161: "WMA",
    0x162: "WMA Pro",
    0x163: "WMA Lossless",
    0x270: "ATRAC3",
    0x28F: "G.722",
    0x706D: "AAC",
    0x704F: "Opus",
    0x1600: "AAC",
    0x1602: "AAC",
    0x1610: "AAC",
    0x2000: "AC-3",
    0x2001: "DTS",
    0x5756: "WavPack",
    0xA106: "AAC",
    0xA109: "Speex",
    0xF1AC: "FLAC",
}
#: Chunks that many programs write behind the samples.
_TRAILERS: Final = frozenset((b"LIST", b"id3 ", b"ID3 ", b"iXML", b"bext", b"cue "))


def is_wav(head: bytes) -> bool:
    r"""Whether a file begins as a RIFF WAVE file does.

    Args:
        head: The first bytes of the file, at least 12.

    Returns:
        True for RIFF WAVE; False for all else, such as the larger forms RF64 and Wave64.

    Examples:
        >>> is_wav(b"RIFF\x24\x00\x00\x00WAVEfmt "), is_wav(b"fLaC\x00\x00\x00\x22")
        (True, False)
    """
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def is_plain_wav(data: bytes) -> bool:
    """Whether `measure` takes only some microseconds for a file, as for most WAV files.

    Args:
        data: The content of a file.

    Examples:
        >>> from vocalbaby import audio
        >>> is_plain_wav(audio.wav_bytes([0.0] * 160, 16_000)), is_plain_wav(b"RIFF....WAVE")
        (True, False)
    """
    if not is_wav(data):
        return False
    # The commonest header has one chunk of samples, up to the end of the file.
    whole = data[36:40] == b"data" and int.from_bytes(data[40:44], "little") == len(data) - 44
    return whole or _read_plain(data) is not None


def read_layout(data: Data) -> PcmLayout | None:
    """Find the samples of a RIFF WAVE file.

    Returns:
        The layout; None when the file has to be opened by `open_wav`: the codec is
        neither PCM of 8 to 32 bits nor IEEE float of 32 or 64 bits, or several files are
        joined.

    Raises:
        UnreadableAudioError: There is no usable ``fmt`` or ``data`` chunk, or they
            contradict each other.
    """
    if layout := _read_plain(data):
        return layout
    wave = parse(data)
    return None if _next_file(data, wave) else _layout(data, wave)


def open_wav(data: Data) -> AudioStream:
    """Open a file of which `is_riff` is true, or several that are joined.

    Raises:
        UnreadableAudioError: As `read_layout`, or libsndfile cannot read the codec.
    """
    wave = parse(data)
    return JoinedStream(_parts(data, wave)) if _next_file(data, wave) else _open(data, wave)


def _next_file(data: Data, wave: Wave) -> Data | None:
    """Return what follows, if another file is joined to this one."""
    start = len(data) - wave.extent.unread
    joined = wave.extent.unread and is_riff(data[start : start + 40])
    return ByteRange(data, start, len(data)) if joined else None


def _parts(data: Data, wave: Wave) -> Iterator[AudioStream]:
    """Open joined files one after another, up to one that cannot be opened."""
    while following := _next_file(data, wave):
        try:
            next_wave = parse(following)
        except UnreadableAudioError:
            break
        yield _open(data, wave._replace(extent=wave.extent._replace(unread=0)))
        data, wave = following, next_wave
    yield _open(data, wave)


def _open(data: Data, wave: Wave) -> AudioStream:
    if layout := _layout(data, wave):
        return PcmStream(data, layout)
    if wave.format.codec in _MPEG:
        return MpegStream(ByteRange(data, *wave.extent.pieces[0]))
    return _open_codec(data, wave.body, wave.order, wave.extent, wave.format)


def open_g711(data: Data, extent: Extent, *, codec: int, rate: int, channels: int) -> AudioStream:
    """Open A-law (codec 6) or mu-law (7) samples of any container."""
    check_format(rate, channels)
    form = Format(codec, channels, rate, rate * channels, channels, 8)
    return _open_codec(data, struct.pack("<HHIIHHH", *form, 0), "<", extent, form)


def _open_codec(data: Data, body: bytes, order: str, extent: Extent, form: Format) -> AudioStream:
    """Give libsndfile the samples behind a header without contradictions.

    A last block that is not whole is left out: libsndfile would fill it up with noise.
    """
    if name := _NAMES.get(form.codec):
        raise unread_codec("WAV", name)
    block = 1 if form.codec in _G711 else max(form.block, 1)
    missing = extent.missing(block, form.byte_rate)
    size = extent.size - extent.size % block
    said = size - size % 2 if form.codec == _GSM else size  # it takes padding for a block
    body += bytes(len(body) % 2)
    header = b"".join(
        (
            b"RIFF" if order == "<" else b"RIFX",
            struct.pack(order + "I", min(size + len(body) + 20, 0xFFFFFFFF)),
            b"WAVEfmt " + struct.pack(order + "I", len(body)) + body,
            b"data" + struct.pack(order + "I", min(said, 0xFFFFFFFF)),
        )
    )
    pieces = [(data, start, stop) for start, stop in extent.pieces]
    return SndfileStream([(header, 0, len(header)), *pieces], missing=missing)


def _read_plain(data: Data) -> PcmLayout | None:
    """Read a header as most files have it: without contradictions or unusual chunks."""
    at, end, form, found = 12, len(data), None, None
    for _ in range(12 if data[:4] == b"RIFF" else 0):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8
        if name == b"data" and not found:
            found = at, at + size
        elif name == b"fmt " and not form and size >= 16 and at + 16 <= end:
            form = FIELDS.unpack(data[at : at + 16])
        elif name in (b"data", b"fmt ") or (found and name not in _TRAILERS):
            return None
        at += size + (size & 1)
        if at >= end:
            break
    if not (form and found and at in (end, end + 1) and found[0] < found[1] <= end):
        return None
    codec, channels, rate, _, block, bits = form
    encoding = _ENCODINGS.get((codec, bits))
    if encoding is None or not block == channels * bits // 8 != 0 != rate:
        return None
    if (found[1] - found[0]) % block:
        return None
    return PcmLayout(encoding, channels, rate, (found[1] - found[0]) // block, (found,))


def _layout(data: Data, wave: Wave) -> PcmLayout | None:
    """Return the layout of samples that need no decoder library, after a check of the format.

    Block align, bits, channels and byte rate say the same thing twice. Where one of them
    alone is wrong, the others agree on how to read the samples.
    """
    form = wave.format
    width = (form.bits + 7) // 8  # of fewer bits, the upper ones are used
    encoding = _ENCODINGS.get((form.codec, 8 * width))
    if encoding is None or (form.codec == _FLOAT and form.bits % 8):
        return None
    if wave.order == ">":
        encoding = encoding.replace("<", ">")
    block = form.channels * width
    if encoding.endswith("i3") and form.block == 4 * form.channels:
        encoding = encoding.replace("i3", "i4")
        agrees = _lowest_bytes_are_zero(data, wave.extent, encoding)
    else:
        agrees = form.block in (0, block) or form.byte_rate == form.rate * block
    if not agrees:
        raise contradiction(
            f"gives {form.bits} bits, {form.channels} channels and frames of {form.block} bytes"
        )
    return make_layout(encoding, form.channels, form.rate, wave.extent)


def _lowest_bytes_are_zero(data: Data, extent: Extent, encoding: str) -> bool:
    """Whether 32-bit samples hold 24 bits in their upper bytes, by parts of the file."""
    start, stop = extent.pieces[0]
    for part in range(16):
        at = start + (stop - start) // 16 // 4 * 4 * part
        raw = data[at : min(at + 2**16, stop)]
        if (np.frombuffer(raw, encoding, len(raw) // 4) & 0xFF).any():
            return False
    return True
