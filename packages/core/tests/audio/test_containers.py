"""AIFF, CAF, AU and Wave64 files, also those of pipes and cut ones, and ID3 tags before all."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, open_stream
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

RATE = 16_000
N = 4_000
TIME = np.arange(N) / RATE
VOICE = (
    0.3 * np.sin(2 * np.pi * (430 + 180 * TIME) * TIME)
    + 0.01 * np.random.default_rng(7).standard_normal(N)
).clip(-0.99, 0.99)
PCM16 = np.round(VOICE * 32_767).astype(">i2")
EXPECTED = PCM16.astype(np.float32) / np.float32(32_768)
RAW = PCM16.tobytes()
ID3 = b"ID3\4\0\0\0\0\1\0" + b"TXXX".ljust(128, b"\1")


def read(data: bytes, tmp_path: Path | None = None) -> tuple[NDArray[np.float32], str | None]:
    """All samples and what is missing; the same from memory and from a file."""
    with open_stream(data) as stream:
        empty = np.empty((0, stream.channels), np.float32)
        samples = np.concatenate([empty, *stream.blocks(999)])
        missing = stream.missing
    if tmp_path:
        path = tmp_path / "a"
        path.write_bytes(data)
        with open_stream(path) as stream:
            np.testing.assert_array_equal(np.concatenate([empty, *stream.blocks()]), samples)
            assert stream.missing == missing
    return samples, missing


def check(data: bytes, tmp_path: Path | None = None) -> None:
    """All samples are read, nothing more, and nothing is said to be missing."""
    samples, missing = read(data, tmp_path)
    assert missing is None
    np.testing.assert_array_equal(samples[:, 0], EXPECTED)
    clip = decode(data)
    assert clip.warnings == ()
    assert len(clip.samples) == N


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return (
        name + struct.pack(">I", len(body) if size is None else size) + body + bytes(len(body) % 2)
    )


def common(frames: int = N, bits: int = 16, kind: bytes = b"") -> bytes:
    rate = struct.pack(">HQ", 16383 + 13, RATE << (63 - 13))
    return chunk(b"COMM", struct.pack(">hIh", 1, frames, bits) + rate + kind)


def sound(raw: bytes = RAW, size: int | None = None, offset: int = 0) -> bytes:
    return chunk(b"SSND", struct.pack(">II", offset, 0) + bytes(offset) + raw, size)


def form(*chunks: bytes, size: int | None = None, kind: bytes = b"AIFF") -> bytes:
    body = kind + b"".join(chunks)
    return b"FORM" + struct.pack(">I", len(body) if size is None else size) + body


def test_aiff_chunks_may_stand_in_any_order(tmp_path: Path) -> None:
    name = chunk(b"NAME", b"take 1")
    for chunks in (
        (common(), sound()),
        (sound(), common()),
        (name, common(), name, sound(offset=16), name),
        (sound(), name, common(), chunk(b"what", b"odd")),
        (common(), chunk(b"SSND", struct.pack(">Iq", 2**17, 0)), sound()),
    ):
        check(form(*chunks), tmp_path)
        check(ID3 + form(*chunks), tmp_path)


@pytest.mark.parametrize(
    ("whole", "size", "frames"),
    [
        (0, 0, 0),  # ffmpeg
        (0x7F000050, 0x7F000008, 0x3F800000),  # sox
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0x7FFFFFFF, 0x7FFFFFD3, 0),
    ],
)
def test_an_aiff_file_of_a_pipe_is_read_to_its_end(
    whole: int, size: int, frames: int, tmp_path: Path
) -> None:
    check(form(common(frames), sound(size=size), size=whole), tmp_path)


@pytest.mark.parametrize("held", [N, 2 * N - 1, 200])
def test_a_cut_aiff_file_gives_what_is_whole(held: int, tmp_path: Path) -> None:
    whole = form(common(), sound())
    samples, missing = read(whole[: len(whole) - 2 * N + held], tmp_path)
    np.testing.assert_array_equal(samples[:, 0], EXPECTED[: held // 2])
    assert missing is not None
    assert "promises 0.25 s" in missing
    clip = decode(form(common(2 * N), sound(RAW + RAW))[: -2 * N - 1000])
    assert [warning.code for warning in clip.warnings] == ["truncated"]


@pytest.mark.parametrize(
    ("kind", "bits", "raw"),
    [
        (b"NONE", 16, RAW),
        (b"twos", 16, RAW),
        (b"sowt", 16, PCM16.astype("<i2").tobytes()),
        (b"in24", 24, b"".join(RAW[i : i + 2] + b"\0" for i in range(0, 2 * N, 2))),
        (b"42ni", 24, b"".join(b"\0" + RAW[i : i + 2][::-1] for i in range(0, 2 * N, 2))),
        (b"in32", 32, (PCM16.astype(">i4") << 16).astype(">i4").tobytes()),
        (b"fl32", 32, EXPECTED.astype(">f4").tobytes()),
        (b"FL32", 16, EXPECTED.astype(">f4").tobytes()),
        (b"fl64", 64, EXPECTED.astype(">f8").tobytes()),
        (b"NONE", 20, b"".join(RAW[i : i + 2] + b"\0" for i in range(0, 2 * N, 2))),
    ],
)
def test_aiff_c_encodings(kind: bytes, bits: int, raw: bytes, tmp_path: Path) -> None:
    common_chunk = common(bits=bits, kind=kind + b"\x03abc")
    check(form(common_chunk, sound(raw), kind=b"AIFC"), tmp_path)
    check(form(common_chunk, sound(raw, size=0), size=0, kind=b"AIFC"), tmp_path)


def encoded(kind: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, EXPECTED, RATE, format=kind, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["AIFF", "CAF", "AU", "W64"])
@pytest.mark.parametrize(
    "subtype", ["PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_every_encoding_is_read_as_libsndfile_does(kind: str, subtype: str, tmp_path: Path) -> None:
    if not soundfile.check_format(kind, subtype):
        assert (kind, subtype[:5]) in {("CAF", "PCM_U"), ("AU", "PCM_U"), ("W64", "PCM_S")}
        return
    data = encoded(kind, subtype)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    for whole in (data, ID3 + data):
        samples, missing = read(whole, tmp_path)
        np.testing.assert_array_equal(samples, expected)
        assert missing is None
    samples, missing = read(data[: -len(data) // 3], tmp_path)
    np.testing.assert_array_equal(samples, expected[: len(samples)])
    assert 0 < len(samples) < N
    assert missing is not None


@pytest.mark.parametrize(
    ("kind", "subtype"), [("AIFF", "IMA_ADPCM"), ("CAF", "ALAC_16"), ("AU", "G721_32")]
)
def test_other_codecs_go_to_libsndfile(kind: str, subtype: str, tmp_path: Path) -> None:
    data = encoded(kind, subtype)
    expected = soundfile.SoundFile(io.BytesIO(data)).read(N, dtype="float32")
    samples, missing = read(data, tmp_path)
    np.testing.assert_array_equal(samples[:N, 0], expected)
    assert missing is None


def caf(
    *,
    flags: int = 0,
    packet: int = 2,
    bits: int = 16,
    raw: bytes = RAW,
    size: int | None = None,
    behind: bytes = b"",
    rate: float = RATE,
) -> bytes:
    description = struct.pack(">d4s5I", rate, b"lpcm", flags, packet, 1, 1, bits)
    free = b"free" + struct.pack(">Q", 100) + bytes(100)
    length = len(raw) + 4 if size is None else size
    head = b"caff\0\1\0\0desc" + struct.pack(">Q", 32) + description + free
    return head + b"data" + struct.pack(">QI", length, 0) + raw + behind


def test_a_caf_file_of_unknown_size_is_read_to_its_end(tmp_path: Path) -> None:
    info = b"info" + struct.pack(">QI", 20, 1) + b"encoder\0Lavf.59\0"
    check(caf(), tmp_path)
    check(caf(size=2**64 - 1), tmp_path)
    check(caf(behind=info), tmp_path)
    check(ID3 + caf(size=2**64 - 1))
    little = EXPECTED.astype("<f4").tobytes()
    check(caf(flags=3, packet=4, bits=32, raw=little, size=2**64 - 1), tmp_path)
    samples, missing = read(caf(size=2**64 - 1)[:-1])
    assert (len(samples), missing) == (N - 1, "the file ends within a frame")


def test_a_caf_file_that_is_cut_or_empty_or_contradictory(tmp_path: Path) -> None:
    samples, missing = read(caf()[:-1001], tmp_path)
    np.testing.assert_array_equal(samples[:, 0], EXPECTED[: N - 501])
    assert missing is not None
    assert "promises 0.25 s" in missing
    for empty in (caf(raw=b""), caf(size=4, raw=b""), caf(raw=b"", size=2**64 - 1)):
        with pytest.raises(EmptyAudioError):
            decode(empty)
    for packet, bits, flags in ((4, 24, 2), (3, 16, 0), (2, 16, 1), (0, 16, 0), (8, 64, 0)):
        with pytest.raises(UnreadableAudioError, match=f"{bits} bits and {packet} bytes"):
            decode(caf(packet=packet, bits=bits, flags=flags))
    for rate in (float("nan"), -1.0, 1e30):
        with pytest.raises(UnreadableAudioError, match="Hz"):
            decode(caf(rate=rate))
    with pytest.raises(UnreadableAudioError, match="no data chunk"):
        decode(caf()[:100])


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("size", [2 * N, 0xFFFFFFFF, 0, 0x7FFFFFFF], ids=hex)
def test_an_au_file_of_unknown_size_is_read_to_its_end(
    order: str, size: int, tmp_path: Path
) -> None:
    magic, raw = (b".snd", RAW) if order == ">" else (b"dns.", PCM16.astype("<i2").tobytes())
    head = magic + struct.pack(order + "5I", 32, size, 3, RATE, 1) + b"comment\0"
    check(head + raw, tmp_path)
    samples, missing = read(head + raw[:-1000])
    assert len(samples) == N - 500
    assert (missing is None) == (size != 2 * N)


def w64(
    raw: bytes = RAW, *, size: int | None = None, whole: int | None = None, width: int = 2
) -> bytes:
    tail = bytes.fromhex("f3acd3118cd100c04f8edb8a")
    body = np.frombuffer(raw, ">i2").astype("<i2").tobytes()
    fmt = b"fmt " + tail
    fmt += struct.pack("<QHHIIHH", 40, 1, 1, RATE, width * RATE, width, 8 * width)
    data = b"data" + tail + struct.pack("<Q", 24 + len(body) if size is None else size) + body
    behind = b"fact" + tail + struct.pack("<QQ", 32, N)
    length = 40 + len(fmt + data + behind) if whole is None else whole
    head = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
    return head + struct.pack("<Q", length) + b"wave" + tail + fmt + data + behind


def test_wave64_is_read_like_wav(tmp_path: Path) -> None:
    check(w64(), tmp_path)
    check(w64(size=2**64 - 1, whole=2**64 - 1), tmp_path)  # ffmpeg, pipe
    check(w64(size=2**64 - 1), tmp_path)
    # Padding to 8 bytes, which ffmpeg counts, is no cut frame.
    assert read(w64(RAW[:2408], width=3))[1] is None
    samples, missing = read(w64()[: -32 - 1000])
    np.testing.assert_array_equal(samples[:, 0], EXPECTED[: N - 500])
    assert missing is not None
    with pytest.raises(EmptyAudioError):
        decode(w64(b""))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (form(common()), "no sound chunk"),
        (form(sound()), "no common chunk"),
        (form(chunk(b"COMM", b"\0\1"), sound()), "no common chunk"),
        (form(common(bits=0), sound()), None),
        (form(common(bits=64), sound()), None),
        (form(common(kind=b"what"), sound(), kind=b"AIFC"), None),
        (b".snd\0\0\0\x18", "cut short"),
        (b".snd" + struct.pack(">5I", 24, 8000, 99, RATE, 1) + RAW, None),
        (b".snd" + struct.pack(">5I", 24, 8000, 3, RATE, 0) + RAW, "0 channels"),
        (b".snd" + struct.pack(">5I", 24, 8000, 3, 0, 1) + RAW, "0 Hz"),
        (b"caff\0\1\0\0", "no data chunk"),
        (b"FORM\0\0\0\x10AIFF", "no sound chunk"),
    ],
)
def test_damaged_headers_are_refused_in_words(data: bytes, words: str | None) -> None:
    with pytest.raises(UnreadableAudioError, match=words):
        decode(data)


def test_headers_that_a_pipe_could_not_correct_are_read_on(tmp_path: Path) -> None:
    empty = caf(size=4, raw=b"")
    check(caf(size=4), tmp_path)
    check(caf(size=0), tmp_path)
    check(empty + caf(size=4) + caf()[: len(empty)], tmp_path)  # sox
    check(w64(size=0, whole=0), tmp_path)
    check(w64(size=24, whole=0), tmp_path)  # libsndfile, killed


def test_joined_files_of_these_formats_are_read_to_the_end() -> None:
    sun = [struct.pack(">4s5I", b".snd", 24, n, 3, RATE, 1) + RAW for n in (len(RAW), 2**32 - 1)]
    for one in (form(common(), sound()), caf(), caf(size=4), *sun):
        samples, missing = read(one * 3)
        assert missing is None
        np.testing.assert_array_equal(samples[:, 0], np.tile(EXPECTED, 3))


@pytest.mark.parametrize("name", ["ALAC", "Opus", "iLBC"])
def test_codecs_of_caf_that_are_not_read_are_named(name: str) -> None:
    with pytest.raises(UnreadableAudioError, match=f"CAF file (with|holds) {name}"):
        decode(caf().replace(b"lpcm", name.lower().encode()))
