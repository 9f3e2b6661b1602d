import numpy as np
import pytest

from vocalbaby.features.fft import LENGTH, transform
from vocalbaby.features.frames import Framing, hann
from vocalbaby.features.spectral_prosodic import FRAMING
from vocalbaby.features.spectral_prosodic.spectrum import autocorrelation, power_spectra


@pytest.mark.parametrize("n", [1, 2, 37, 300])
def test_the_transform_equals_that_of_numpy(rng, n: int) -> None:
    re, im = rng.standard_normal((2, LENGTH, n)).astype(np.float32)
    expected = np.fft.fft(re + 1j * im, axis=0)
    found = transform(re, im)
    np.testing.assert_allclose(found[0] + 1j * found[1], expected, atol=3e-5)


@pytest.mark.parametrize("k", [0, 1, 63, 160, 319])
def test_a_wave_has_one_line(k: int) -> None:
    angle = 2 * np.pi * k * np.arange(LENGTH)[:, None] / LENGTH
    re, im = transform(np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32))
    np.testing.assert_allclose(re[:, 0], LENGTH * (np.arange(LENGTH) == k), atol=2e-4)
    np.testing.assert_allclose(im[:, 0], 0, atol=2e-4)


def test_power_spectra_equal_those_of_numpy_without_the_offset_of_the_frame(rng) -> None:
    clips = [rng.standard_normal(n).astype(np.float32) + np.float32(3) for n in (480, 900, 5000)]
    power = power_spectra(clips, FRAMING)
    window = hann(480).astype(np.float64)
    rows = []
    for clip in clips:
        for start in range(0, len(clip) - 479, 160):
            frame = clip[start : start + 480].astype(np.float64)
            frame = (frame - (frame * window).sum() / window.sum()) * window
            rows.append(np.abs(np.fft.rfft(frame, 640)[: FRAMING.n_bins]) ** 2)
    np.testing.assert_allclose(power.T, rows, rtol=1e-4, atol=1e-3)


def test_a_short_clip_has_no_offset_beyond_its_end() -> None:
    short = np.full(300, 0.5, np.float32)
    assert power_spectra([short], FRAMING).max() < 1e-8


def test_autocorrelations_equal_those_of_numpy(rng) -> None:
    power = rng.uniform(0, 1, (200, 30)).astype(np.float32)
    found, norm = autocorrelation(power, range(7, 162))
    whole = np.zeros((321, 30))
    whole[:200] = power
    expected = np.fft.irfft(whole, axis=0) * 640
    np.testing.assert_allclose(found, expected[7:162], atol=1e-3)
    np.testing.assert_allclose(norm, expected[0], rtol=1e-5)


def test_the_frames_of_a_clip_are_those_of_its_recording(rng) -> None:
    recording = rng.standard_normal(16_000).astype(np.float32)
    framing: Framing = FRAMING
    whole = power_spectra([recording], framing)
    clip = power_spectra([recording[160 * 5 : 160 * 50 + 480]], framing)
    assert clip.tobytes() == np.ascontiguousarray(whole[:, 5:51]).tobytes()
