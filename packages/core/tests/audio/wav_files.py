"""Builds WAV files of any header, and reads them from memory and from a file."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import decode, open_stream

RATE = 16_000
N = 4_000
TIME = np.arange(N) / RATE
#: A sweep of three harmonics, seeded noise on it, quiet enough for every conversion.
VOICE = (
    0.3 * sum(np.sin(k * 2 * np.pi * (430 + 180 * TIME) * TIME) / k for k in (1, 2, 3))
    + 0.01 * np.random.default_rng(7).standard_normal(N)
).clip(-0.99, 0.99)
PCM16 = np.round(VOICE * 32_767).astype("<i2")
EXPECTED = PCM16.astype(np.float32) / np.float32(32_768)
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT\x0e\0\0\0Lavf59.27.100\0"
IXML = b"iXML" + struct.pack("<I", 4400) + b"<BWFXML><TAKE>0042</TAKE>".ljust(4400)


def integers(bits: int, width: int) -> bytes:
    """The voice as integers of so many bits, in the upper bits of ``width`` bytes."""
    whole = np.round(VOICE * (2 ** (bits - 1) - 1)).astype(np.int64) << (8 * width - bits)
    raw: bytes = whole.astype("<i8").view(np.uint8).reshape(N, 8)[:, :width].tobytes()
    return raw


def fmt_chunk(
    *,
    codec: int = 1,
    channels: int = 1,
    rate: int = RATE,
    byte_rate: int | None = None,
    block: int | None = None,
    bits: int = 16,
    more: bytes = b"",
    order: str = "<",
) -> bytes:
    block = channels * ((bits + 7) // 8) if block is None else block
    byte_rate = rate * block if byte_rate is None else byte_rate
    body = struct.pack(order + "HHIIHH", codec, channels, rate, byte_rate, block, bits) + more
    return b"fmt " + struct.pack(order + "I", len(body)) + body


def data_chunk(body: bytes, size: int | None = None, order: str = "<") -> bytes:
    return b"data" + struct.pack(order + "I", len(body) if size is None else size) + body


def riff(*chunks: bytes, size: int | None = None, magic: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    order = ">" if magic == b"RIFX" else "<"
    return magic + struct.pack(order + "I", len(body) if size is None else size) + body


def guid(codec: int, order: str = "<") -> bytes:
    return struct.pack(order + "IHH", codec, 0, 16) + bytes.fromhex("800000aa00389b71")


def extensible(codec: int, bits: int, valid: int, block: int | None = None) -> bytes:
    more = struct.pack("<HHI", 22, valid, 4) + guid(codec)
    return fmt_chunk(codec=0xFFFE, bits=bits, more=more, block=block)


def read(data: bytes, tmp_path: Path | None = None) -> tuple[NDArray[np.float32], str | None]:
    """All samples and what is missing; the same from memory and from a file."""
    with open_stream(data) as stream:
        blocks = [*stream.blocks(999)]
        shape = (0, stream.channels)
        samples = np.concatenate([np.empty(shape, np.float32), *blocks])
        missing = stream.missing
    if tmp_path:
        path = tmp_path / "a.wav"
        path.write_bytes(data)
        with open_stream(path) as stream:
            again = np.concatenate([np.empty(shape, np.float32), *stream.blocks(1 << 20)])
            assert stream.missing == missing
        np.testing.assert_array_equal(again, samples)
    return samples, missing


def codes(data: bytes) -> list[str]:
    return [warning.code for warning in decode(data).warnings]


def check(data: bytes, tmp_path: Path | None = None, tolerance: float = 0.0) -> None:
    """All samples are read, nothing more, and nothing is said to be missing."""
    samples, missing = read(data, tmp_path)
    assert missing is None
    assert len(samples) == N
    assert np.abs(samples[:, 0] - EXPECTED).max() <= tolerance
    clip = decode(data)
    assert clip.warnings == ()
    np.testing.assert_array_equal(clip.samples, samples[:, 0])


RAW = PCM16.tobytes()
