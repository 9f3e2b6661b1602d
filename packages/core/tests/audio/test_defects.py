"""Digital silence, hum, clipping and cancelling channels: removed or avoided, with a warning."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.audio.limits import AudioLimits
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import NonFiniteAudioError, SilentAudioError

Samples = NDArray[np.float32]

RATE = 16_000
STEP = np.float32(2**-15)


@cache
def voices() -> tuple[Samples, ...]:
    """Synthetic clips of all classes, without digital silence or low frequencies."""
    config = SyntheticConfig(n_children=2, clips_per_child=12, seed=3)
    clips = [audio.from_samples(clip.samples, RATE) for clip in generate(config)]
    return tuple(clip.samples for clip in clips if not codes(clip))


def voice() -> Samples:
    """A harmonic sound of 0.5 s with noise, which starts and ends at once."""
    time = np.arange(8_000) / RATE
    rng = np.random.default_rng(5)
    k = np.arange(1, 8)[:, None]
    sound = np.sum(np.sin(2 * np.pi * 430 * k * time + k) / k, axis=0)
    return np.asarray(0.15 * sound + 0.01 * rng.normal(size=8_000), np.float32)


def codes(clip: Clip) -> list[str]:
    return [warning.code for warning in clip.warnings]


def padded(sound: Samples, start: Samples | int, end: Samples | int) -> Samples:
    sides = [np.zeros(s, np.float32) if isinstance(s, int) else s for s in (start, end)]
    return np.concatenate([sides[0], sound, sides[1]]).astype(np.float32)


def hum(hz: float, db: float, n: int) -> Samples:
    """A sine whose level is so many dB above that of the sound of ``voice``."""
    amplitude = float(np.sqrt(2) * voice().std() * 10 ** (db / 20))
    sine: Samples = np.sin(2 * np.pi * hz * np.arange(n) / RATE + 1).astype(np.float32)
    return amplitude * sine


@pytest.mark.parametrize("start_s", [0.0, 0.02, 0.1, 0.25, 1.0])
@pytest.mark.parametrize("end_s", [0.0, 0.25, 0.5])
def test_zeros_at_the_ends_are_left_out(start_s: float, end_s: float) -> None:
    start, end = int(start_s * RATE), int(end_s * RATE)
    clip = audio.from_samples(padded(voice(), start, end), RATE)
    assert clip.samples.tobytes() == voice().tobytes()
    assert clip.duration_s == (start + 8_000 + end) / RATE
    assert codes(clip) == (["digital_silence"] if start or end else [])


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_zeros_are_left_out_before_a_clip_is_resampled(rate: int) -> None:
    plain = audio.from_samples(voice(), rate)
    clip = audio.from_samples(padded(voice(), rate // 4, rate // 10), rate)
    assert clip.samples.tobytes() == plain.samples.tobytes()


def test_a_file_is_trimmed_as_an_array_is() -> None:
    sound = padded(np.round(voice() / STEP).astype(np.float32) * STEP, 4_000, 1_600)
    clip = audio.decode(audio.wav_bytes(sound, RATE))
    assert clip.samples.tobytes() == audio.from_samples(sound, RATE).samples.tobytes()
    assert len(clip.samples) == 8_000
    assert clip.warnings[0].message == "0.35 s of digital silence at the ends were left out."


def test_silence_with_an_offset_dither_and_the_tail_of_a_codec_are_left_out() -> None:
    rng = np.random.default_rng(1)
    dither = (rng.integers(-1, 2, 3_200) * STEP).astype(np.float32)
    tail = (1e-5 * rng.normal(size=3_200) * np.exp(-np.arange(3_200) / 400)).astype(np.float32)
    offset: Samples = np.full(3_200, 0.125, np.float32)
    for side in (offset, dither, tail[::-1]):
        clip = audio.from_samples(padded(voice(), side, side[::-1]), RATE)
        assert 8_000 <= len(clip.samples) < 8_400
        assert codes(clip)[0] == "digital_silence"


def test_short_zeros_and_quiet_noise_stay() -> None:
    rng = np.random.default_rng(1)
    noise = (rng.integers(-3, 4, 3_200) * STEP).astype(np.float32)
    for side in (np.zeros(319, np.float32), noise, noise[:400] / np.float32(3)):
        sound = padded(voice(), side, side)
        clip = audio.from_samples(sound, RATE)
        assert clip.samples.tobytes() == sound.tobytes()
        assert not codes(clip)


def test_zeros_inside_a_clip_stay() -> None:
    sound = np.concatenate([voice(), np.zeros(8_000, np.float32), voice()])
    clip = audio.from_samples(sound, RATE)
    assert clip.samples.tobytes() == sound.tobytes()


def test_silence_alone_is_refused_and_a_click_in_silence_is_kept_whole() -> None:
    with pytest.raises(SilentAudioError):
        audio.from_samples(np.zeros(8_000), RATE)
    click = padded(voice()[:80], 4_000, 4_000)
    clip = audio.from_samples(click, RATE)
    assert clip.samples.tobytes() == click.tobytes()
    assert codes(clip) == ["digital_silence", "short"]
    assert clip.warnings[0].message == "Only 5 ms of the clip are not digital silence."
    limits = AudioLimits(min_s=0.004)
    assert len(audio.from_samples(click, RATE, limits=limits).samples) == 80


def test_the_warnings_of_length_are_about_the_sound() -> None:
    assert "short" in codes(audio.from_samples(padded(voice()[:1_200], 8_000, 0), RATE))
    assert "long" not in codes(audio.from_samples(padded(voice(), 80_000, 0), RATE))


@pytest.mark.parametrize("hz", [40.0, 50.0, 60.0])
@pytest.mark.parametrize("db", [-10.0, 0.0, 20.0])
def test_hum_is_removed(hz: float, db: float) -> None:
    sound = voice() + hum(hz, db, 8_000)
    clip = audio.from_samples(0.05 * sound, RATE)
    assert codes(clip) == ["low_frequency_noise"]
    left = clip.samples - 0.05 * voice()
    error_db = 20 * np.log10(left[800:-800].std() / (0.05 * voice()).std())
    assert error_db < max(-30.0, db - 40)
    share = 10 ** (db / 10) / (1 + 10 ** (db / 10))
    assert f"{share:.0%} of the energy" in clip.warnings[0].message or db < 0


def test_weak_hum_an_offset_and_a_low_voice_are_left_as_they_are() -> None:
    time = np.arange(8_000) / RATE
    low_voice = 0.3 * np.sin(2 * np.pi * 110 * time) + 0.2 * np.sin(2 * np.pi * 330 * time)
    for sound in (voice() + hum(50, -20, 8_000), 0.1 * voice() + np.float32(0.5), low_voice):
        clip = audio.from_samples(sound, RATE)
        assert clip.samples.tobytes() == sound.astype(np.float32).tobytes()
        assert not codes(clip)


def test_hum_beyond_full_scale_and_hum_alone_give_a_clip() -> None:
    clip = audio.from_samples(voice() + hum(50, 30, 8_000), RATE)
    assert np.abs(clip.samples).max() <= 1
    assert "low_frequency_noise" in codes(clip)
    alone = np.sin(2 * np.pi * 20 * np.arange(RATE) / RATE)
    assert np.ptp(audio.from_samples(alone, RATE).samples) > 1.9


@pytest.mark.parametrize("gain", [1.0, 0.4, 0.05])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_flat_tops_are_found_at_any_level(gain: float, rate: int) -> None:
    for sound in (voice(), *voices()):
        loud = 2 * sound / np.abs(sound).max()
        flat = np.round(gain * 32767 * np.clip(loud, -1, 1)) / 32768
        share = np.mean(np.abs(loud) > 1)
        found = "clipped" in codes(audio.from_samples(flat, rate))
        assert found == (share > 0.005) or 0.003 < share < 0.012


def test_one_clipped_side_with_an_offset_and_one_clipped_channel_are_found() -> None:
    one_side = np.minimum(voice(), 0.1) + 0.2
    assert codes(audio.from_samples(one_side, RATE)) == ["clipped"]
    stereo = np.stack([voice(), np.clip(3 * voice(), -0.2, 0.2)], axis=1)
    assert codes(audio.from_samples(stereo, RATE)) == ["clipped"]


@pytest.mark.parametrize("hz", [120.0, 440.0, 3000.7])
@pytest.mark.parametrize("amplitude", [0.9, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("scale", [32768, 128])
def test_a_sine_and_coarse_steps_are_not_called_clipped(
    hz: float, amplitude: float, scale: int
) -> None:
    sine = amplitude * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE)
    quantized = np.round(np.clip(sine, -1, 1 - 1 / scale) * scale) / scale
    if np.ptp(quantized):
        assert "clipped" not in codes(audio.from_samples(quantized, RATE))


def test_a_click_over_a_quiet_recording_is_not_called_clipped() -> None:
    quiet = (np.random.default_rng(0).integers(-3, 4, 8_000) * STEP).astype(np.float32)
    quiet[100] = 0.9
    assert "clipped" not in codes(audio.from_samples(quiet, RATE))


def stereo_cases() -> dict[str, Samples]:
    left = voice()
    rng = np.random.default_rng(2)
    noise = (0.3 * left.std() * rng.normal(size=8_000)).astype(np.float32)
    bump = hum(50, 0, 8_000)
    return {
        "inverted": np.stack([left, -left], axis=1),
        "inverted, louder": np.stack([left, -1.5 * left], axis=1),
        "inverted, with noise": np.stack([left, -left + noise], axis=1),
        "inverted, first with noise": np.stack([-left + noise, left], axis=1),
        "inverted, with an offset": np.stack([left, 0.3 - left], axis=1),
        "inverted and clipped": np.stack([left, -np.clip(1.5 * left, -0.3, 0.3)], axis=1),
        "of four, two dead": np.stack([0 * left, left, 0 * left, -left], axis=1),
        "inverted under common hum": np.stack([left + bump, bump - left], axis=1),
    }


@pytest.mark.parametrize("name", stereo_cases())
def test_of_channels_that_cancel_the_better_one_is_used(name: str) -> None:
    clip = audio.from_samples(stereo_cases()[name], RATE)
    (warning,) = [w for w in clip.warnings if w.code == "channels_cancel"]
    assert "many_channels" not in codes(clip)
    assert np.corrcoef(np.abs(clip.samples[800:-800]), np.abs(voice()[800:-800]))[0, 1] > 0.99
    assert warning.message.endswith(" was used.")


def test_the_channel_that_was_used_is_named() -> None:
    clip = audio.from_samples(stereo_cases()["inverted, first with noise"], RATE)
    assert clip.samples.tobytes() == voice().tobytes()
    message = "The 2 channels cancel each other; only channel 2 was used."
    assert [(w.code, w.message) for w in clip.warnings] == [("channels_cancel", message)]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("first", [1.0, -1.0])
@pytest.mark.parametrize("every_s", [0.5, 0.25, 0.2])
def test_of_channels_that_cancel_a_part_of_the_time_one_is_used(
    rate: int, first: float, every_s: float
) -> None:
    left = np.tile(voice(), 6)[:rate]
    sign = first * (1 - 2 * (np.arange(rate) / rate // every_s % 2)).astype(np.float32)
    clip = audio.from_samples(np.stack([left, sign * left], axis=1), rate)
    alone = [audio.from_samples(channel, rate).samples for channel in (left, sign * left)]
    assert clip.samples.tobytes() in {channel.tobytes() for channel in alone}
    assert [code for code in codes(clip) if code != "low_rate"] == ["channels_cancel"]


def test_the_channel_that_is_used_has_the_sound_of_the_whole_clip() -> None:
    left = np.tile(voice(), 2)
    right = -left
    right[:8_000] = 0
    for frames in (np.stack([left, right], axis=1), np.stack([right, left], axis=1)):
        assert audio.from_samples(frames, RATE).samples.tobytes() == left.tobytes()


def test_a_short_stretch_of_cancelling_channels_at_the_end_is_not_left_out() -> None:
    left = np.tile(voice(), 4)
    right = left.copy()
    right[-1_000:] *= -1
    silence = np.zeros((4_000, 2), np.float32)
    both = np.stack([left, right], axis=1)
    clip = audio.from_samples(np.concatenate([silence, both, silence]), RATE)
    assert codes(clip) == ["digital_silence"]
    assert clip.samples.tobytes() == both.mean(axis=1, dtype=np.float32).tobytes()
    dead = audio.from_samples(padded_stereo(voice()), RATE)
    assert dead.samples.tobytes() == (voice() * np.float32(0.5)).tobytes()


def padded_stereo(sound: Samples) -> Samples:
    """The sound in one channel, and nothing in the other, with zeros at the ends."""
    one = padded(sound, 4_000, 4_000)
    return np.stack([one, 0 * one], axis=1)


@pytest.mark.parametrize("n_channels", [2, 3, 8])
def test_ordinary_channels_keep_their_mean_in_every_bit(n_channels: int) -> None:
    rng = np.random.default_rng(0)
    gains = rng.uniform(0.2, 1.0, n_channels)
    noise = 0.05 * rng.normal(size=(8_000, n_channels))
    frames = (voice()[:, None] * gains + noise).astype(np.float32)
    for channels in (frames, noise.astype(np.float32), frames * (np.arange(n_channels) == 1)):
        clip = audio.from_samples(channels, RATE)
        expected = channels.astype(np.float32).mean(axis=1, dtype=np.float32)
        assert clip.samples.tobytes() == expected.tobytes()
        assert "channels_cancel" not in codes(clip)


def test_silent_and_infinite_channels_are_refused_as_before() -> None:
    with pytest.raises(SilentAudioError):
        audio.from_samples(np.stack([np.zeros(8_000), np.full(8_000, 0.1)], axis=1), RATE)
    broken = np.stack([voice(), -voice()], axis=1)
    for value in (np.nan, np.inf):
        broken[100] = value
        with pytest.raises(NonFiniteAudioError):
            audio.from_samples(broken, RATE)
