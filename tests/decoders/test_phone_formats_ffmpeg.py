"""The samples of phone formats are those of the ffmpeg that scripts/ci_setup.sh installs."""

import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.audio import open_stream, write_wav
from vocalbaby.exception import UnreadableAudioError

Samples = NDArray[np.float32]

#: Name of a file, and the options with which ffmpeg encodes it.
ENCODINGS: Final = {
    "aac.m4a": "-c:a aac -b:a 64k",
    "eight_channels.m4a": "-ac 8 -c:a aac",
    "fragmented.mp4": "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof",
    "index_in_front.mp4": "-c:a aac -movflags +faststart",
    "from_the_middle.m4a": "-ss 0.5 -c:a aac",
    "alac.m4a": "-c:a alac",
    "mp3.mp4": "-c:a libmp3lame",
    "opus.mp4": "-c:a libopus",
    "pcm.mov": "-c:a pcm_s16le",
    "alaw.mov": "-c:a pcm_alaw",
    "amr_nb.3gp": "-ar 8000 -ac 1 -c:a libopencore_amrnb",
    "amr_wb.3gp": "-ar 16000 -ac 1 -c:a libvo_amrwbenc",
    "a.amr": "-ar 8000 -ac 1 -c:a libopencore_amrnb",
    "opus.webm": "-c:a libopus",
    "opus_of_16_khz.webm": "-ar 16000 -c:a libopus",
    "opus_60_ms.webm": "-c:a libopus -frame_duration 60",
    "vorbis.webm": "-c:a libvorbis",
    "aac.mkv": "-c:a aac",
    "pcm24.mkv": "-c:a pcm_s24le",
    "flac.mka": "-c:a flac",
    "wma2.wma": "-c:a wmav2",
    "wma1.wma": "-c:a wmav1",
    "a.aac": "-c:a aac -f adts",
    "aac.mts": "-c:a aac -f mpegts",
    "ac3.ts": "-c:a ac3 -f mpegts",
    "mp3.avi": "-c:a libmp3lame",
    "adpcm.avi": "-c:a adpcm_ms",
}
#: Files that ffmpeg writes to a pipe, so that it cannot fill in their lengths.
PIPED: Final = {
    "opus.webm": "-c:a libopus -f webm",
    "aac.mkv": "-c:a aac -f matroska",
    "a.aac": "-c:a aac -f adts",
    "a.wma": "-c:a wmav2 -f asf",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a stereo sweep with noise."""
    rng = np.random.default_rng(0)
    time = np.arange(88_200) / 44_100
    sweep = 0.3 * np.sin(2 * np.pi * np.cumsum(430 + 45 * time) / 44_100)
    both = np.stack([sweep, 0.5 * sweep[::-1]], axis=1) + 0.01 * rng.standard_normal((88_200, 2))
    path = tmp_path_factory.mktemp("source") / "source.wav"
    write_wav(path, both, 44_100, encoding="pcm16")
    return path


def run(*words: object) -> bytes:
    command = ["ffmpeg", "-v", "error", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def reference(path: Path, channels: int) -> Samples:
    command = ["ffmpeg", "-v", "quiet", "-i", str(path), "-vn", "-f", "f32le", "-"]
    out = subprocess.run(command, check=False, capture_output=True, timeout=60).stdout
    return np.frombuffer(out, "<f4").reshape(-1, channels)


def read(path: Path) -> tuple[Samples, str | None]:
    with open_stream(path) as stream:
        return np.concatenate(list(stream.blocks(4096))), stream.missing


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_samples_are_those_of_ffmpeg(source: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    run("-i", source, *ENCODINGS[name].split(), path)
    samples, missing = read(path)
    want = reference(path, samples.shape[1])
    assert samples.shape == want.shape
    assert np.abs(samples - want).max() < 1e-6
    assert missing is None


@pytest.mark.parametrize("name", PIPED)
def test_a_file_from_a_pipe_is_read_to_its_end(source: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(run("-i", source, *PIPED[name].split(), "-"))
    samples, missing = read(path)
    assert samples.shape == reference(path, samples.shape[1]).shape
    assert missing is None


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_cut_file_is_told_and_read_as_far_as_it_goes(
    source: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    run("-i", source, *ENCODINGS[name].split(), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10 + 1])
    if b"moov" not in path.read_bytes() and path.suffix in {".m4a", ".mp4", ".mov", ".3gp"}:
        with pytest.raises(UnreadableAudioError, match="moov"):  # the index, written last
            read(path)
        return
    samples, missing = read(path)
    assert missing
    assert len(samples) == len(reference(path, samples.shape[1]))


def test_the_sound_of_a_video_is_read(source: Path, tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=d=2:s=64x64:r=10")
    run(*picture, "-i", source, "-c:v", "mpeg4", "-c:a", "aac", tmp_path / "video.mp4")
    samples, missing = read(tmp_path / "video.mp4")
    assert samples.shape == reference(tmp_path / "video.mp4", samples.shape[1]).shape
    assert missing is None
    run(*picture, "-c:v", "mpeg4", tmp_path / "silent.mp4")
    with pytest.raises(UnreadableAudioError, match="without sound"):
        read(tmp_path / "silent.mp4")


def test_joined_files_of_other_rates_are_read_whole(source: Path, tmp_path: Path) -> None:
    joined = tmp_path / "joined.aac"
    parts = [
        run("-i", source, "-ar", rate, "-ac", channels, "-c:a", "aac", "-f", "adts", "-")
        for rate, channels in ((44_100, 1), (16_000, 2))
    ]
    joined.write_bytes(b"".join(parts))
    samples, missing = read(joined)
    want = reference(joined, 1)
    assert samples.shape == want.shape
    assert missing is None
