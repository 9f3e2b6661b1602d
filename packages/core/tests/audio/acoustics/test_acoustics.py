"""Simulated rooms, noises and recorders have the requested properties."""

import numpy as np
import pytest
from pydantic import ValidationError

from vocalbaby.audio.acoustics import CLEAN_RECORDING, RecordingConfig, augment, record
from vocalbaby.audio.acoustics.channel import (
    codec,
    filtered,
    gain_control,
    mu_law,
    overdrive,
    telephone,
)
from vocalbaby.audio.acoustics.noise import add_at_snr, babble, coloured, hum, rms
from vocalbaby.audio.acoustics.room import impulse_response, reverberate

RATE = 16_000

#: Changes only the level of the sound.
CLEAN = CLEAN_RECORDING.model_copy(
    update={"fade_probability": 0.0, "floor_dbfs": (-120, -120), "level_dbfs": (-20, -20)}
)


def rng(seed=0):
    return np.random.default_rng(seed)


def tone(hz, n=8000):
    return np.sin(2 * np.pi * hz * np.arange(n) / RATE).astype(np.float32)


def band_db(samples, low, high):
    """Mean power spectral density of a band in dB."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    f = np.fft.rfftfreq(len(samples), 1 / RATE)
    return 10 * np.log10(power[(f >= low) & (f < high)].mean() + 1e-12)


@pytest.mark.parametrize("rt60", [0.15, 0.4, 0.8])
def test_a_room_decays_by_60_db_in_its_reverberation_time(rt60):
    power = np.mean([impulse_response(rng(i), rt60, 0.0) ** 2 for i in range(20)], axis=0)
    # Schroeder integration; the slope of the diffuse part beyond the early reflections.
    decay = 10 * np.log10(np.cumsum(power[::-1])[::-1])
    t = np.arange(len(power)) / RATE
    part = (t > 0.1 * rt60) & (t < 0.4 * rt60)
    slope = np.polyfit(t[part], decay[part], 1)[0]
    assert -60 / slope == pytest.approx(rt60, rel=0.12)


@pytest.mark.parametrize("ratio_db", [-5.0, 0.0, 12.0])
def test_direct_to_reverberant_ratio(ratio_db):
    response = impulse_response(rng(), 0.3, ratio_db)
    assert response[0] == 1
    assert -10 * np.log10(np.sum(response[1:] ** 2)) == pytest.approx(ratio_db, abs=0.01)


def test_reverberation_keeps_length_and_start():
    response = impulse_response(rng(), 0.3, 5.0)
    click = np.zeros(4000, np.float32)
    click[100] = 1
    wet = reverberate(click, response)
    assert wet.shape == click.shape
    np.testing.assert_allclose(wet[:100], 0, atol=1e-6)
    np.testing.assert_allclose(wet[100:1100], response[:1000], atol=1e-5)


@pytest.mark.parametrize("slope", [0.0, -3.0, -6.0])
def test_noise_has_its_slope(slope):
    noise = coloured(rng(), 2**17, slope)
    octaves = [band_db(noise, low, 2 * low) for low in (125, 250, 500, 1000, 2000, 4000)]
    assert np.polyfit(np.arange(6), octaves, 1)[0] == pytest.approx(slope, abs=0.15)
    assert rms(noise) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("snr", [-10.0, 0.0, 25.0])
def test_noise_is_added_at_the_given_ratio(snr):
    signal = 0.1 * tone(440)
    noisy = add_at_snr(signal, coloured(rng(), len(signal), -3), snr)
    assert 20 * np.log10(rms(signal) / rms(noisy - signal)) == pytest.approx(snr, abs=0.05)


def test_silence_has_no_noise_added():
    assert not add_at_snr(np.zeros(100, np.float32), np.ones(100, np.float32), 10).any()


@pytest.mark.parametrize("make", [hum, babble])
def test_background_sounds_have_unit_level(make):
    assert rms(make(rng(), 8000)) == pytest.approx(1, rel=1e-3)


def test_hum_is_tonal():
    power = np.abs(np.fft.rfft(hum(rng(), 16_000))) ** 2
    assert np.sort(power)[-40:].sum() > 0.95 * power.sum()


def test_filter_applies_its_response():
    both = tone(500) + tone(3000)
    out = filtered(both, lambda f: (f < 1000).astype(np.float32))
    np.testing.assert_allclose(out[500:-500], tone(500)[500:-500], atol=0.03)


def test_telephone_keeps_its_band_only():
    out = telephone(coloured(rng(), 32_000, 0))
    middle = band_db(out, 600, 3000)
    assert middle - band_db(out, 20, 120) > 20
    assert middle - band_db(out, 5500, 8000) > 20


def test_mu_law_keeps_the_sound_within_its_steps():
    sound = 0.3 * tone(440)
    coded = mu_law(sound)
    assert 25 < 20 * np.log10(rms(sound) / rms(coded - sound)) < 45
    assert len(np.unique(coded)) <= 256


def test_codec_drops_what_is_weak():
    sound = tone(1000) + 0.001 * coloured(rng(), 8000, 0)
    coded = codec(rng(), sound)
    assert coded.shape == sound.shape
    assert band_db(coded, 4000, 8000) < band_db(sound, 4000, 8000) - 15
    np.testing.assert_allclose(coded[600:-600], tone(1000)[600:-600], atol=0.02)


def test_gain_control_draws_levels_together():
    sound = tone(440, 16_000)
    sound[8000:] *= 0.1
    levelled = gain_control(rng(), sound)
    assert rms(levelled[:6000]) / rms(levelled[10_000:]) < 0.8 * 10
    # The start is not amplified before the control has measured the level.
    assert np.abs(levelled[:200]).max() < 1.5 * np.abs(levelled[2000:6000]).max()


def test_overdrive_lowers_the_crest():
    sound = tone(440) * np.linspace(0, 1, 8000, dtype=np.float32)
    driven = overdrive(rng(), sound)
    assert np.abs(driven).max() / rms(driven) < np.abs(sound).max() / rms(sound)


@pytest.mark.parametrize("level", [-50.0, -25.0, -12.0])
def test_record_sets_the_level(level):
    config = CLEAN.model_copy(update={"level_dbfs": (level, level)})
    out = record(tone(440), rng(), config)
    assert 20 * np.log10(rms(out)) == pytest.approx(level, abs=0.05)


def test_record_without_effects_only_scales():
    sound = tone(440) + coloured(rng(1), 8000, 0.0)
    out = record(sound, rng(), CLEAN)
    assert np.corrcoef(out[400:-400], sound[400:-400])[0, 1] > 0.9999


def test_record_varies_in_level_by_30_db_and_in_band():
    sound = coloured(rng(), 8000, -3)
    takes = [record(sound, rng(i)) for i in range(200)]
    levels = 20 * np.log10([rms(take) for take in takes])
    assert np.ptp(levels) > 30
    upper = np.array([band_db(t, 4500, 7500) - band_db(t, 500, 2000) for t in takes])
    assert np.percentile(upper, 90) - np.percentile(upper, 10) > 20


@pytest.mark.parametrize("function", [record, augment])
def test_same_seed_same_bits_and_valid_samples(function):
    sound = coloured(rng(), 8000, -3)
    before = sound.copy()
    for seed in range(60):
        out = function(sound, rng(seed))
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 1
        np.testing.assert_array_equal(out, function(sound, rng(seed)))
    np.testing.assert_array_equal(sound, before)


@pytest.mark.parametrize("n", [1, 2, 100, 480])
def test_very_short_and_silent_sounds_come_back_finite(n):
    for seed in range(40):
        for sound in (np.zeros(n, np.float32), np.ones(n, np.float32)):
            assert np.isfinite(record(sound, rng(seed))).all()
            assert len(augment(sound, rng(seed))) >= 1


def test_augment_shifts_pitch_and_crops_within_its_limits():
    sound = tone(1000)
    pitches, lengths = [], []
    for seed in range(40):
        out = augment(sound, rng(seed), CLEAN, rate_change=0.1, crop=0.2)
        spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out)), 65_536))
        pitches.append(spectrum.argmax() * RATE / 65_536)
        lengths.append(len(out))
    assert 895 < min(pitches) < 950
    assert 1050 < max(pitches) < 1105
    assert min(lengths) >= 8000 / 1.1 * 0.8 - 2
    assert max(lengths) <= 8000 / 0.9 + 2


def test_unknown_and_reversed_settings_are_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        RecordingConfig.model_validate({"rt61_s": (0.1, 0.2)})
    with pytest.raises(ValidationError, match="snr_db: the low end"):
        RecordingConfig(snr_db=(20, 10))
    with pytest.raises(ValidationError, match="must be positive"):
        RecordingConfig(rt60_s=(0, 1))


def test_a_long_clip_becomes_a_window_that_is_not_silent():
    long = np.zeros(16_000 * 8, np.float32)
    long[16_000:] = 0.1 * np.random.default_rng(0).standard_normal(16_000 * 7)
    lengths = set()
    for seed in range(30):
        rng = np.random.default_rng(seed)
        cut = augment(long, rng, CLEAN_RECORDING, rate_change=0, crop=0, window_s=(0.3, 1.2))
        lengths.add(len(cut))
        assert 0.3 <= len(cut) / 16_000 <= 1.2
    assert len(lengths) > 20
    short = augment(long[:16_000], np.random.default_rng(0), crop=0, rate_change=0, window_s=(1, 2))
    assert len(short) == 16_000


@pytest.mark.parametrize("effect", ["speech_codec", "suppression"])
def test_record_applies_codecs_and_noise_suppression(effect):
    sound = tone(440) + coloured(rng(1), 8000, 0.0)
    always = CLEAN.model_copy(update={f"{effect}_probability": 1.0})
    out = record(sound, rng(), always)
    assert np.corrcoef(out[400:-400], sound[400:-400])[0, 1] < 0.99
