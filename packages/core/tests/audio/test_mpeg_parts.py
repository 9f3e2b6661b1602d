"""MP3: each of joined files has its own header, and data that are no sound are refused."""

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, open_stream
from vocalbaby.audio.mpeg_frames import MpegFrames
from vocalbaby.exception import UnreadableAudioError

RNG = np.random.default_rng(5)
ID3 = b"ID3\x03\0\0\0\0\x02\x2c" + RNG.bytes(300)


def mp3(seconds: float) -> bytes:
    t = np.arange(round(seconds * 16_000)) / 16_000
    file = io.BytesIO()
    voice = 0.3 * np.sin(2 * np.pi * 450 * t + 5 * np.sin(8 * t))
    soundfile.write(file, voice, 16_000, format="MP3", compression_level=0.6)
    return file.getvalue()


def frames(data: bytes) -> list[tuple[int, int]]:
    return [(at, size) for at, size, _ in MpegFrames(data)]


def without_info(data: bytes) -> bytes:
    return b"".join(data[at : at + size] for at, size in frames(data)[1:])


def read(data: bytes) -> tuple[NDArray[np.float32], str | None]:
    with open_stream(data) as stream:
        return np.concatenate(list(stream.blocks())), stream.missing


PLAIN = mp3(1.0)


@pytest.mark.parametrize("between", [b"", ID3])
def test_each_of_joined_files_is_compared_with_its_own_header(between: bytes) -> None:
    whole = mp3(2.0)
    for at, size in (frames(PLAIN)[12], frames(PLAIN)[20]):
        for cut in (at, at + 5, at + size // 2, at + size - 1):
            samples, missing = read(PLAIN[:cut] + between + whole)
            assert missing is not None
            assert "part 1 counts" in missing
            expected = read(without_info(whole))[0]
            assert np.abs(samples[-20_000:] - expected[-20_000:]).max() < 1e-3
    at, size = frames(whole)[20]
    missing = read(PLAIN + between + whole[: at + size] + between + PLAIN)[1]
    assert missing is not None
    assert "of part 2 counts" in missing


@pytest.mark.parametrize("between", [b"", ID3])
def test_a_cut_frame_between_files_without_a_header_is_told(between: bytes) -> None:
    sound = without_info(PLAIN)
    at, size = frames(sound)[10]
    samples, missing = read(sound[: at + size // 2] + between + sound)
    assert len(samples) == 576 * (10 + len(frames(sound)))
    assert missing == "a frame ends before its last byte, where another begins"


@pytest.mark.parametrize("mark", [b"", b"\xff\xfb\x90\x64"])
def test_frames_scattered_in_other_data_are_not_sound(mark: bytes) -> None:
    sound = without_info(PLAIN)
    start, _ = frames(sound)[5]
    for run in (2, 5):
        end = frames(sound)[5 + run][0]
        data = mark + b"".join(RNG.bytes(9_000) + sound[start:end] for _ in range(5))
        with pytest.raises(UnreadableAudioError, match="unknown format, not audio"):
            decode(data + RNG.bytes(9_000))
    free = bytes.fromhex("fffb0064") + bytes(300)
    layer_1 = bytes.fromhex("ffff4883c420c9c3") + bytes(184)
    for frame in (free * 9, layer_1 * 9):
        with pytest.raises(UnreadableAudioError, match="not audio"):
            decode(mark + b"".join(frame + RNG.bytes(9_000) for _ in range(3)))


def test_sound_is_read_whatever_lies_behind_or_between_it() -> None:
    sound = without_info(PLAIN)
    at, _ = frames(sound)[12]
    samples, missing = read(sound[:at] + RNG.bytes(99_000) + sound[at:] + RNG.bytes(99_000))
    assert np.array_equal(samples, read(sound)[0])
    assert missing == "the file has 198000 bytes outside of frames of sound"


@pytest.mark.parametrize("parts", [2, 3])
def test_bytes_like_a_header_of_free_format_in_each_part_are_no_frames(parts: int) -> None:
    part = bytearray(without_info(mp3(0.5)))
    part[40:44] = bytes.fromhex("ffff0000")  # layer I, 44.1 kHz, no bit rate
    assert len(part) < 3456  # a possible distance of headers of free format
    damaged = part[30:] + part * (parts - 1)  # the first header is lost
    whole = frames(bytes(part * parts))
    assert frames(bytes(damaged)) == [(at - 30, size) for at, size in whole[1:]]
    with open_stream(bytes(damaged)) as stream:
        assert stream.rate == 16_000


def test_sound_within_a_header_that_reaches_beyond_the_end_is_read() -> None:
    sound = without_info(mp3(0.5))[:2_000]
    header = bytes.fromhex("ffff0000")  # layer I of free format: the distance is its size
    damaged = header + bytes(2_996) + header + sound
    whole = [(at + 3_004, size) for at, size in frames(sound)]
    assert frames(damaged)[1:] == whole
    samples, missing = read(damaged)
    assert np.abs(samples).max() > 0.25
    assert missing is not None


def test_a_header_that_counts_frames_tells_that_few_frames_are_sound() -> None:
    at, _ = frames(PLAIN)[4]
    samples, missing = read(PLAIN[:at] + RNG.bytes(9_000))
    assert np.abs(samples).max() > 0.25
    assert missing is not None
    with pytest.raises(UnreadableAudioError, match="not audio"):
        read(without_info(PLAIN[:at]) + RNG.bytes(9_000))
