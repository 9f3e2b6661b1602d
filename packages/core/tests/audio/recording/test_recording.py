"""A recording of any length has the samples that a clip would have, in constant memory."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.audio import AudioStream, Defect, Recording, open_recording
from vocalbaby.audio.recording.mixing import Mixer
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

Samples = NDArray[np.float32]


class Given(AudioStream):
    """A stream of given samples, in pieces of given length."""

    def __init__(
        self, frames: Samples, rate: int = 16_000, *, piece: int = 10_007, claim: int | None = None
    ) -> None:
        self.rate, self.channels = rate, frames.shape[1]
        self.frames_hint = claim
        self._frames = frames
        self._piece = piece

    def read(self, n_frames: int) -> Samples:
        n = min(n_frames, self._piece)
        block: Samples = self._frames[:n].copy()
        self._frames = self._frames[n:]
        return block

    def frames_bound(self, _stop: int, /) -> int:
        return len(self._frames)


def voices(seconds: float, rate: int = 16_000, channels: int = 1, seed: int = 0) -> Samples:
    """Something like voices in noise, different in each channel: (n_frames, n_channels)."""
    random = np.random.default_rng(seed)
    n = round(seconds * rate)
    time = np.arange(n) / rate
    tone = np.sin(2 * np.pi * 400 * time + 3 * np.sin(2 * np.pi * 5 * time))
    tone *= 0.2 * np.abs(np.sin(2 * np.pi * 0.7 * time))
    noise = random.normal(0, 0.01, (n, channels))
    sound: Samples = (tone[:, None] + noise).astype(np.float32)
    return sound


def sound_of(recording: Recording) -> Samples:
    return np.concatenate(list(recording.blocks()))


def read(stream: AudioStream) -> tuple[Samples, tuple[Defect, ...]]:
    recording = Recording(stream)
    return sound_of(recording), recording.defects


def kinds(defects: tuple[Defect, ...]) -> list[tuple[str, float, float]]:
    return [(each.kind, each.onset_s, each.offset_s) for each in defects]


def encoded(frames: Samples, rate: int, kind: str, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, frames, rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "rate", "channels"),
    [
        ("WAV", 16_000, 1),
        ("WAV", 44_100, 2),
        ("WAV", 8_000, 1),
        ("W64", 22_050, 3),
        ("AIFF", 48_000, 2),
        ("FLAC", 96_000, 1),
        ("FLAC", 32_000, 2),
        ("OGG", 44_100, 2),
        ("MP3", 44_100, 1),
        ("MP3", 16_000, 2),
    ],
)
def test_has_the_samples_of_a_clip(kind: str, rate: int, channels: int) -> None:
    data = encoded(voices(9.7, rate, channels), rate, kind)
    clip = audio.decode(data)
    assert {warning.code for warning in clip.warnings} <= {"long", "low_rate", "many_channels"}
    with open_recording(data) as recording:
        assert recording.duration_hint_s is None or abs(recording.duration_hint_s - 9.7) < 0.1
        found = sound_of(recording)
        assert recording.duration_s == clip.duration_s
        assert recording.defects == ()
    assert found.dtype == np.float32
    assert np.array_equal(found, clip.samples)


@pytest.mark.parametrize("piece", [1_000, 16_384, 200_000])
def test_does_not_depend_on_the_blocks_of_the_decoder(piece: int) -> None:
    frames = voices(21, 22_050, 2)
    frames[100_000:150_000] = 0
    frames[200_000:, 1] *= -1
    whole, defects = read(Given(frames, 22_050, piece=2**30))
    found, found_defects = read(Given(frames, 22_050, piece=piece))
    assert np.array_equal(found, whole)
    assert found_defects == defects != ()


def test_reads_a_path_and_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(voices(3), 16_000, "FLAC"))
    with open_recording(str(path)) as recording:
        by_path = sound_of(recording)
    with path.open("rb") as file, open_recording(file) as recording:
        assert np.array_equal(sound_of(recording), by_path)


def test_what_holds_no_sound_is_refused() -> None:
    with pytest.raises(UnreadableAudioError), open_recording(b"no sound at all" * 99):
        pass
    header = encoded(np.zeros((0, 1), np.float32), 16_000, "WAV")
    with open_recording(header) as recording, pytest.raises(EmptyAudioError):
        list(recording.blocks())


def test_a_dead_channel_is_left_out_where_it_is_dead() -> None:
    frames = voices(20, channels=2)
    dead = frames.copy()
    dead[64_000:192_000, 1] = 0
    found, defects = read(Given(dead))
    assert kinds(defects) == [("dead_channel", 4.0, 12.0)]
    assert "Channel 2 of 2" in defects[0].message
    both = frames.mean(axis=1)
    assert np.array_equal(found[:64_000], both[:64_000])
    assert np.array_equal(found[64_400:192_000], frames[64_400:192_000, 0])
    assert np.array_equal(found[192_400:], both[192_400:])


def test_where_channels_cancel_the_better_one_is_used() -> None:
    frames = voices(24, channels=2)
    frames[:, 1] = -frames[:, 0] + np.random.default_rng(1).normal(0, 0.02, len(frames))
    frames[:128_000, 1] = frames[:128_000, 0]  # they cancel from 8 s on
    found, defects = read(Given(frames))
    assert defects == ()
    assert np.array_equal(found[:128_000], frames[:128_000].mean(axis=1))
    assert np.array_equal(found[128_400:], frames[128_400:, 0])


def test_one_channel_stays_in_use_where_both_are_as_good() -> None:
    frames = voices(40, channels=1).repeat(2, axis=1) * np.array([1, -1], np.float32)
    random = np.random.default_rng(2)
    for at in range(0, len(frames), 64_000):  # now one has more noise, now the other
        frames[at : at + 64_000, (at // 64_000) % 2] += random.normal(0, 0.01, 64_000)
    found, _ = read(Given(frames))
    used = {channel for channel in (0, 1) if np.array_equal(found, frames[:, channel])}
    assert len(used) == 1


def test_a_change_of_channels_is_faded() -> None:
    tone = (0.3 * np.cos(np.arange(4_000) / 5)).astype(np.float32)
    mixer = Mixer(16_000, 2)
    assert np.array_equal(mixer.mix(np.stack([tone, tone])), tone)
    found = mixer.mix(np.stack([tone, 0 * tone]))
    share = found[:320] / tone[:320]
    assert share == pytest.approx(np.linspace(0.5, 1.0, 322)[1:-1], abs=1e-3)
    assert np.array_equal(found[320:], tone[320:])


@pytest.mark.parametrize(
    ("start", "stop", "marked"),
    [
        (50_000, 51_590, False),  # just below the shortest
        (50_000, 51_600, True),
        (63_000, 65_000, True),  # across the blocks of 4 s
        (10_000, 300_000, True),
        (0, 5_000, True),
        (310_000, 320_000, True),
    ],
)
def test_digital_silence_is_marked(start: int, stop: int, *, marked: bool) -> None:
    frames = voices(20)
    frames[start:stop] = np.float32(0.02)  # a constant, not only zero
    _, defects = read(Given(frames))
    wanted = ("digital_silence", round(start / 16_000, 3), round(stop / 16_000, 3))
    assert kinds(defects) == ([wanted] if marked else [])


def test_silences_that_touch_are_one_and_others_are_not() -> None:
    frames = voices(20)
    for start in (16_000, 19_000, 64_000):
        frames[start : start + 2_400] = 0
    _, defects = read(Given(frames))
    assert kinds(defects) == [("digital_silence", 1.0, 1.337), ("digital_silence", 4.0, 4.15)]


def test_a_quiet_recording_is_no_digital_silence() -> None:
    quiet = (voices(8) * np.float32(0.003)).astype(np.float32)
    assert read(Given(quiet))[1] == ()


def test_clipping_is_marked_in_the_seconds_that_have_it() -> None:
    frames = voices(12)
    frames[32_000:64_000] = np.clip(20 * frames[32_000:64_000], -1, 1)
    frames[96_000:112_000] = np.clip(20 * frames[96_000:112_000], -1, 1)
    _, defects = read(Given(frames))
    assert kinds(defects) == [("clipping", 2.0, 4.0), ("clipping", 6.0, 7.0)]


def test_clipping_of_a_channel_that_is_not_used_is_not_marked() -> None:
    frames = 4 * voices(8, channels=2)
    frames[:, 1] = np.clip(-1.4 * frames[:, 0], -1, 1)
    found, defects = read(Given(frames))
    assert np.array_equal(found, frames[:, 0])
    assert defects == ()


def test_samples_that_are_no_numbers_are_a_gap() -> None:
    frames = voices(8)
    frames[16_000:20_000] = np.nan
    frames[30_000] = np.inf
    found, defects = read(Given(frames))
    assert np.isfinite(found).all()
    assert [each for each in kinds(defects) if each[0] == "gap"] == [
        ("gap", 1.0, 1.25),
        ("gap", 1.875, 1.875),
    ]
    assert np.array_equal(found[40_000:], frames[40_000:, 0])


@pytest.mark.parametrize("value", [1e30, -4e4])
def test_a_damaged_sample_does_not_silence_the_rest(value: float) -> None:
    frames = 0.01 * voices(12)
    whole = frames.copy()
    frames[30_000] = value
    found, defects = read(Given(frames))
    whole[30_000] = 0
    assert np.array_equal(found, whole[:, 0])
    assert kinds(defects) == [("gap", 1.875, 1.875)]


def test_samples_of_another_scale_are_brought_to_full_scale() -> None:
    frames = voices(16) * np.float32(32_768)
    frames[:64_000] /= 8
    found, defects = read(Given(frames))
    assert kinds(defects) == [("over_full_scale", 0.0, 16.0)]
    assert 0.5 < np.abs(found[64_000:]).max() <= 1.0
    assert np.abs(found[:64_000]).max() <= 1.0


def test_a_small_overshoot_of_a_codec_is_kept() -> None:
    frames = voices(4)
    frames[1_000] = 1.2
    found, defects = read(Given(frames))
    assert found[1_000] == np.float32(1.2)
    assert defects == ()


def test_the_end_is_compared_with_the_header() -> None:
    frames = voices(10)
    assert kinds(read(Given(frames, claim=160_000))[1]) == []
    assert kinds(read(Given(frames, claim=165_000))[1]) == []  # less than a second
    assert kinds(read(Given(frames, claim=320_000))[1]) == [("truncated", 10.0, 10.0)]
    assert kinds(read(Given(frames, claim=80_000))[1]) == [("longer_than_header", 5.0, 10.0)]


def test_a_file_that_was_cut_is_truncated() -> None:
    data = encoded(voices(10), 16_000, "WAV")
    with open_recording(data[: len(data) // 2]) as recording:
        sound_of(recording)
        (defect,) = recording.defects
    assert defect.kind == "truncated"
    assert defect.onset_s == pytest.approx(5.0, abs=0.01)
    assert "Sound may be missing" in defect.message


def test_damage_of_unknown_length_is_a_gap_where_it_is() -> None:
    data = bytearray(encoded(voices(20), 16_000, "FLAC"))
    data[8:10] = b"\0\x10"  # the header says that frames differ in size: numbers say no time
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    with open_recording(bytes(data)) as recording:
        n = len(sound_of(recording))
        (defect,) = recording.defects
    assert defect.kind == "gap"
    assert 8 < defect.onset_s == defect.offset_s < 12
    assert 16_000 * 19 < n < 16_000 * 20
    assert "a part of it is damaged" in defect.message
