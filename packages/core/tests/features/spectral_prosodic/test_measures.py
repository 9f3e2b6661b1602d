"""Every family of measures detects the planted property, and no other family does."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.features.spectral_prosodic.rhythm import MODULATION_HZ

RATE = 16_000
SET = features.get(features.DEFAULT)
NAMES = [column.name for column in SET.columns]


def measure(clip: NDArray[np.floating]) -> dict[str, float]:
    row = SET.extract([clip.astype(np.float32)])[0]
    return dict(zip(NAMES, row.tolist(), strict=True))


@pytest.mark.parametrize("formants", [(900, 2600, 4500), (600, 1900, 3900), (1200, 3300, 4800)])
def test_formants_lie_near_the_resonances(voice, rng, formants) -> None:
    measured = measure(voice(rng, f0=(190, 210), formants=formants, tilt_db=6)[0])
    found = [1000 * measured[f"f{k}_mean"] for k in (1, 2, 3)]
    np.testing.assert_allclose(found, formants, rtol=0.08)


def test_formant_movement_follows_a_glide(voice, rng) -> None:
    still = measure(voice(rng, f0=(250, 250))[0])
    parts = [voice(rng, f0=(250, 250), seconds=0.1, formants=(f, 3000, 5000))[0]
             for f in (600, 1400, 600, 1400, 600, 1400)]  # fmt: skip
    assert measure(np.concatenate(parts))["f1_movement"] > 3 * still["f1_movement"]


def test_jitter_follows_the_jitter_of_the_signal(voice, rng) -> None:
    values = [measure(voice(rng, f0=(300, 300), jitter=j)[0])["f0_jitter"] for j in (0, 0.02, 0.06)]
    assert values[0] < 0.02
    assert values[0] < 0.3 * values[1] < 0.3 * values[2]


def test_shimmer_follows_the_shimmer_of_the_signal(voice, rng) -> None:
    values = [measure(voice(rng, f0=(300, 300), shimmer=s)[0])["shimmer"] for s in (0, 0.1, 0.3)]
    assert values[0] < 0.02
    assert values[0] < 0.3 * values[1] < 0.3 * values[2]


def test_hnr_equals_the_noise_of_the_signal(voice, rng) -> None:
    for snr in (5, 10, 20):
        measured = measure(voice(rng, f0=(300, 300), snr_db=snr)[0])["hnr_mean"]
        # The tracker uses only the half of the white noise below 4 kHz: 3 dB less.
        assert measured == pytest.approx(snr + 3, abs=2)


def test_h1_h2_equals_the_tilt_of_the_signal() -> None:
    t = np.arange(9600) / RATE
    clip = np.sin(2 * np.pi * 300 * t) + 0.25 * np.sin(2 * np.pi * 600 * t)
    assert measure(0.1 * clip)["h1_h2_mean"] == pytest.approx(12.04, abs=0.2)


def test_f0_statistics_of_a_glide(voice, rng) -> None:
    measured = measure(voice(rng, f0=(200, 400), seconds=1.0)[0])
    assert measured["f0_slope"] == pytest.approx(12, abs=0.3)
    assert measured["f0_movement"] == pytest.approx(12, abs=0.5)
    assert measured["f0_q50"] == pytest.approx(12 * np.log2(2.828), abs=0.3)
    assert measured["f0_q90"] - measured["f0_q10"] == pytest.approx(9.4, abs=0.4)
    assert measured["voiced_fraction"] == 1
    assert measured["voiced_run_rate"] == pytest.approx(1, abs=0.1)


def test_noise_has_no_pitch(rng) -> None:
    measured = measure(rng.standard_normal(8000) * 0.1)
    pitch = [c.name for c in SET.columns if c.name.startswith(("f0_", "hnr", "h1_", "shimmer"))]
    assert np.isnan([measured[name] for name in pitch]).all()
    assert np.isnan(measured["voiced_run_length"])
    assert measured["voiced_fraction"] == 0
    assert measured["voiced_run_rate"] == 0
    assert np.isfinite(measured["periodicity_mean"])


@pytest.mark.parametrize("hz", MODULATION_HZ)
def test_modulation_peaks_at_the_rate_of_the_signal(rng, hz: int) -> None:
    t = np.arange(2 * RATE) / RATE
    measured = measure(0.1 * rng.standard_normal(len(t)) * (1 + 0.6 * np.sin(2 * np.pi * hz * t)))
    depths = {h: measured[f"modulation_{h}hz"] for h in MODULATION_HZ}
    assert max(depths, key=depths.__getitem__) == hz
    assert depths[hz] == pytest.approx(0.6, abs=0.1)


def test_bursts_are_counted_and_timed(rng) -> None:
    t = np.arange(2 * RATE) / RATE
    bursts = np.exp(-40 * (t % 0.25)) * np.minimum(1, (t % 0.25) / 0.01)
    measured = measure(0.1 * rng.standard_normal(len(t)) * (bursts + 1e-3))
    assert measured["energy_peak_rate"] == pytest.approx(4, abs=0.6)
    assert measured["energy_attack"] > 2 * measured["energy_decay"] > 0
    assert measured["energy_centre"] == pytest.approx(0.5, abs=0.1)
    assert measure(0.1 * rng.standard_normal(len(t)))["energy_peak_rate"] < 1


def test_spectral_shape_of_a_tone_and_of_noise(rng) -> None:
    t = np.arange(8000) / RATE
    tone, noise = measure(np.sin(2 * np.pi * 2000 * t)), measure(rng.standard_normal(8000))
    assert tone["centroid_mean"] == pytest.approx(1, abs=0.05)
    assert tone["rolloff85_mean"] == pytest.approx(1, abs=0.1)
    assert tone["spread_mean"] < 0.3 < noise["spread_mean"]
    assert tone["flatness_high_mean"] < -20 < -4 < noise["flatness_high_mean"]
    assert tone["flux_mean"] < 0.01 < noise["flux_mean"]
    assert tone["high_ratio_mean"] > 20


def test_slopes_of_pink_and_white_noise(rng) -> None:
    white = rng.standard_normal(32_000)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)))
    change = measure(white)["slope_high_mean"] - measure(pink)["slope_high_mean"]
    assert change == pytest.approx(3.01, abs=0.3)
