"""What follows the samples of a file: tags, zeros, and another file."""

import struct
from pathlib import Path

import numpy as np
import pytest

from packages.core.tests.audio.wav_files import (
    EXPECTED,
    LIST,
    PCM16,
    RAW,
    N,
    check,
    data_chunk,
    fmt_chunk,
    read,
    riff,
)
from vocalbaby.audio import tags

WHOLE = riff(fmt_chunk(), data_chunk(RAW))
PIPED = riff(fmt_chunk(), LIST, data_chunk(RAW, 0xFFFFFFFF), size=0xFFFFFFFF)
ID3V2 = b"ID3\4\0\0\0\0\x07\x76" + b"TIT2\0\0\0\x03\0\0\0Hi".ljust(1014, b"\0")
ID3V1 = b"TAG" + b"title".ljust(125, b" ")
ITEM = struct.pack("<II", 2, 0) + b"Title\0Hi"
APE_FOOTER = b"APETAGEX" + struct.pack("<4I8x", 2000, 32 + len(ITEM), 1, 0)
APE_HEADER = b"APETAGEX" + struct.pack("<4I8x", 2000, 32 + len(ITEM), 1, 0xA0000000)
APE = APE_HEADER + ITEM + b"APETAGEX" + struct.pack("<4I8x", 2000, 32 + len(ITEM), 1, 1 << 31)
LYRICS = b"LYRICSBEGININD0000210" + b"000021LYRICS200"
TAGS = {
    "ID3v1": ID3V1,
    "ID3v2": ID3V2,
    "APEv2": APE,
    "APEv1": ITEM + APE_FOOTER,
    "Lyrics": LYRICS + ID3V1,
    "several": ID3V2 + APE + ID3V1,
}
CHUNK = b"id3 " + struct.pack("<I", len(ID3V2) + 100_000) + ID3V2 + bytes(range(250)) * 400


@pytest.mark.parametrize("behind", [*TAGS.values(), CHUNK], ids=[*TAGS, "large chunk"])
@pytest.mark.parametrize("first", [WHOLE, PIPED], ids=["whole", "piped"])
def test_tags_behind_samples_are_neither_played_nor_missed(
    first: bytes, behind: bytes, tmp_path: Path
) -> None:
    check(first + behind, tmp_path)


BETWEEN = {"nothing": b"", **{name: TAGS[name] for name in ("ID3v1", "ID3v2", "APEv2", "several")}}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("first", [WHOLE, PIPED], ids=["whole", "piped"])
def test_a_file_behind_a_tag_is_read_on(first: bytes, between: bytes, tmp_path: Path) -> None:
    samples, missing = read((first + between) * 3, tmp_path)
    assert missing is None
    np.testing.assert_array_equal(samples[:, 0], np.tile(EXPECTED, 3))


def test_a_file_behind_many_zeros_is_read_on() -> None:
    samples, missing = read(WHOLE + bytes(100_000) + WHOLE)
    np.testing.assert_array_equal(samples[:, 0], np.tile(EXPECTED, 2))
    assert missing is None


def test_sound_behind_a_size_that_is_too_small_is_told() -> None:
    for between in (bytes(4200), ID3V2, ID3V1, APE):
        samples, missing = read(WHOLE + between + RAW[2:])
        assert len(samples) == N
        assert missing == f"it holds {2 * N - 2} bytes behind its samples, in no chunk"


def test_a_size_that_ends_within_a_frame_is_told() -> None:
    data = riff(fmt_chunk(), data_chunk(RAW, 2 * N - 1))
    samples, missing = read(data)
    assert (len(samples), missing) == (N - 1, "the samples end within a frame")


def test_joined_aiff_files_are_read_on_behind_tags_and_others_are_told() -> None:
    common = struct.pack(">hIhHQ", 1, N, 16, 16396, 16_000 << 50)
    sound = bytes(8) + PCM16.astype(">i2").tobytes()
    chunks = b"COMM" + struct.pack(">I", 18) + common + b"SSND" + struct.pack(">I", len(sound))
    aiff = b"FORM" + struct.pack(">I", 4 + len(chunks + sound)) + b"AIFF" + chunks + sound
    for between in (b"", ID3V2, ID3V1, bytes(5000)):
        samples, missing = read(aiff + between + aiff)
        np.testing.assert_array_equal(samples[:, 0], np.tile(EXPECTED, 2))
        assert missing is None
        samples, missing = read(aiff + between + WHOLE)
        np.testing.assert_array_equal(samples[:, 0], EXPECTED)
        assert missing == f"it holds {len(WHOLE)} bytes behind its samples, in no chunk"
    assert read(aiff + ID3V2 + ID3V1)[1] is None


@pytest.mark.parametrize("name", TAGS)
def test_the_ends_of_tags_are_found_from_both_sides(name: str) -> None:
    tag = TAGS[name]
    data = RAW + tag
    if name != "APEv1":
        assert tags.skip(data + RAW[2:], len(RAW)) == len(data)
    if name != "ID3v2":
        assert tags.behind(data) == len(RAW) + (len(ID3V2) if name == "several" else 0)
