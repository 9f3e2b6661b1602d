"""WAV files whose headers are wrong, contradictory or unusual."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, open_stream
from vocalbaby.audio.base import Data
from vocalbaby.audio.extent import RIFF, extent
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

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
UNKNOWN_SIZES = [
    0x7F000000,
    0x7FFFF000,
    0x7FFFFF00,
    0x7FFFFFDB,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFF000,
    0xFFFFFFDB,
    0xFFFFFFFF,
]


@pytest.mark.parametrize("size", [0, *UNKNOWN_SIZES], ids=hex)
@pytest.mark.parametrize("claim", ["agrees", "zero", "most", "header"])
def test_a_size_that_a_pipe_left_is_no_promise(size: int, claim: str, tmp_path: Path) -> None:
    whole = {"agrees": min(size + 36, 0xFFFFFFFF), "zero": 0, "most": 0xFFFFFFFF, "header": 36}
    check(riff(fmt_chunk(), data_chunk(RAW, size), size=whole[claim]), tmp_path)
    check(riff(fmt_chunk(), LIST, data_chunk(RAW, size), size=whole[claim]))


@pytest.mark.parametrize("size", UNKNOWN_SIZES, ids=hex)
def test_a_pipe_of_right_length_in_the_first_header_is_read_too(size: int) -> None:
    check(riff(fmt_chunk(), data_chunk(RAW, size)))


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF], ids=hex)
def test_chunks_behind_a_pipe_are_not_played(size: int, tmp_path: Path) -> None:
    for behind in (LIST, LIST + IXML, b"cue " + struct.pack("<II", 4, 0)):
        check(riff(fmt_chunk(), data_chunk(RAW, size), behind, size=36), tmp_path)


def test_a_pipe_that_breaks_within_a_frame_is_told() -> None:
    raw = np.repeat(PCM16, 2).tobytes()[:-3]
    samples, missing = read(riff(fmt_chunk(channels=2), data_chunk(raw, 0xFFFFFFFF)))
    assert len(samples) == N - 1
    assert missing == "the file ends within a frame"


@pytest.mark.parametrize("behind", [IXML, LIST, b"id3 " + struct.pack("<I", 6) + b"ID3\4\0\0"])
def test_an_empty_data_chunk_before_other_chunks_is_empty(behind: bytes) -> None:
    for data in (
        riff(fmt_chunk(), data_chunk(b""), behind),
        riff(fmt_chunk(), data_chunk(b""), behind, size=36),
        riff(fmt_chunk(), data_chunk(b""), behind, size=0),
        riff(fmt_chunk(), data_chunk(b"")),
        riff(fmt_chunk(), data_chunk(RAW, 0)),  # the file ends where its header says
    ):
        with pytest.raises(EmptyAudioError, match="no samples"):
            decode(data)
        assert len(read(data)[0]) == 0


@pytest.mark.parametrize(
    "behind",
    [
        LIST,
        IXML,
        LIST + IXML + b"bext" + struct.pack("<I", 602) + bytes(602),
        b"id3 " + struct.pack("<I", 100) + b"ID3\4".ljust(100, b"\1"),
        b"cue " + struct.pack("<I", 28) + b"\1".ljust(28, b"\2"),
        b"what" + struct.pack("<I", 3) + b"xyz\0",
        b"LIST" + struct.pack("<I", 10_000) + b"cut here",
        b"TAG" + b"ID3v1".ljust(125, b" "),
        bytes(4096),
    ],
    ids=lambda behind: behind[:4],
)
def test_what_follows_the_samples_is_never_played(behind: bytes, tmp_path: Path) -> None:
    for size in (None, 0, 36, 0xFFFFFFFF, len(RAW) // 2):
        check(riff(fmt_chunk(), data_chunk(RAW), behind, size=size), tmp_path)


@pytest.mark.parametrize("pad", [b"", b"\0", b"\x7f"])
@pytest.mark.parametrize("behind", [b"", LIST, IXML + LIST])
def test_odd_sizes_with_and_without_the_pad_byte(pad: bytes, behind: bytes) -> None:
    raw = (PCM16 >> 8).astype(np.int16).astype(np.int8).view(np.uint8) ^ 0x80
    data = riff(fmt_chunk(bits=8), data_chunk(raw[: N - 1].tobytes()) + pad, behind)
    samples, missing = read(data)
    assert len(samples) == N - 1
    assert missing is None
    odd = b"junk" + struct.pack("<I", 5) + b"\1\2\3\4\5" + pad
    check(riff(odd, fmt_chunk(), odd, data_chunk(RAW), odd, behind))


def test_a_pad_byte_behind_samples_of_unknown_number_is_no_cut_frame() -> None:
    raw = integers(24, 3)[: 3 * (N - 1)]
    samples, missing = read(riff(fmt_chunk(bits=24), data_chunk(raw, 0xFFFFFFFF) + b"\0"))
    assert (len(samples), missing) == (N - 1, None)


@pytest.mark.parametrize("held", [3 * N // 2, 100 * 2, 2 * N - 1])
def test_a_cut_file_is_told(held: int, tmp_path: Path) -> None:
    data = riff(fmt_chunk(), data_chunk(RAW))[: 44 + held]
    samples, missing = read(data, tmp_path)
    np.testing.assert_array_equal(samples[:, 0], EXPECTED[: held // 2])
    assert missing is not None
    assert "promises 0.25 s" in missing
    assert "truncated" in codes(riff(fmt_chunk(), data_chunk(RAW + RAW))[: 44 + held + 2 * N])


def test_a_size_that_the_file_contradicts_is_wrong_if_the_file_is_whole() -> None:
    check(riff(fmt_chunk(), data_chunk(RAW, len(RAW) + 36), size=36 + len(RAW)))


def test_a_file_cut_within_a_later_chunk_has_all_its_samples() -> None:
    check(riff(fmt_chunk(), data_chunk(RAW), IXML)[:-4000])


def test_bytes_that_no_header_explains_are_told_and_not_played() -> None:
    rest = np.random.default_rng(0).bytes(3000)
    samples, missing = read(riff(fmt_chunk(), data_chunk(RAW), size=36 + len(RAW)) + rest)
    assert len(samples) == N
    assert missing == "3000 bytes behind its samples belong to no chunk, and are not read"


def test_joined_files_are_read_to_the_end(tmp_path: Path) -> None:
    one = riff(fmt_chunk(), data_chunk(RAW), LIST)
    samples, missing = read(one * 3, tmp_path)
    np.testing.assert_array_equal(samples[:, 0], np.tile(EXPECTED, 3))
    assert missing is None
    assert len(decode(one * 3).samples) == 3 * N
    broken = riff(b"fmt " + struct.pack("<I", 2) + b"\1\0", data_chunk(RAW))
    samples, missing = read(one + broken)
    assert len(samples) == N
    assert missing is not None


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
        total = 72 + 8 + len(RAW) + len(behind) if whole == "right" else int(whole)
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
    judge = soundfile.SoundFile(io.BytesIO(data)).read(N, dtype="float32")
    np.testing.assert_array_equal(expected[:N, 0], judge)
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


class _Large:
    """A file of a given size, which has some bytes at its start and is empty elsewhere."""

    def __init__(self, start: bytes, size: int) -> None:
        self._start, self._size = start, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: slice, /) -> bytes:
        first, last, _ = at.indices(self._size)
        return self._start[first:last].ljust(last - first, b"\x81")


@pytest.mark.parametrize(
    ("total", "size"),
    [
        (3 * 2**30, 0x7FFFF000),  # a pipe that went on
        (5 * 2**30, 0xFFFFFFFF),
        (5 * 2**30, (5 * 2**30 - 44) % 2**32),  # a counter of 32 bits that overflowed
        (5 * 2**30, 0),
    ],
)
def test_a_size_that_lies_within_a_very_large_file(total: int, size: int) -> None:
    data: Data = _Large(
        riff(fmt_chunk(), data_chunk(b"", size), size=size + 36 & 0xFFFFFFFF), total
    )
    found = extent(data, 44, size, 8 + (size + 36 & 0xFFFFFFFF), RIFF)
    assert found.pieces == ((44, total),)
    assert found.missing(2, 32_000) is None
