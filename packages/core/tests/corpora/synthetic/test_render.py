"""The synthesized sound has the properties that the control tracks describe."""

import numpy as np
import pytest
from scipy import signal

from vocalbaby.corpora.synthetic.control_tracks import Burst, envelope, neutral_tracks, smooth_curve
from vocalbaby.corpora.synthetic.render import band_noise, render
from vocalbaby.corpora.synthetic.tract import LOCI, VOWELS, consonant_formants, formants, transfer
from vocalbaby.corpora.synthetic.voice import adult_voice, child_voice

RATE = 16_000


def rng(seed=0):
    return np.random.default_rng(seed)


def steady(f0, vowel="schwa", voicing=1.0, aspiration=0.0):
    """Half a second of a vowel without jitter and shimmer."""
    voice = child_voice(rng(), 12, "F")
    tracks = neutral_tracks(voice, 0.5, formants(voice, vowel))
    tracks.f0[:] = f0
    tracks.voicing[:] = voicing
    tracks.aspiration[:] = aspiration
    tracks.jitter[:] = tracks.shimmer[:] = tracks.nasality[:] = 0
    return voice, tracks


def measured_f0(samples):
    """The highest autocorrelation peak, refined by a parabola."""
    ac = signal.correlate(samples, samples, method="fft")[len(samples) - 1 :]
    ac /= np.arange(len(samples), 0, -1)
    low, high = RATE // 1500, RATE // 80
    peak = low + int(np.argmax(ac[low:high] > 0.95 * ac[low:high].max()))
    peak += int(np.argmax(ac[peak : peak + 8]))
    a, b, c = ac[peak - 1 : peak + 2]
    return RATE / (peak + (a - c) / (2 * (a - 2 * b + c)))


@pytest.mark.parametrize("f0", [120.0, 256.0, 410.0, 703.0, 1210.0])
def test_a_vowel_has_the_requested_f0(f0):
    _, tracks = steady(f0)
    sound = render(tracks, rng(), 0.5)
    assert measured_f0(sound[2000:6000]) == pytest.approx(f0, rel=0.005)


@pytest.mark.parametrize("vowel", sorted(VOWELS))
def test_spectrum_peaks_at_the_requested_formants(vowel):
    voice, tracks = steady(300, vowel, voicing=0.0, aspiration=1.0)
    expected = formants(voice, vowel)
    power = np.mean(
        [signal.welch(render(tracks, rng(i), 0.5), RATE, nperseg=512)[1] for i in range(20)], axis=0
    )
    f = np.arange(257) * RATE / 512
    for centre in expected[expected < 6000][:3]:
        near = np.abs(f - centre) < 0.12 * centre
        assert f[near][np.argmax(power[near])] == pytest.approx(centre, rel=0.1)
        outside = power[np.abs(np.abs(f - centre) - 0.3 * centre) < 40].min()
        assert power[near].max() > 1.5 * outside


def test_transfer_function_is_1_at_0_hz_and_peaks_at_the_formants():
    centres = np.array([[1000.0, 3000.0, 5000.0]])
    f = np.arange(0.0, 6000.0, 10.0)[None]
    gain = np.abs(transfer(f, centres, np.ones(1), np.zeros(1)))[0]
    assert gain[0] == pytest.approx(1)
    peaks = f[0][1:-1][(gain[1:-1] > gain[:-2]) & (gain[1:-1] > gain[2:])]
    np.testing.assert_allclose(peaks, centres[0], rtol=0.01)


def test_nasality_adds_a_spectral_zero_and_keeps_the_gain_at_0_hz():
    f = np.arange(0.0, 4000.0, 10.0)[None]
    centres = formants(child_voice(rng(), 12, "F"), "schwa")[None]
    plain = np.abs(transfer(f, centres, np.ones(1), np.zeros(1)))[0]
    nasal = np.abs(transfer(f, centres, np.ones(1), np.ones(1)))[0]
    assert nasal[0] == pytest.approx(1)
    assert (nasal / plain).min() < 0.5


def test_older_children_have_longer_tracts_and_lower_formants():
    young = np.mean([formants(child_voice(rng(i), 3, "F"), "a") for i in range(50)], axis=0)
    old = np.mean([formants(child_voice(rng(i), 30, "F"), "a") for i in range(50)], axis=0)
    adult = np.mean([formants(adult_voice(rng(i)), "a") for i in range(50)], axis=0)
    assert (young[1:] > 1.1 * old[1:]).all()
    assert (old > 1.2 * adult).all()


@pytest.mark.parametrize("place", sorted(LOCI))
def test_consonants_lower_the_first_formant(place):
    voice = child_voice(rng(), 12, "M")
    assert consonant_formants(voice, place)[0] < 0.6 * formants(voice, "schwa")[0]


def test_jitter_and_shimmer_add_noise_between_the_harmonics():
    clean = steady(300)[1]
    rough = steady(300)[1]
    rough.jitter[:], rough.shimmer[:] = 0.03, 0.2
    powers = [
        np.abs(np.fft.rfft(render(s, rng(), 0.5) * np.hanning(8000))) ** 2 for s in (clean, rough)
    ]
    between = np.abs((np.fft.rfftfreq(8000, 1 / RATE) / 300 + 0.5) % 1 - 0.5) > 0.3
    shares = [10 * np.log10(p[between].sum() / p.sum()) for p in powers]
    assert shares[1] > shares[0] + 15


def test_period_doubling_puts_power_at_half_f0():
    tracks = steady(400)[1]
    tracks.subharmonic[:] = 0.5
    power = np.abs(np.fft.rfft(render(tracks, rng(), 0.5) * np.hanning(8000))) ** 2
    assert power[598:603].max() > 100 * power[550:560].max()


def test_a_steeper_slope_lowers_the_high_frequencies():
    def centroid(slope):
        tracks = steady(300)[1]
        tracks.slope[:] = slope
        power = np.abs(np.fft.rfft(render(tracks, rng(), 0.5))) ** 2
        return np.sum(np.fft.rfftfreq(8000, 1 / RATE) * power) / power.sum()

    assert centroid(-12) < centroid(-6) < centroid(-2)


def test_harmonics_do_not_alias():
    _, tracks = steady(1900.0)
    power = np.abs(np.fft.rfft(render(tracks, rng(), 0.5) * np.hanning(8000))) ** 2
    on = np.abs((np.fft.rfftfreq(8000, 1 / RATE) / 1900 + 0.5) % 1 - 0.5) < 0.02
    assert power[on].sum() > 0.9999 * power.sum()


def test_a_burst_has_the_requested_time_and_frequency():
    _, tracks = steady(300, voicing=0.0)
    tracks.bursts.append(Burst(0.2, 0.03, 3000.0, 0.3, 0.0))
    sound = render(tracks, rng(), 0.5)
    assert not sound[:3200].any()
    assert not sound[3200 + 480 :].any()
    power = np.abs(np.fft.rfft(sound)) ** 2
    assert np.sum(np.fft.rfftfreq(8000, 1 / RATE) * power) / power.sum() == pytest.approx(
        3000, rel=0.15
    )


def test_band_noise_has_unit_rms():
    assert np.std(band_noise(rng(), 16_000, 2000.0, 0.5)) == pytest.approx(1, rel=0.1)


def test_smooth_curve_passes_its_knots_and_envelope_its_edges():
    t = np.array([0.0, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(smooth_curve(t, [(0.0, 1.0), (0.2, 3.0), (0.3, 2.0)]), [1, 2, 3, 2])
    np.testing.assert_allclose(envelope(t, 0.1, 0.3, 0.05, 0.05), [0, 0, 1, 0], atol=1e-12)
