"""WAV files whose sizes are wrong, unknown or do not agree."""

import struct
from pathlib import Path

import numpy as np
import pytest

from packages.core.tests.audio.wav_files import (
    EXPECTED,
    IXML,
    LIST,
    PCM16,
    RAW,
    N,
    check,
    codes,
    data_chunk,
    fmt_chunk,
    integers,
    read,
    riff,
)
from vocalbaby.audio import decode
from vocalbaby.audio.base import Data
from vocalbaby.audio.chunks import RIFF
from vocalbaby.audio.extent import extent
from vocalbaby.exception import EmptyAudioError

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
    assert missing == "it holds 3000 bytes behind its samples, in no chunk"


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


@pytest.mark.parametrize(
    "tag",
    [
        b"ID3\4\0\0\0\0\1\0" + b"TXXX".ljust(128, b"\1"),
        b"ID3\4\0\x10\0\0\1\0" + b"TXXX".ljust(128, b"\1") + b"3DI\4\0\x10\0\0\1\0",
    ],
    ids=["plain", "with a footer"],
)
def test_nothing_is_lost_behind_id3_tags_in_front(tag: bytes, tmp_path: Path) -> None:
    for data in (
        riff(fmt_chunk(), data_chunk(RAW)),
        riff(fmt_chunk(), data_chunk(RAW, 0xFFFFFFFF), size=0xFFFFFFFF),
        riff(fmt_chunk(), data_chunk(RAW), LIST),
    ):
        check(tag + data, tmp_path)
        check(tag + tag + data, tmp_path)
