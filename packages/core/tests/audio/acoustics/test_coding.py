import numpy as np
import pytest
from scipy import signal

from vocalbaby.audio.acoustics.coding import _excitation, speech_codec, suppress_noise
from vocalbaby.audio.acoustics.noise import rms


def voice(n: int = 12_000) -> np.ndarray:
    """Harmonics of 400 Hz up to 8 kHz."""
    t = np.arange(n) / 16_000
    harmonics = [np.sin(2 * np.pi * 400 * k * t + k) / k for k in range(1, 20)]
    tone: np.ndarray = np.sum(harmonics, axis=0)
    return (0.1 * tone).astype(np.float32)


def band_db(samples: np.ndarray, low: float, high: float) -> float:
    hz, power = signal.welch(samples, 16_000, nperseg=1024)
    return float(10 * np.log10(power[(hz >= low) & (hz < high)].sum() + 1e-20))


@pytest.mark.parametrize("seed", range(5))
def test_a_speech_codec_keeps_the_voice_in_its_band(seed: int) -> None:
    sound = voice()
    coded = speech_codec(np.random.default_rng(seed), sound)
    assert coded.dtype == np.float32
    assert coded.shape == sound.shape
    assert band_db(coded, 4_200, 8_000) < band_db(sound, 4_200, 8_000) - 20
    assert abs(band_db(coded, 350, 3_000) - band_db(sound, 350, 3_000)) < 6
    # The pitch stays, and the codec does not shift the sound in time.
    delays = signal.correlate(coded[:4_000], sound[:4_000])
    assert abs(int(delays.argmax()) - 3_999) <= 2


def test_a_speech_codec_does_not_return_the_sound_itself() -> None:
    sound = voice()
    narrow = signal.resample_poly(signal.resample_poly(sound, 1, 2), 2, 1)
    coded = speech_codec(np.random.default_rng(0), sound)
    assert rms((coded - narrow).astype(np.float32)) > 0.02 * rms(sound)


@pytest.mark.parametrize("function", [speech_codec, suppress_noise])
@pytest.mark.parametrize("n", [1, 2, 100, 641])
def test_very_short_sounds_keep_their_length(function, n: int) -> None:
    out = function(np.random.default_rng(0), voice()[:n])
    assert out.shape == (n,)
    assert np.isfinite(out).all()


@pytest.mark.parametrize("function", [speech_codec, suppress_noise])
def test_silence_stays_silent(function) -> None:
    out = function(np.random.default_rng(0), np.zeros(8_000, np.float32))
    assert np.abs(out).max() < 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_noise_suppression_lowers_the_noise_more_than_the_voice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound = np.concatenate([voice(8_000), np.zeros(8_000, np.float32)])
    noise = (0.01 * rng.standard_normal(16_000)).astype(np.float32)
    quiet = suppress_noise(rng, sound + noise)
    assert rms(quiet[10_000:15_000]) < 0.75 * rms(noise)
    assert rms(quiet[1_000:7_000]) > 0.8 * rms(sound[1_000:7_000])


def test_noise_takes_the_place_of_the_pulses_that_a_codec_drops() -> None:
    rng = np.random.default_rng(0)
    residual = rng.standard_normal(160)
    silent, noisy = (_excitation(rng, residual, 20, share) for share in (0.0, 1.0))
    assert np.count_nonzero(silent) == 20
    assert (noisy**2).sum() > (silent**2).sum() + 0.5 * ((residual - silent) ** 2).sum()
