"""WAV files whose formats are wrong, contradictory or unusual."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from packages.core.tests.audio.wav_files import (
    EXPECTED,
    IXML,
    LIST,
    PCM16,
    RATE,
    RAW,
    VOICE,
    N,
    check,
    data_chunk,
    extensible,
    fmt_chunk,
    guid,
    integers,
    read,
    riff,
)
from vocalbaby.audio import decode
from vocalbaby.exception import UnreadableAudioError


@pytest.mark.parametrize("bits", [9, 12, 16, 20, 24, 28, 32])
def test_samples_of_fewer_bits_lie_in_the_upper_bits(bits: int, tmp_path: Path) -> None:
    width = (bits + 7) // 8
    raw = integers(bits, width)
    check(riff(fmt_chunk(bits=bits), data_chunk(raw)), tmp_path, 2.0 ** (1 - min(bits, 15)))
    wide = extensible(1, 8 * width, bits)
    check(riff(wide, data_chunk(raw)), tmp_path, 2.0 ** (1 - min(bits, 15)))


def test_24_bits_in_four_bytes_are_read_if_the_lowest_byte_is_unused(tmp_path: Path) -> None:
    left, right = integers(24, 4), integers(32, 4)
    quiet = bytes(4 * N) + left
    for header in (fmt_chunk(bits=24, block=4), extensible(1, 24, 24, block=4)):
        check(riff(header, data_chunk(left)), tmp_path, 2**-15)
        samples, missing = read(riff(header, data_chunk(quiet)))
        assert (len(samples), missing) == (2 * N, None)
        assert np.abs(samples[N:, 0] - EXPECTED).max() <= 2**-15
        for other in (right, integers(24, 3), (np.frombuffer(left, "<i4") >> 8).tobytes()):
            with pytest.raises(UnreadableAudioError, match="contradicts itself"):
                decode(riff(header, data_chunk(other)))
    by_bits = fmt_chunk(bits=24, block=4, byte_rate=3 * RATE)
    check(riff(by_bits, data_chunk(left)), tmp_path, 2**-15)


@pytest.mark.parametrize(
    ("bits", "channels", "block"),
    [(16, 1, 4), (16, 1, 3), (16, 1, 1), (16, 2, 2), (8, 1, 2), (20, 1, 4), (32, 1, 2), (24, 2, 4)],
)
def test_a_block_align_that_contradicts_the_bits_is_refused(
    bits: int, channels: int, block: int
) -> None:
    raw = np.random.default_rng(1).bytes(48 * 1000)
    header = fmt_chunk(bits=bits, channels=channels, block=block)
    with pytest.raises(UnreadableAudioError, match=f"{bits} bits, {channels} channels.*{block}"):
        decode(riff(header, data_chunk(raw)))


def test_a_field_that_all_others_outvote_is_wrong() -> None:
    check(riff(fmt_chunk(block=3, byte_rate=2 * RATE), data_chunk(RAW)))
    check(riff(fmt_chunk(block=0), data_chunk(RAW)))
    for byte_rate in (0, RATE, 88_200, 0xFFFFFFFF):
        check(riff(fmt_chunk(byte_rate=byte_rate), data_chunk(RAW)))


@pytest.mark.parametrize("block", [2, 8, 3])
def test_floats_with_another_block_align_are_refused(block: int) -> None:
    with pytest.raises(UnreadableAudioError, match="contradicts itself"):
        decode(
            riff(
                fmt_chunk(codec=3, bits=32, block=block), data_chunk(VOICE.astype("<f4").tobytes())
            )
        )


def test_two_format_chunks_must_agree() -> None:
    check(riff(fmt_chunk(), fmt_chunk(), data_chunk(RAW)))
    other = fmt_chunk(channels=2)
    for chunks in (
        (fmt_chunk(), other, data_chunk(RAW)),
        (other, fmt_chunk(), data_chunk(RAW)),
        (fmt_chunk(), data_chunk(RAW), other),
        (fmt_chunk(), other, fmt_chunk(), data_chunk(RAW)),
    ):
        with pytest.raises(UnreadableAudioError, match="two format chunks"):
            decode(riff(*chunks))


def test_the_format_may_follow_the_samples() -> None:
    check(riff(data_chunk(RAW), fmt_chunk()))
    check(riff(LIST, data_chunk(RAW), IXML, fmt_chunk()))


def test_two_data_chunks_are_played_one_after_the_other(tmp_path: Path) -> None:
    half = N // 2
    first, second = data_chunk(RAW[: 2 * half]), data_chunk(RAW[2 * half :])
    check(riff(fmt_chunk(), first, second), tmp_path)
    check(riff(fmt_chunk(), first, LIST, second, IXML), tmp_path)
    uneven = data_chunk(RAW[: 2 * half] + b"\x55") + b"\0"  # ends within a frame
    check(riff(fmt_chunk(), uneven, second), tmp_path)
    check(riff(fmt_chunk(), data_chunk(b""), LIST, data_chunk(RAW)), tmp_path)
    check(riff(fmt_chunk(), data_chunk(RAW), data_chunk(b"")), tmp_path)
    samples, missing = read(riff(fmt_chunk(), first, second)[:-2000])
    np.testing.assert_array_equal(samples[:, 0], EXPECTED[: N - 1000])
    assert missing is not None


def test_chunks_before_the_samples_are_passed_over() -> None:
    empty = b"JUNK" + bytes(4)
    junk = b"junk" + struct.pack("<I", 28) + bytes(28)
    bext = b"bext" + struct.pack("<I", 602) + b"x" * 602
    nameless = bytes(4) + struct.pack("<I", 4) + b"abcd"
    check(
        riff(
            junk,
            bext,
            fmt_chunk(),
            b"PAD " + struct.pack("<I", 2000) + bytes(2000),
            data_chunk(RAW),
        )
    )
    check(riff(empty, nameless, fmt_chunk(more=b"\0\0"), empty, data_chunk(RAW), empty))
    check(riff(*[empty] * 500, fmt_chunk(), data_chunk(RAW)))


def test_a_chunk_that_ends_behind_the_file_hides_the_samples() -> None:
    far = b"junk" + struct.pack("<I", 10**6) + bytes(8)
    with pytest.raises(UnreadableAudioError, match="no format chunk"):
        decode(riff(far, fmt_chunk(), data_chunk(RAW)))


def test_a_header_of_millions_of_empty_chunks_takes_no_time() -> None:
    with pytest.raises(UnreadableAudioError, match="no format chunk"):
        decode(riff(bytes(32 * 2**20)))


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize(
    ("whole", "size"),
    [
        ("right", len(RAW)),
        ("right", 2**64 - 1),
        ("right", 0),
        (0, 0),
        (2**64 - 1, 2**64 - 1),
        (0, len(RAW)),
    ],
)
def test_rf64_and_bw64_are_read_by_the_sizes_of_64_bits(
    magic: bytes, whole: int | str, size: int, tmp_path: Path
) -> None:
    for behind in (b"", LIST):
        total = 72 + len(RAW) + len(behind) if whole == "right" else int(whole)
        ds64 = b"ds64" + struct.pack("<IQQQI", 28, total, size, N, 0)
        data = riff(
            ds64, fmt_chunk(), data_chunk(RAW, 0xFFFFFFFF), behind, size=0xFFFFFFFF, magic=magic
        )
        check(data, tmp_path)


def test_rf64_without_its_ds64_chunk_and_with_a_size_of_32_bits() -> None:
    for size in (0, 0xFFFFFFFF, len(RAW)):
        check(riff(fmt_chunk(), data_chunk(RAW, size), size=0xFFFFFFFF, magic=b"RF64"))


def test_a_cut_rf64_file_is_told() -> None:
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 72 + len(RAW), len(RAW), N, 0)
    data = riff(ds64, fmt_chunk(), data_chunk(RAW, 0xFFFFFFFF), size=0xFFFFFFFF, magic=b"RF64")
    samples, missing = read(data[:-1000])
    assert len(samples) == N - 500
    assert missing is not None
    assert "promises 0.25 s" in missing


@pytest.mark.parametrize(
    ("codec", "bits", "kind"),
    [(1, 8, "u1"), (1, 16, ">i2"), (1, 24, ""), (1, 32, ">i4"), (3, 32, ">f4"), (3, 64, ">f8")],
)
def test_rifx_is_big_endian(codec: int, bits: int, kind: str, tmp_path: Path) -> None:
    if bits == 8:
        raw = (np.round(VOICE * 127) + 128).astype(np.uint8).tobytes()
    elif bits == 24:
        raw = np.frombuffer(integers(24, 3), np.uint8).reshape(N, 3)[:, ::-1].tobytes()
    elif codec == 3:
        raw = VOICE.astype(kind).tobytes()
    else:
        raw = np.round(VOICE * (2.0 ** (bits - 1) - 1)).astype(kind).tobytes()
    header = fmt_chunk(codec=codec, bits=bits, order=">")
    tolerance = 2.0 ** -(min(bits, 16) - 2)
    for size in (None, 0xFFFFFFFF):
        check(riff(header, data_chunk(raw, size, ">"), magic=b"RIFX"), tmp_path, tolerance)
    sox = struct.pack(">H", codec) + guid(0)[2:]
    for subformat in (guid(codec, ">"), sox):
        wide = struct.pack(">HHI", 22, bits, 4) + subformat
        header = fmt_chunk(codec=0xFFFE, bits=bits, more=wide, order=">")
        check(riff(header, data_chunk(raw, order=">"), magic=b"RIFX"), tmp_path, tolerance)


def encoded(kind: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, PCM16, RATE, format=kind, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_other_codecs_are_read_as_libsndfile_does_with_every_header(
    subtype: str, tmp_path: Path
) -> None:
    data = encoded("WAV", subtype)
    expected, missing = read(data, tmp_path)
    assert subtype != "GSM610" or len(expected) == 4_160  # 13 blocks, an odd number of bytes
    other = soundfile.SoundFile(io.BytesIO(data)).read(N, dtype="float32")
    np.testing.assert_array_equal(expected[:N, 0], other)
    assert missing is None
    at = data.index(b"data")
    size = struct.unpack("<I", data[at + 4 : at + 8])[0]
    head, body = data[12:at], data[at + 8 : at + 8 + size]
    for changed in (
        riff(head, data_chunk(body, 0xFFFFFFFF), size=0xFFFFFFFF),
        riff(head, data_chunk(body, 0), size=0),
        riff(head, data_chunk(body) + bytes(len(body) % 2), IXML),
        riff(head, data_chunk(body, 0x7FFFF000), LIST, size=0x7FFFF024),
        b"ID3\4\0\0\0\0\1\0" + bytes(128) + data,
    ):
        samples, missing = read(changed, tmp_path)
        np.testing.assert_array_equal(samples, expected)
        assert missing is None
    samples, missing = read(data[: at + 8 + size * 2 // 3])
    np.testing.assert_array_equal(samples, expected[: len(samples)])  # nothing is invented
    assert 0 < len(samples) < len(expected)
    assert missing is not None


@pytest.mark.parametrize("codec", [6, 7])
def test_the_extensible_format_of_another_codec_goes_to_libsndfile(codec: int) -> None:
    data = encoded("WAV", "ALAW" if codec == 6 else "ULAW")
    at = data.index(b"data")
    wide = riff(extensible(codec, 8, 8), data_chunk(data[at + 8 :]))
    np.testing.assert_array_equal(read(wide)[0], read(data)[0])


@pytest.mark.parametrize("tail", ["800000aa00389b72", "8644c8c1ca000000"])
def test_an_unknown_format_is_refused(tail: str) -> None:
    more = struct.pack("<HHIIHH", 22, 16, 4, 0x4D2, 0, 16) + bytes.fromhex(tail)
    with pytest.raises(UnreadableAudioError):
        decode(riff(fmt_chunk(codec=0xFFFE, more=more), data_chunk(RAW)))
    for codec, bits in ((1, 0), (1, 64), (3, 16), (3, 24), (0x160, 16), (0xFFFE, 16)):
        with pytest.raises(UnreadableAudioError):
            decode(riff(fmt_chunk(codec=codec, bits=bits, block=2), data_chunk(RAW)))


@pytest.mark.parametrize("size", [0, 10, 15])
def test_a_format_chunk_that_is_cut_is_refused(size: int) -> None:
    chunk = b"fmt " + struct.pack("<I", size) + fmt_chunk()[8 : 8 + size]
    with pytest.raises(UnreadableAudioError, match="cut short"):
        decode(riff(chunk, data_chunk(RAW)))


@pytest.mark.parametrize(
    ("codec", "name"), [(0xFF, "AAC"), (0x2000, "AC-3"), (0x28F, "G.722"), (0x160, "WMA")]
)
def test_codecs_that_are_not_read_are_named(codec: int, name: str) -> None:
    data = riff(fmt_chunk(codec=codec, bits=0, block=1), data_chunk(RAW))
    with pytest.raises(UnreadableAudioError, match=f"holds {name}, which is not read") as refused:
        decode(data)
    assert "ffmpeg" in refused.value.hint
