"""Decoding: every format gives the same clip, and every fault has its own error."""

import contextlib
import io
import struct
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vocalbaby.audio import AudioLimits, decode, load, measure
from vocalbaby.exception import (
    AudioError,
    DataNotFoundError,
    EmptyAudioError,
    NonFiniteAudioError,
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UnreadableAudioError,
)

RATE = 16_000


def tone(seconds: float = 0.4, rate: int = RATE, hertz: float = 440.0) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def encode(
    samples: NDArray[np.float64], rate: int = RATE, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def codes(data: bytes) -> list[str]:
    return [warning.code for warning in decode(data).warnings]


@pytest.mark.parametrize(
    ("kind", "subtype", "tolerance"),
    [
        ("WAV", "PCM_U8", 2**-7),
        ("WAV", "PCM_16", 2**-14),
        ("WAV", "PCM_24", 2**-22),
        ("WAV", "PCM_32", 2**-22),
        ("WAV", "FLOAT", 2**-22),
        ("WAV", "DOUBLE", 2**-22),
        ("WAVEX", "PCM_24", 2**-22),
        ("WAV", "ULAW", 0.02),
        ("RF64", "PCM_16", 2**-14),
        ("FLAC", "PCM_16", 2**-14),
        ("AIFF", "PCM_16", 2**-14),
        ("CAF", "PCM_16", 2**-14),
        ("AU", "PCM_16", 2**-14),
        ("OGG", "VORBIS", 0.05),
        ("OGG", "OPUS", 0.1),
        ("MP3", None, 0.1),
    ],
)
def test_every_format_gives_the_same_samples(
    kind: str, subtype: str | None, tolerance: float
) -> None:
    clip = decode(encode(tone(), kind=kind, subtype=subtype))
    assert clip.samples.dtype == np.float32
    assert len(clip.samples) == pytest.approx(0.4 * RATE, rel=0.01)
    middle = slice(1600, 4800)
    assert np.abs(clip.samples[middle] - tone()[middle]).max() <= tolerance


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_16_khz(rate: int) -> None:
    clip = decode(encode(tone(rate=rate), rate))
    assert clip.duration_s == pytest.approx(0.4, abs=1e-3)
    assert clip.source_rate == rate
    middle = slice(1600, 4800)
    assert np.abs(clip.samples[middle] - tone()[middle]).max() < 2e-3
    assert ("low_rate" in [w.code for w in clip.warnings]) == (rate < RATE)


def test_frequencies_above_8_khz_are_removed_without_aliasing() -> None:
    t = np.arange(19_200) / 48_000
    both = tone(rate=48_000) + 0.4 * np.sin(2 * np.pi * 12_000 * t)
    middle = slice(1600, 4800)
    samples = decode(encode(both, 48_000)).samples
    assert np.abs(samples[middle] - tone()[middle]).max() < 2e-3


def test_float_audio_beyond_full_scale_is_scaled_down() -> None:
    loud = decode(encode(tone() * 9, subtype="FLOAT")).samples
    assert np.allclose(loud, tone() / np.abs(tone()).max(), atol=1e-3)
    assert np.abs(loud).max() <= 1


def test_channels_are_averaged() -> None:
    stereo = np.column_stack([tone(), np.zeros(6400)])
    assert np.allclose(decode(encode(stereo)).samples, tone() / 2, atol=1e-4)
    many = np.tile(tone()[:, None], 32)
    assert codes(encode(many)) == ["many_channels"]


def test_own_reader_and_soundfile_give_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"):
        data = encode(rng.uniform(-1, 1, 999), subtype=subtype)
        expected, _ = soundfile.read(io.BytesIO(data), dtype="float32")
        assert np.array_equal(decode(data).samples, expected), subtype


def wav_header(rate: int = RATE, channels: int = 1, bits: int = 16, size: int = 6400) -> bytes:
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, bits)
    return (b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", 16) + fmt) + (
        b"data" + struct.pack("<I", size)
    )


