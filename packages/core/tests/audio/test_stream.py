"""Recordings of any length are read in blocks, from bytes, files and paths."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, measure, open_stream, wav_bytes
from vocalbaby.audio.base import ByteRange, FileData, Pieces
from vocalbaby.exception import (
    DataNotFoundError,
    EmptyAudioError,
    TooLongAudioError,
    UnreadableAudioError,
)

RNG = np.random.default_rng(7)
NOISE = RNG.uniform(-0.3, 0.3, (30_000, 2)).astype(np.float32)
KINDS = [("WAV", None), ("FLAC", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)]
KINDS += [("AIFF", None), ("CAF", None), ("AU", None), ("WAV", "ULAW"), ("RF64", None)]


def encode(kind: str, subtype: str | None, signal: NDArray[np.float32] = NOISE) -> bytes:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 48_000, 2, subtype, format=kind) as writer:
        for start in range(0, len(signal), 30_000):  # long Vorbis files crash in one piece
            writer.write(signal[start : start + 30_000])
    return file.getvalue()


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_blocks_hold_the_samples_of_the_whole_from_any_source(
    kind: str, subtype: str | None, tmp_path: Path
) -> None:
    data = encode(kind, subtype)
    (path := tmp_path / "recording").write_bytes(data)
    whole, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    with path.open("rb") as file:
        for source in (data, path, str(path), file):
            for n_frames in (977, 65_536):
                with open_stream(source) as stream:
                    assert (stream.rate, stream.channels) == (48_000, 2)
                    blocks = list(stream.blocks(n_frames))
                    assert stream.missing is None
                    assert len(stream.read(10)) == 0
                assert all(0 < len(block) <= n_frames for block in blocks)
                assert np.allclose(np.concatenate(blocks), whole, atol=1e-6)
        assert not file.closed


def test_the_hint_is_what_the_header_says() -> None:
    for kind in ("WAV", "FLAC", "AIFF"):
        with open_stream(encode(kind, None)) as stream:
            assert stream.frames_hint == 30_000


def test_what_cannot_be_opened_has_its_own_error(tmp_path: Path) -> None:
    for path, error in (
        (tmp_path / "nowhere.wav", DataNotFoundError),
        (tmp_path, DataNotFoundError),
    ):
        with pytest.raises(error, match="cannot be read"), open_stream(path):
            pass
    for data in (b"Dear editor", b"PK\x03\x04" + encode("MP3", None), RNG.bytes(9_000)):
        with pytest.raises(UnreadableAudioError, match="not audio"), open_stream(data):
            pass
    with pytest.raises(EmptyAudioError), open_stream(b""):
        pass


def test_a_tag_in_front_of_any_format_is_passed_over() -> None:
    tag = b"ID3\x03\0\0\0\0\x01\x05" + bytes(133)
    for kind in ("WAV", "FLAC", "AIFF", "OGG"):
        data = encode(kind, None)
        assert np.array_equal(decode(tag + data).samples, decode(data).samples)


@pytest.mark.parametrize(("kind", "subtype"), [("WAV", "PCM_16"), ("FLAC", None), ("MP3", None)])
def test_memory_does_not_grow_with_the_recording(
    kind: str, subtype: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "long"
    with soundfile.SoundFile(path, "w", 48_000, 1, subtype, format=kind) as file:
        for _ in range(60):
            file.write(RNG.uniform(-0.3, 0.3, 48_000))
    peaks = []
    for seconds in (5, 60):
        with open_stream(path) as stream:
            tracemalloc.start()
            frames = 0
            for block in stream.blocks(16_384):
                frames += len(block)
                if frames > 48_000 * seconds:
                    break
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000  # a minute is 11 MB


@pytest.mark.parametrize("kind", ["FLAC", "MP3", "OGG"])
def test_a_long_file_is_decoded_only_to_the_limit(kind: str) -> None:
    data = encode(kind, None, np.tile(NOISE, (60, 1)))
    assert measure(data) == 0.25 or measure(data) == pytest.approx(180.0)  # sixfold: stereo, 48 kHz
    tracemalloc.start()
    with pytest.raises(TooLongAudioError):
        decode(data)
    assert tracemalloc.get_traced_memory()[1] < len(data) + 30 * 48_000 * 8 + 2**22
    tracemalloc.stop()


def test_samples_are_float32_with_a_row_for_each_frame() -> None:
    with open_stream(wav_bytes(NOISE, 16_000)) as stream:
        block = stream.read(100)
    assert block.dtype == np.float32
    assert np.array_equal(block, NOISE[:100])


def test_pieces_are_one_file_and_ignore_a_seek_before_the_start() -> None:
    file = FileData(io.BytesIO(b"0123456789"))
    pieces = Pieces([(b"abc", 0, 3), (file, 2, 5), (ByteRange(file, 4, 9), 1, 3)])
    assert pieces.read() == b"abc23456"
    assert pieces.seek(-4, io.SEEK_END) == 4
    assert pieces.seek(-9, io.SEEK_CUR) == 4
    assert pieces.read(3) == b"345"
    assert pieces.read(9) == b"6"
    assert pieces.read(1) == b""
