"""Recordings that are expensive to open or to decode."""

import io
import struct
from collections.abc import Callable

import numpy as np
import soundfile

from benchmarks.cost.sent import Kinds, Sent, clip, repeat
from vocalbaby.audio.ogg.pages import checksum

__all__ = ["SOUNDS"]


def _send(data: bytes, path: str = "/predict") -> Sent:
    return Sent(path, "application/octet-stream", data)


def _encoded(container: str, subtype: str, seconds: float = 2.0) -> bytes:
    samples = 0.2 * np.random.default_rng(0).standard_normal(round(16_000 * seconds))
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format=container, subtype=subtype)
    return file.getvalue()


def _grown(container: str, subtype: str) -> Callable[[int], Sent]:
    """Whole files, one after another."""

    def make(size: int) -> Sent:
        return _send(repeat(_encoded(container, subtype), size))

    return make


def _chunks(head: bytes, chunk: bytes) -> Callable[[int], Sent]:
    return lambda n: _send(head + repeat(chunk, n))


_WAV = clip(0.1)
_RIFF = b"RIFF\xff\xff\xff\x7fWAVE"
_FMT = _WAV[12:36]
_DATA = _WAV[36:]
_ID3 = b"ID3\x03\0\0\0\0\0\0"


def _ogg(packet: bytes, *, crc: bool = True) -> Callable[[int], Sent]:
    """Pages of one packet each."""

    def make(size: int) -> Sent:
        first = _encoded("OGG", "VORBIS", 0.2)
        page = (
            struct.pack("<4sBBqIII", b"OggS", 0, 0, 0, 7, 1, 0) + bytes((1, len(packet))) + packet
        )
        if crc:
            page = page[:22] + checksum(page) + page[26:]
        return _send(first + repeat(page, size))

    return make


SOUNDS: Kinds = {
    "sound: long WAV": lambda n: _send(_WAV[:40] + struct.pack("<I", n) + bytes(n)),
    "sound: WAV of noise": lambda n: _send(clip(n / 32_000)),
    "sound: WAV of empty chunks": _chunks(_RIFF + _FMT, b"junk\0\0\0\0"),
    "sound: WAV of format chunks": _chunks(_RIFF, _FMT),
    "sound: WAV of different formats": lambda n: _send(
        _RIFF
        + b"".join(
            _FMT[:8] + _FMT[8:22] + struct.pack("<H", i % 65536) for i in range(max(1, n // 24))
        )
    ),
    "sound: WAV of data chunks": _chunks(_RIFF + _FMT, b"data\x02\0\0\0ab"),
    "sound: WAV of empty data chunks": _chunks(_RIFF + _FMT, b"data\0\0\0\0"),
    "sound: joined WAV": _chunks(b"", _WAV),
    "sound: joined empty WAV": _chunks(b"", _WAV[:4] + b"\x24\0\0\0" + _WAV[8:40] + bytes(4)),
    "sound: data without an end, chunk names": _chunks(
        _RIFF + _FMT + b"data\xff\xff\xff\xff", b"LIST\x04\0\0\0abcd"
    ),
    "sound: RF64 of empty chunks": _chunks(b"RF64\xff\xff\xff\xffWAVE", b"junk\0\0\0\0"),
    "sound: AIFF of empty chunks": _chunks(b"FORM\x7f\xff\xff\xffAIFF", b"junk\0\0\0\0"),
    "sound: AIFF of sounds": _chunks(_encoded("AIFF", "PCM_16", 0.1), b"SSND\0\0\0\x08" + bytes(8)),
    "sound: CAF of empty chunks": _chunks(_encoded("CAF", "PCM_16", 0.1)[:52], b"free" + bytes(8)),
    "sound: Wave64 of empty chunks": _chunks(
        b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
        + bytes(8)
        + b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a",
        b"junk" + bytes(12) + b"\x18" + bytes(7),
    ),
    "sound: AU": _chunks(_encoded("AU", "PCM_16", 0.1), b"\0"),
    "sound: FLAC, joined": _grown("FLAC", "PCM_16"),
    "sound: FLAC of padding": _chunks(b"fLaC" + _encoded("FLAC", "PCM_16", 0.1)[4:42], b"\1\0\0\0"),
    "sound: FLAC of sync codes": _chunks(_encoded("FLAC", "PCM_16", 0.1), b"\xff\xf8"),
    "sound: FLAC of heads of frames": _chunks(
        _encoded("FLAC", "PCM_16", 0.1), b"\xff\xf8\xc5\x08\0"
    ),
    "sound: MP3, joined": _grown("MP3", "MPEG_LAYER_III"),
    "sound: MP3 of sync codes": _chunks(_encoded("MP3", "MPEG_LAYER_III", 0.3), b"\xff\xfb"),
    "sound: MP3 of heads of frames": _chunks(
        _encoded("MP3", "MPEG_LAYER_III", 0.3), b"\xff\xfb\x10\xc4"
    ),
    "sound: MP3 after zeros": lambda n: _send(
        _ID3 + bytes(n) + _encoded("MP3", "MPEG_LAYER_III", 0.3)
    ),
    "sound: tags ID3": lambda n: _send(repeat(_ID3, n) + _encoded("MP3", "MPEG_LAYER_III", 0.3)),
    "sound: tags ID3 at the end": lambda n: _send(
        _encoded("MP3", "MPEG_LAYER_III", 0.3) + repeat(b"TAG" + bytes(125), n)
    ),
    "sound: tags APE at the end": lambda n: _send(
        _encoded("MP3", "MPEG_LAYER_III", 0.3)
        + repeat(b"APETAGEX\xd0\x07\0\0 \0\0\0" + bytes(16), n)
    ),
    "sound: Vorbis, joined": _grown("OGG", "VORBIS"),
    "sound: Opus, joined": _grown("OGG", "OPUS"),
    "sound: Ogg of small pages": _ogg(b"a"),
    "sound: Ogg of pages with wrong sums": _ogg(b"a", crc=False),
    "sound: Ogg of names of pages": _chunks(_encoded("OGG", "VORBIS", 0.2), b"OggS"),
    "sound: Ogg of beginnings": _chunks(_encoded("OGG", "VORBIS", 0.2), b"OggS\0\2" + bytes(21)),
    "sound: MP4 of empty boxes": _chunks(b"\0\0\0\x10ftypM4A \0\0\0\0", b"\0\0\0\x08free"),
    "sound: MP4 of nested boxes": lambda n: _send(
        b"\0\0\0\x10ftypM4A \0\0\0\0"
        + b"".join(struct.pack(">I4s", max(8, n - 8 * i), b"moov") for i in range(n // 8))
    ),
    "sound: WebM of empty elements": _chunks(
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", b"\xec\x80"
    ),
    "sound: WMA": _chunks(
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", b"\0"
    ),
    "sound: AMR of empty frames": _chunks(b"#!AMR\n", b"\x7c"),
    "sound: AAC of heads of frames": _chunks(b"", b"\xff\xf1\x60\x40\0\xff\xfc"),
    "sound: text": lambda n: _send(repeat(b"not audio ", n)),
    "sound: zeros": lambda n: _send(bytes(n)),
    "sound: job of text": lambda n: _send(repeat(b"not audio ", n), "/segment"),
}