NOISE = np.random.default_rng(0).integers(-9000, 9000, 3200, dtype="<i2").tobytes()


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", EmptyAudioError, "0 bytes"),
        (wav_header(size=0), EmptyAudioError, "no samples"),
        (b"Dear editor, here is the recording.", UnreadableAudioError, "text"),
        (b"\x00\x00\x00\x20ftypM4A ", UnreadableAudioError, "MP4/M4A"),
        (b"\x1a\x45\xdf\xa3....", UnreadableAudioError, "WebM"),
        (bytes(range(128, 255)), UnreadableAudioError, "unknown format"),
        (wav_header()[:30], UnreadableAudioError, "cut short"),
        (wav_header()[:36], UnreadableAudioError, "no data chunk"),
        (wav_header(rate=0) + NOISE, UnreadableAudioError, "0 Hz"),
        (wav_header(rate=1) + NOISE, UnreadableAudioError, "1 Hz"),
        (wav_header(channels=0) + NOISE, UnreadableAudioError, "0 channels"),
        (wav_header(channels=500, size=64000) + bytes(64000), UnreadableAudioError, "500 channels"),
        (b"fLaC" + bytes(100), UnreadableAudioError, "damaged"),
        (b"\xff\xfb" + bytes(100), UnreadableAudioError, "damaged"),
        (encode(tone(0.005)), TooShortAudioError, "5.0 ms"),
        (encode(tone(31.0)), TooLongAudioError, "31.0 s"),
        (encode(tone(31.0), kind="FLAC"), TooLongAudioError, "31.0 s"),
        (encode(np.zeros(6400)), SilentAudioError, "silent"),
        (encode(np.full(6400, 0.4)), SilentAudioError, "silent"),
        (encode(np.full(6400, 0.4), 48_000), SilentAudioError, "silent"),
        (encode(np.full(6400, np.nan), subtype="FLOAT"), NonFiniteAudioError, "NaN"),
        (encode(np.full(6400, 1e300), subtype="DOUBLE"), NonFiniteAudioError, "NaN"),
        (encode(tone() * 6e38, 8_000, subtype="FLOAT"), NonFiniteAudioError, "NaN"),
    ],
)
def test_each_fault_raises_its_own_error(data: bytes, error: type[AudioError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        decode(data)
    assert type(caught.value) is error
    assert caught.value.hint


def test_unusual_clips_carry_a_warning() -> None:
    assert codes(encode(tone())) == []
    assert codes(encode(tone(0.03))) == ["short"]
    assert codes(encode(tone(6.0))) == ["long"]
    assert codes(encode(tone() / 1000)) == ["quiet"]
    assert codes(encode(np.clip(tone() * 9, -1, 1))) == ["clipped"]
    assert codes(encode(tone() * 9, subtype="FLOAT")) == ["over_full_scale"]
    assert codes(encode(tone())[:-3200]) == ["truncated"]
    assert codes(encode(tone())[: 44 + 6401]) == ["truncated"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode(tone())[:44], "promises 0.40 s"),
        (encode(tone(), kind="OGG", subtype="OPUS")[:-50], "the file ends"),
    ],
)
def test_a_file_cut_before_its_first_samples_says_so(data: bytes, words: str) -> None:
    with pytest.raises(EmptyAudioError, match=f"can be read: .*{words}"):
        decode(data)


def test_a_wav_file_written_to_a_pipe_is_read_to_its_end() -> None:
    data = bytearray(encode(tone()))
    data[40:44] = b"\xff\xff\xff\xff"
    clip = decode(bytes(data))
    assert clip.warnings == ()
    assert len(clip.samples) == 6400


def test_a_long_clip_is_refused_before_it_is_decoded() -> None:
    data = encode(np.tile(tone(10.0), 60), kind="FLAC")
    tracemalloc.start()
    with pytest.raises(TooLongAudioError, match="600"):
        decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(data) + 2**20  # decoded it would be 38 MB


def test_a_small_file_of_very_many_samples_is_refused_before_it_is_decoded() -> None:
    data = encode(np.zeros((29 * 96_000, 8)) + 0.1, 96_000, kind="FLAC")
    assert len(data) < 2**20
    loose = AudioLimits(max_samples=29 * 96_000 * 8)
    with pytest.raises(SilentAudioError):
        decode(data, limits=loose)
    tracemalloc.start()
    with pytest.raises(TooLongAudioError, match="22272000 samples"):
        decode(data, limits=AudioLimits(max_samples=29 * 96_000 * 8 - 1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(data) + 2**20  # decoded it would be 89 MB


def test_decoding_writes_nothing_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        decode(encode(tone(rate=44_100), 44_100, kind=kind))


def test_a_seek_before_the_start_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """libsndfile makes such a seek on some damaged files."""
    faults: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", faults.append)
    data = encode(tone(), kind="AIFF")
    for at in range(4, 60):
        for value in (b"\x80", b"\xff"):
            with contextlib.suppress(AudioError):
                decode(data[:at] + 4 * value + data[at + 4 :])
    assert faults == []


def test_load_names_the_file_and_its_limits(tmp_path: Path) -> None:
    file = tmp_path / "cry.wav"
    file.write_bytes(encode(tone()))
    assert load(file).name == "cry.wav"
    assert np.array_equal(load(file).samples, decode(file.read_bytes()).samples)
    with pytest.raises(DataNotFoundError, match=r"nowhere\.wav"):
        load(tmp_path / "nowhere.wav")
    with pytest.raises(DataNotFoundError):
        load(tmp_path)
    with pytest.raises(TooLongAudioError):
        load(file, limits=AudioLimits(max_bytes=100))


_SEEDS = [
    encode(tone(0.05), kind=kind, subtype=subtype)
    for kind, subtype in (("WAV", None), ("FLAC", None), ("OGG", None), ("MP3", None))
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_damaged_files_give_errors_or_clips_and_never_crash(
    seed: bytes, edits: list[tuple[float, int]], keep: float
) -> None:
    data = bytearray(seed)
    for where, value in edits:
        data[min(int(where * len(data)), len(data) - 1)] = value
    try:
        clip = decode(bytes(data[: int(keep * len(data)) + 1]))
    except AudioError:
        return
    assert np.isfinite(clip.samples).all()
    assert np.abs(clip.samples).max() <= 1.0


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_measure_reads_the_work_from_the_header(kind: str) -> None:
    assert measure(encode(tone(2.0), kind=kind)) == pytest.approx(2.0, abs=0.1)


def test_many_samples_count_as_more_work() -> None:
    stereo = np.stack([tone(2.0, 48_000)] * 2, axis=1)
    assert measure(encode(stereo, 48_000)) == pytest.approx(12.0)
    assert measure(encode(tone(2.0, 8_000), 8_000)) == pytest.approx(2.0)


@pytest.mark.parametrize("data", [b"", b"text", b"RIFF0000WAVE", encode(tone(31.0))])
def test_a_clip_that_will_be_refused_counts_as_little_work(data: bytes) -> None:
    with pytest.raises(AudioError):
        decode(data)
    assert measure(data) == 0.25
