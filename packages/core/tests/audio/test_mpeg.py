"""MP3: every frame is decoded, whatever the headers claim, and what is missing is reported."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, measure, open_stream
from vocalbaby.audio.mpeg_frames import MpegFrames
from vocalbaby.audio.mpeg_headers import read_header
from vocalbaby.exception import AudioError, TooLongAudioError, UnreadableAudioError

CASES = Path(__file__).parent / "cases"
RNG = np.random.default_rng(5)


def sweep(seconds: float, rate: int, channels: int = 1) -> NDArray[np.float64]:
    t = np.arange(round(seconds * rate)) / rate
    voice = 0.3 * np.sin(2 * np.pi * 450 * t + 5 * np.sin(8 * t))
    return np.repeat(voice[:, None], channels, axis=1)


def mp3(
    seconds: float = 1.0, rate: int = 16_000, channels: int = 1, mode: str = "CONSTANT"
) -> bytes:
    file = io.BytesIO()
    signal = sweep(seconds, rate, channels)
    soundfile.write(file, signal, rate, format="MP3", bitrate_mode=mode, compression_level=0.6)
    return file.getvalue()


def frames(data: bytes) -> list[tuple[int, int]]:
    return [(at, size) for at, size, _ in MpegFrames(data)]


def without_info(data: bytes) -> bytes:
    """The frames of sound alone, as ffmpeg writes them to a pipe."""
    return b"".join(data[at : at + size] for at, size in frames(data)[1:])


def read(data: bytes, n_frames: int = 65_536) -> tuple[NDArray[np.float32], str | None]:
    with open_stream(data) as stream:
        blocks = list(stream.blocks(n_frames))
        return np.concatenate(blocks), stream.missing


def id3(size: int) -> bytes:
    parts = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + parts + RNG.bytes(size)


def ape(size: int, *, with_header: bool) -> bytes:
    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<4I", 2000, size + 32, 1, flags) + bytes(8)

    return (end(0xA000_0000) if with_header else b"") + RNG.bytes(size) + end(0x8000_0000)


ID3V1 = b"TAG" + bytes(125)
LYRICS = b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200"
PLAIN = mp3()


@pytest.mark.parametrize(
    ("name", "frames_", "rate"),
    [  # the lengths of `ffmpeg -i NAME -f f32le -`
        ("mp3_vbr_without_xing.mp3", 89_856, 44_100),
        ("mp3_lame_without_tag.mp3", 17_280, 16_000),
    ],
)
def test_a_file_without_a_length_is_read_to_its_end(name: str, frames_: int, rate: int) -> None:
    with open_stream(CASES / name) as stream:
        assert (stream.rate, stream.channels, stream.frames_hint) == (rate, 1, None)
        assert sum(map(len, stream.blocks())) == frames_
        assert stream.missing is None


def test_a_cover_picture_is_not_taken_for_sound() -> None:
    sound = (CASES / "mp3_lame_without_tag.mp3").read_bytes()
    plain, _ = read(sound)
    for size in (70_000, 3_000_000):
        samples, missing = read(id3(size) + sound)
        assert missing is None
        assert np.array_equal(samples, plain)


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_delay_and_padding_of_the_encoder_are_removed(rate: int, mode: str) -> None:
    for channels in (1, 2):
        samples, missing = read(mp3(0.7, rate, channels, mode))
        expected = sweep(0.7, rate, channels)
        assert samples.shape == expected.shape
        assert missing is None
        assert np.corrcoef(samples[:, 0], expected[:, 0])[0, 1] > 0.99


def test_blocks_of_any_size_hold_the_same_samples() -> None:
    samples, _ = read(PLAIN)
    for n_frames in (1, 577, 10_000):
        assert np.array_equal(read(PLAIN, n_frames)[0], samples)


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_without_a_xing_header_nothing_is_lost(mode: str) -> None:
    whole = mp3(3.0, mode=mode)
    samples, missing = read(without_info(whole))
    assert len(samples) == 576 * (len(frames(whole)) - 1)
    assert missing is None


@pytest.mark.parametrize("claim", [1, 20, 2**31])
def test_the_length_in_a_xing_header_changes_no_sample(claim: int) -> None:
    data = bytearray(PLAIN)
    at = data.index(b"Info") + 8
    counted = int.from_bytes(data[at : at + 4], "big")
    data[at : at + 4] = claim.to_bytes(4, "big")
    samples, missing = read(bytes(data))
    assert len(samples) >= 16_000
    assert (missing is not None) == (claim > counted)


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(id3(300), id="ID3v2"),
        pytest.param(ID3V1, id="ID3v1"),
        pytest.param(ape(400, with_header=True), id="APE"),
        pytest.param(ape(400, with_header=False), id="APE without header"),
        pytest.param(LYRICS, id="Lyrics3"),
        pytest.param(ape(90, with_header=True) + ID3V1 + id3(30), id="three tags"),
    ],
)
def test_joined_files_are_read_whole(between: bytes) -> None:
    one = without_info(PLAIN)
    whole, missing = read(between.join([PLAIN] * 3) + between)
    assert len(whole) == 3 * 576 * len(frames(one)) - (576 + 529)  # as ffmpeg
    assert missing is None
    piece, _ = read(one)
    middle = whole[len(piece) - 1_105 :][: len(piece)]
    assert np.abs(middle[3_000:9_000] - piece[3_000:9_000]).max() < 1e-5


def test_joined_files_of_other_formats_are_converted() -> None:
    other = mp3(1.0, 44_100, 2)
    for data, rate, channels in ((PLAIN + other, 16_000, 1), (other + PLAIN, 44_100, 2)):
        with open_stream(data) as stream:
            assert (stream.rate, stream.channels) == (rate, channels)
            samples = np.concatenate(list(stream.blocks()))
            assert stream.missing is None
        assert len(samples) / rate == pytest.approx(2.0, abs=0.25)
        for second in (0.5, 1.5):
            part = samples[round(second * rate) :][: rate // 8]
            assert np.sqrt(np.mean(part**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_a_file_cut_within_a_frame_gives_what_is_whole_and_says_so() -> None:
    sound = without_info(PLAIN)
    ends = [at + size for at, size in frames(sound)]
    for cut in (ends[9] + 1, ends[9] + 50, ends[10] - 1):
        samples, missing = read(sound[:cut])
        assert len(samples) == 10 * 576
        assert missing == "the file ends within a frame"
    samples, missing = read(sound[: ends[9]])
    assert (len(samples), missing) == (10 * 576, None)


def test_a_xing_header_tells_that_a_file_is_cut_between_frames() -> None:
    at, size = frames(PLAIN)[12]
    warnings = decode(PLAIN[: at + size]).warnings
    assert [warning.code for warning in warnings] == ["truncated"]
    assert "12 are there" in warnings[0].message


def test_what_stands_between_the_frames_is_passed_over_and_told_if_sound_may_be_lost() -> None:
    sound = without_info(PLAIN)
    at, _ = frames(sound)[10]
    clean, _ = read(sound)
    samples, missing = read(sound[:at] + RNG.bytes(700) + sound[at:])
    assert np.array_equal(samples, clean)
    assert missing == "the file has 700 bytes outside of frames of sound"
    whole = frames(PLAIN)[10][0]
    assert read(PLAIN[:whole] + bytes(700) + PLAIN[whole:])[1] is None  # all frames are there


def test_padding_behind_the_last_frame_is_not_missing_sound() -> None:
    sound = without_info(PLAIN)
    samples, missing = read(sound + bytes(5_000))
    assert (len(samples), missing) == (576 * len(frames(sound)), None)


@pytest.mark.parametrize("behind", [bytes(9_000), id3(9_000), ID3V1, ape(9_000, with_header=True)])
def test_what_stands_behind_the_frames_does_not_bring_the_padding_back(behind: bytes) -> None:
    samples, missing = read(PLAIN + behind)
    assert np.array_equal(samples, read(PLAIN)[0])
    assert missing is None


@pytest.mark.parametrize("front", [bytes(1_000), RNG.bytes(900), b"ID3\x03\0\0\x7f\x7f\x7f\x7f"])
def test_frames_are_found_behind_anything(front: bytes) -> None:
    assert np.array_equal(read(front + PLAIN)[0], read(PLAIN)[0])


def test_a_recorded_stream_begins_within_a_frame() -> None:
    sound = without_info(PLAIN)
    samples, _ = read(sound[100:])
    assert len(samples) == 576 * (len(frames(sound)) - 1)


def test_one_frame_is_enough() -> None:
    at, size = frames(PLAIN)[1]
    samples, missing = read(PLAIN[at : at + size])
    assert (samples.shape, missing) == ((576, 1), None)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfb" + bytes(100),
        b"ID3" + bytes(50),
        PLAIN[:50],
        b"\xff" * 5_000,
        b"TAG" + bytes(200),
    ],
)
def test_a_file_without_a_frame_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableAudioError):
        decode(data)
    assert measure(data) == 0.25


def test_damaged_frames_write_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    seeds = [PLAIN, mp3(0.5, 44_100, 2), mp3(0.5, 22_050, 2, "VARIABLE")]
    for number in range(200):
        data = bytearray(seeds[number % 3])
        for at in RNG.integers(0, len(data), 30):
            data[at] = RNG.integers(256)
        try:
            samples, _ = read(bytes(data))
        except AudioError:
            continue
        assert np.isfinite(samples).all()
    assert capfd.readouterr() == ("", "")


def test_work_is_counted_by_frames_and_not_by_what_a_header_claims() -> None:
    data = bytearray(mp3(4.0))
    at = data.index(b"Info") + 8
    for claim in (1, 2**31):
        data[at : at + 4] = claim.to_bytes(4, "big")
        assert measure(bytes(data)) == pytest.approx(4.0, abs=0.2)
        assert decode(bytes(data)).duration_s == pytest.approx(4.0, abs=0.2)


def test_decoding_stops_when_the_limit_is_passed() -> None:
    second = without_info(PLAIN)
    with pytest.raises(TooLongAudioError, match="more than 30 s"):
        decode(second * 60)
    assert measure(second * 60) == pytest.approx(30.0)


def test_a_header_of_each_version_and_layer_is_read() -> None:
    sizes = {0xFFFB9064: 417, 0xFFF39064: 144 * 80 // 22.05 // 2, 0xFFE39064: 522, 0xFFFD9064: 522}
    for head, size in sizes.items():
        header = read_header(head.to_bytes(4, "big"))
        assert header is not None
        assert header.size == int(size)
    for head in (0xFFFBF064, 0xFFFB9C64, 0xFFEB9064, 0xFFF99064, 0x52494646):
        assert read_header(head.to_bytes(4, "big")) is None
