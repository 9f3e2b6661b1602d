"""Cries and laughs vary as those of infants do, and the regimes of the voice are audible."""

import numpy as np
import pytest

from vocalbaby.corpora.synthetic.background import background
from vocalbaby.corpora.synthetic.control_tracks import flutter, neutral_tracks
from vocalbaby.corpora.synthetic.crying import crying
from vocalbaby.corpora.synthetic.laughing import laughing
from vocalbaby.corpora.synthetic.noncanonical import noncanonical
from vocalbaby.corpora.synthetic.regimes import jump, roughen
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import child_voice

RATE = 16_000


def made(make, n=120, duration_s=0.7):
    for seed in range(n):
        rng = np.random.default_rng(seed)
        yield make(rng, child_voice(rng, 2 + seed % 29, "F"), duration_s)


def steady(f0=400.0):
    voice = child_voice(np.random.default_rng(0), 12, "F")
    tracks = neutral_tracks(voice, 0.5, formants(voice, "schwa"))
    tracks.f0[:], tracks.voicing[:] = f0, 1.0
    tracks.jitter[:] = tracks.shimmer[:] = tracks.nasality[:] = 0
    return tracks


def power_at(tracks, hz):
    sound = render(tracks, np.random.default_rng(0), 0.5) * np.hanning(8000)
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    return spectrum[round(hz / 2) - 2 : round(hz / 2) + 3].max() / spectrum.max()


def test_cries_reach_from_dull_to_bright():
    slopes = np.array([tracks.slope.mean() for tracks in made(crying)])
    assert np.percentile(slopes, 10) < -5.5
    assert np.percentile(slopes, 90) > -0.5


def test_f0_of_a_cry_moves():
    spreads = [
        np.std(12 * np.log2(tracks.f0[tracks.voicing > 0.3]))
        for tracks in made(crying)
        if np.sum(tracks.voicing > 0.3) > 40
    ]
    assert 1.0 < np.median(spreads) < 3.6
    assert np.percentile(spreads, 90) > 2.5


def test_laughs_reach_from_chuckles_to_squeals_with_wide_f0():
    medians, spreads = [], []
    for tracks in made(laughing):
        voiced = tracks.f0[tracks.voicing > 0.3]
        if len(voiced) > 40:
            medians.append(np.median(voiced))
            spreads.append(np.std(12 * np.log2(voiced)))
    assert np.percentile(medians, 5) < 350
    assert np.percentile(medians, 95) > 800
    assert np.median(spreads) > 2.5


def test_laughs_have_no_complete_silence_between_bursts_and_unvoiced_bursts():
    unvoiced = 0
    for tracks in made(laughing):
        assert (tracks.voicing + tracks.aspiration).min() > 0.001
        unvoiced += bool((tracks.aspiration > tracks.voicing).mean() > 0.3)
    assert 5 < unvoiced < 60


def test_babble_is_less_pressed_than_cries():
    babble = np.mean([tracks.slope.mean() for tracks in made(noncanonical)])
    assert np.mean([tracks.slope.mean() for tracks in made(crying)]) > babble + 2


def test_pressing_weakens_the_first_harmonic():
    lax, pressed = steady(), steady()
    pressed.pressing[:] = 2.0
    ratios = [power_at(tracks, 400) / power_at(tracks, 1600) for tracks in (lax, pressed)]
    assert ratios[1] < 0.1 * ratios[0]


@pytest.mark.parametrize("order", [2, 3])
def test_subharmonics_lie_at_a_half_or_a_third_of_f0(order):
    tracks = steady(600.0)
    assert power_at(tracks, 600 - 600 / order) < 1e-6
    tracks.subharmonic[:], tracks.subharmonic_order[:] = 0.5, order
    assert power_at(tracks, 600 - 600 / order) > 1e-3


def test_biphonation_adds_side_bands_at_the_second_frequency():
    tracks = steady(600.0)
    tracks.biphonation[:], tracks.second_hz[:] = 0.5, 130.0
    assert power_at(tracks, 600 + 130) > 1e-3


def test_irregular_harmonics_deviate_from_the_smooth_spectrum():
    smooth, irregular = steady(), steady()
    irregular.irregularity[:] = 4.0
    change = [
        10 * np.log10(power_at(irregular, 400 * k) / power_at(smooth, 400 * k))
        for k in range(1, 12)
    ]
    assert np.std(change) > 1.5


def test_a_regime_changes_the_voice_within_its_span_only():
    span = np.r_[np.zeros(101), np.ones(101)]
    for seed in range(10):
        tracks, before = steady(), steady()
        roughen(np.random.default_rng(seed), tracks, span, 1.0)
        names = ("subharmonic", "biphonation", "jitter", "shimmer", "aspiration")
        changed = [getattr(tracks, name) != getattr(before, name) for name in names]
        assert not np.any([c[:101] for c in changed])
        assert np.any([c[101:] for c in changed])


def test_a_jump_shifts_f0_by_its_semitones():
    tracks = steady(400.0)
    jump(np.random.default_rng(1), tracks, 0.5, 12.0)
    assert tracks.f0.max() == pytest.approx(800.0)


def test_a_jump_stays_within_the_range_of_a_voice():
    for semitones, end in ((60.0, "max"), (-60.0, "min")):
        tracks = steady(400.0)
        jump(np.random.default_rng(1), tracks, 0.5, semitones)
        assert getattr(tracks.f0, end)() == {"max": 2200.0, "min": 120.0}[end]


def test_flutter_varies_by_the_requested_semitones():
    factor = flutter(np.random.default_rng(0), 40_000, 0.8)
    assert 0.4 < np.std(12 * np.log2(factor)) < 0.9


def test_backgrounds_have_unit_rms_and_differ():
    sounds = [background(np.random.default_rng(seed), 0.5) for seed in range(20)]
    assert len({sound.tobytes() for sound in sounds}) == 20
    for sound in sounds:
        assert sound.dtype == np.float32
        assert sound.shape == (8000,)
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1, rel=1e-3)
