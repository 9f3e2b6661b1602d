"""FLAC is read to its real end: unknown and wrong lengths, tags, cut and damaged files."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, measure, open_stream
from vocalbaby.audio.flac_frames import FlacFrame, frames, read_head
from vocalbaby.exception import EmptyAudioError, TooLongAudioError, UnreadableAudioError

CASES = Path(__file__).parent / "cases"
RNG = np.random.default_rng(6)
RATE = 16_000


def noise(n: int, channels: int = 1) -> NDArray[np.float64]:
    return RNG.uniform(-0.3, 0.3, (n, channels))


def flac(signal: NDArray[np.float64], rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format="FLAC", subtype=subtype)
    return file.getvalue()


def claiming(data: bytes, total: int) -> bytes:
    packed = int.from_bytes(data[18:26], "big") >> 36 << 36 | total
    return data[:18] + packed.to_bytes(8, "big") + data[26:]


def read(data: bytes, n_frames: int = 65_536) -> tuple[NDArray[np.float32], str | None]:
    with open_stream(data) as stream:
        blocks = list(stream.blocks(n_frames))
        return np.concatenate(blocks), stream.missing


def layout(data: bytes) -> list[FlacFrame]:
    head = read_head(data)
    return list(frames(data, head.start, len(data), head))


SIGNAL = noise(40_000)
WHOLE = flac(SIGNAL)
SAMPLES, _ = soundfile.read(io.BytesIO(WHOLE), dtype="float32", always_2d=True)
FRAMES = layout(WHOLE)


@pytest.mark.parametrize("total", [0, 1, 5_000, 40_000])
def test_the_length_in_the_header_changes_no_sample(total: int) -> None:
    for n_frames in (1_000, 65_536):
        samples, missing = read(claiming(WHOLE, total), n_frames)
        assert np.array_equal(samples, SAMPLES)
        assert missing is None


def test_a_length_of_2_36_samples_neither_refuses_nor_allocates() -> None:
    clip = decode(claiming(WHOLE, 2**36 - 1))
    assert len(clip.samples) == 40_000
    assert [warning.code for warning in clip.warnings] == ["truncated"]
    assert measure(claiming(WHOLE, 2**36 - 1)) == pytest.approx(2.5, abs=0.01)


def test_a_file_from_a_pipe_is_read_to_its_end() -> None:
    data = (CASES / "flac_length_unknown.flac").read_bytes()
    expected, _ = soundfile.read(io.BytesIO(claiming(data, 16_000)), dtype="float32")
    clip = decode(data)
    assert np.array_equal(clip.samples, expected)
    assert clip.warnings == ()


def test_a_cut_file_gives_its_whole_frames_and_says_that_data_are_missing() -> None:
    for total in (0, 40_000):
        data = claiming(WHOLE, total)
        for cut in (FRAMES[4].at + 1_000, FRAMES[5].at - 1):
            samples, missing = read(data[:cut])
            assert np.array_equal(samples, SAMPLES[: 4 * FRAMES[0].frames])
            assert missing == "the file ends within a frame"
    samples, missing = read(WHOLE[: FRAMES[4].at])
    assert len(samples) == 4 * FRAMES[0].frames
    assert missing is not None
    assert "counts 40000 samples" in missing


def test_a_file_that_ends_before_the_end_of_its_first_frame_is_refused() -> None:
    with pytest.raises(UnreadableAudioError, match="within its first frame"):
        decode((CASES / "flac_cut.flac").read_bytes())
    for cut in (42, FRAMES[0].at):
        with pytest.raises(EmptyAudioError):
            decode(WHOLE[:cut])
    for cut in (4, 20, 41):
        with pytest.raises(UnreadableAudioError, match="header is damaged"):
            decode(WHOLE[:cut])


@pytest.mark.parametrize("total", [0, 40_000])
def test_a_damaged_frame_is_left_out_and_told(total: int) -> None:
    data = bytearray(claiming(WHOLE, total))
    for at in (FRAMES[1].at + 100, FRAMES[6].at + 500):
        data[at : at + 4] = bytes(byte ^ 0xFF for byte in data[at : at + 4])
    samples, missing = read(bytes(data))
    size = FRAMES[0].frames
    kept = [SAMPLES[:size], SAMPLES[2 * size : 6 * size], SAMPLES[7 * size :]]
    assert np.array_equal(samples, np.concatenate(kept))
    assert missing == "a part of it is damaged"


@pytest.mark.parametrize("hole", [b"", bytes(3_000), RNG.bytes(20_000)])
def test_sound_behind_a_hole_is_found(hole: bytes) -> None:
    data = WHOLE[: FRAMES[2].at + 700] + hole + WHOLE[FRAMES[4].at - 300 :]
    samples, missing = read(data)
    size = FRAMES[0].frames
    assert np.array_equal(samples, np.concatenate([SAMPLES[: 2 * size], SAMPLES[4 * size :]]))
    assert missing == "a part of it is damaged"


def test_tags_in_front_and_behind_are_no_sound() -> None:
    tag = b"ID3\x04\0\0\0\x03\x00\x07" + RNG.bytes(3 * 2**14 + 7)
    for data in (WHOLE, claiming(WHOLE, 0)):
        samples, missing = read(tag + data + b"TAG" + bytes(125))
        assert np.array_equal(samples, SAMPLES)
        assert missing is None


def test_what_stands_behind_the_last_frame_is_told_if_the_length_is_unknown() -> None:
    assert read(WHOLE + RNG.bytes(5_000))[1] is None
    samples, missing = read(claiming(WHOLE, 0) + RNG.bytes(5_000))
    assert np.array_equal(samples, SAMPLES)
    assert missing == "the data behind the last frame are no FLAC frame"


def test_joined_files_are_read_whole_in_the_format_of_the_first() -> None:
    for total in (0, 40_000):
        samples, missing = read(claiming(WHOLE, total) * 3)
        assert np.array_equal(samples, np.concatenate([SAMPLES] * 3))
        assert missing is None
    other = flac(noise(22_050, 2), 44_100, "PCM_24")
    samples, missing = read(WHOLE + other)
    assert (len(samples), missing) == (40_000 + 8_000, None)
    with open_stream(other + WHOLE) as stream:
        assert (stream.rate, stream.channels) == (44_100, 2)
        assert sum(map(len, stream.blocks())) == 22_050 + 110_250


def test_wrong_sizes_of_metadata_lose_no_sound() -> None:
    data = bytearray(WHOLE)
    data[43:46] = (9_000).to_bytes(3, "big")  # the block behind STREAMINFO
    assert np.array_equal(read(bytes(data))[0], SAMPLES)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_every_frame_is_found_by_its_header(subtype: str, channels: int) -> None:
    for rate in (8_000, 44_100, 12_345, 95_000):
        data = flac(noise(20_000, channels), rate, subtype)
        assert sum(frame.frames for frame in layout(data)) == 20_000
        samples, missing = read(data)
        assert (samples.shape, missing) == ((20_000, channels), None)


def test_work_is_counted_by_frames_and_not_by_what_the_header_claims() -> None:
    for total in (0, 1, 2**35):
        assert measure(claiming(WHOLE, total)) == pytest.approx(2.5, abs=0.01)
    assert measure(claiming(flac(noise(31 * RATE)), 16_000)) == pytest.approx(30.0)


def test_decoding_stops_when_the_limit_is_passed() -> None:
    with pytest.raises(TooLongAudioError, match="more than 30 s"):
        decode(claiming(flac(noise(32 * RATE)), 0))


@pytest.mark.parametrize("count", [0, 0x3FFFF800, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize(
    "behind",
    [b"", bytes(3000), b"ID3\4\0\0\0\0\0\x20" + bytes(32), b"TAG" + bytes(125)],
    ids=["nothing", "zeros", "ID3v2", "ID3v1"],
)
def test_the_count_of_a_pipe_is_no_promise_whatever_follows(count: int, behind: bytes) -> None:
    file = io.BytesIO()
    soundfile.write(file, 0.1 * np.sin(np.arange(20_000) / 9), 16_000, format="FLAC")
    data = bytearray(file.getvalue())
    packed = int.from_bytes(data[18:26], "big") >> 36 << 36 | count
    data[18:26] = packed.to_bytes(8, "big")
    with open_stream(bytes(data) + behind) as stream:
        assert sum(map(len, stream.blocks())) == 20_000
        assert stream.missing is None


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 96_000])
def test_the_rate_of_the_frames_counts_and_not_a_damaged_one_of_the_metadata(rate: int) -> None:
    data = bytearray(flac(noise(9_000), rate))
    data[18:20] = (0xFFFF ^ int.from_bytes(data[18:20], "big")).to_bytes(2, "big")
    with open_stream(bytes(data)) as stream:
        assert stream.rate == rate
        assert sum(map(len, stream.blocks())) == 9_000
        assert stream.missing is None
