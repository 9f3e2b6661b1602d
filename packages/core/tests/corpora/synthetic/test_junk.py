"""Junk is wide, reproducible, and differs from infants as its kinds do in reality."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy import signal

from vocalbaby.corpora.synthetic.junk import KINDS, adults, junk, kinds, synthesize_kind
from vocalbaby.corpora.synthetic.junk.adults import _median_to
from vocalbaby.corpora.synthetic.junk.animals import SPECIES, _calls, animal
from vocalbaby.corpora.synthetic.junk.music import INSTRUMENTS, _melody
from vocalbaby.corpora.synthetic.junk.signals import alarm, bell, siren
from vocalbaby.corpora.synthetic.junk.tones import event_starts, harmonic_tone, partials
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.voice import adult_voice

RATE = 16_000
SPEECH = ("adult speech", "high speech", "cartoon voice", "older child", "adult laugh")


def rng(seed=0):
    return np.random.default_rng(seed)


def spectrum(sound):
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return np.fft.rfftfreq(len(sound), 1 / RATE), power


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("duration_s", [0.2, 0.47, 1.2])
def test_every_kind_is_audible_at_every_duration(kind, duration_s):
    for seed in range(2):
        sound = synthesize_kind(rng(seed), kind, duration_s)
        assert sound.shape == (round(duration_s * RATE),)
        assert np.isfinite(sound).all()
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1)


@pytest.mark.parametrize("name", SPECIES)
def test_every_animal_calls_through_an_open_mouth(name):
    for seed in range(4):
        tracks = _calls(rng(seed), SPECIES[name], 0.5)
        assert tracks.voicing.max() > 0.3
        assert (tracks.f0 >= 40).all()
        assert (tracks.formants > 30).all()
        assert np.isfinite(animal(rng(seed), 0.5, name)).all()


def test_the_seed_determines_junk():
    for kind in KINDS:
        one, again = (synthesize_kind(rng(3), kind, 0.4) for _ in range(2))
        np.testing.assert_array_equal(one, again)
        assert not np.array_equal(one, synthesize_kind(rng(4), kind, 0.4))
    np.testing.assert_array_equal(junk(rng(5), 0.4), junk(rng(5), 0.4))


def test_junk_has_unit_rms_also_as_a_mixture():
    for seed in range(20):
        sound = junk(rng(seed), 0.2)
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1)


def test_kinds_occur_with_their_shares(monkeypatch):
    drawn: Counter[str] = Counter()

    def count(_, kind, duration_s):
        drawn[kind] += 1
        return np.ones(round(duration_s * RATE))

    monkeypatch.setattr(kinds, "synthesize_kind", count)
    for seed in range(4000):
        junk(rng(seed), 0.01)
    total = drawn.total()
    assert total == pytest.approx(1.2 * 4000, rel=0.03)
    assert sum(share for share, _ in KINDS.values()) == pytest.approx(1)
    for kind, (share, _) in KINDS.items():
        assert drawn[kind] / total == pytest.approx(share, abs=0.012)


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError, match="unicorn"):
        synthesize_kind(rng(), "unicorn", 0.5)


def test_harmonics_are_multiples_that_end_below_8_khz():
    sound = harmonic_tone(np.full(RATE, 1500.0), np.ones(20))
    f, power = spectrum(sound)
    near = np.abs((f / 1500 + 0.5) % 1 - 0.5) < 0.005
    assert power[near].sum() > 0.9999 * power.sum()
    assert power[f > 7_800].sum() < 1e-6 * power.sum()
    levels = [power[np.abs(f - 1500 * k) < 5].sum() for k in range(1, 6)]
    np.testing.assert_allclose(levels, levels[0], rtol=0.01)


def test_a_harmonic_ends_where_it_would_alias():
    frequency = np.linspace(1000, 3900, RATE)
    third = harmonic_tone(frequency, [0.0, 0.0, 1.0])
    assert not third[3 * frequency > 7_800].any()
    assert third[3 * frequency < 7_000].std() == pytest.approx(np.sqrt(0.5), rel=0.01)


def test_partials_start_at_time_0_and_decay():
    t = np.arange(RATE) / RATE - 0.25
    sound = partials(rng(), t, np.array([700.0]), np.array([1.0]), np.array([0.1]))
    assert not sound[: RATE // 4].any()
    early, late = sound[4000:5600], sound[5600:7200]
    assert early.std() / late.std() == pytest.approx(math.e, rel=0.05)


def test_an_event_begins_early_enough_to_be_heard():
    for seed in range(200):
        starts = event_starts(rng(seed), 0.3, 0.05 + 0.02 * seed, regular=0.2)
        assert any(0 <= start <= 0.18 for start in starts)
        assert starts == sorted(starts)


def test_the_notes_of_an_alarm_are_at_exact_intervals():
    gaps = np.diff(event_starts(rng(), 5.0, 0.4))
    np.testing.assert_allclose(gaps, 0.4)


def harmonicity(sound):
    """Highest autocorrelation at lags of 1/2000 to 1/150 s."""
    ac = signal.correlate(sound, sound, method="fft")[len(sound) - 1 :]
    ac /= np.arange(len(sound), 0, -1)
    return ac[RATE // 2000 : RATE // 150].max() / ac[0]


def test_bells_are_less_harmonic_than_sirens():
    bells = [harmonicity(bell(rng(seed), 0.5)) for seed in range(30)]
    notes = [harmonicity(alarm(rng(seed), 0.5)) for seed in range(30)]
    assert np.median(bells) < np.median(notes) - 0.05


def test_sirens_glide():
    ranges = []
    for seed in range(60):
        f, _, power = signal.stft(siren(rng(seed), 1.2), RATE, nperseg=1024)
        band = (f > 250) & (f < 3500)
        peaks = f[band][np.abs(power[band]).argmax(axis=0)][3:-3]
        ranges.append(np.log2(np.percentile(peaks, 95) / np.percentile(peaks, 5)))
    assert np.median(ranges) > 0.3


def tracks_of(monkeypatch, kind, n=40):
    """Control tracks and first three neutral formants that a kind renders."""
    found = []

    def keep(tracks, generator, duration_s):
        found.append(tracks)
        return render(tracks, generator, duration_s)

    monkeypatch.setattr(adults, "render", keep)
    for seed in range(n):
        synthesize_kind(rng(seed), kind, 0.5)
    return found


@pytest.mark.parametrize("kind", SPEECH)
def test_voices_of_junk_have_tracts_longer_than_an_infant_s(monkeypatch, kind):
    # The fifth and higher formants are those of the neutral tube, (2n - 1) c / 4L.
    tracts = [9 * 35_000 / (4 * t.formants[0, 4]) for t in tracks_of(monkeypatch, kind)]
    assert min(tracts) >= 10.99
    if kind == "older child":
        assert max(tracts) <= 13.01


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("adult speech", 70, 421), ("high speech", 255, 565), ("older child", 195, 420),
     ("adult laugh", 65, 700)],
)  # fmt: skip
def test_voices_of_junk_have_their_pitch(monkeypatch, kind, low, high):
    medians = [np.median(tracks.f0) for tracks in tracks_of(monkeypatch, kind)]
    assert low < min(medians)
    assert max(medians) < high
    assert max(medians) > 1.3 * min(medians)


def test_bouts_of_adult_laughter_have_several_bursts():
    for seed in range(20):
        tracks = adults._ha_ha(rng(seed), adult_voice(rng(seed)), 1.0)
        high = tracks.voicing > 0.3 * tracks.voicing.max()
        assert 3 <= np.sum(~high[:-1] & high[1:]) <= 8


def test_the_median_of_f0_moves_and_its_spread_grows(monkeypatch):
    tracks = tracks_of(monkeypatch, "adult speech", 1)[0]
    before = np.std(np.log2(tracks.f0))
    _median_to(tracks, 400.0, 2.0, (50, 5000))
    assert np.median(tracks.f0) == pytest.approx(400)
    assert np.std(np.log2(tracks.f0)) == pytest.approx(2 * before)


def test_instruments_play_in_their_range():
    for name, kind in INSTRUMENTS.items():
        for seed in range(5):
            f, power = spectrum(_melody(rng(seed), 0.6, kind))
            assert f[power.argmax()] > 0.6 * kind.pitch_hz[0], name


def test_the_mouth_of_a_cat_opens_and_closes():
    openings = []
    for seed in range(30):
        tracks = _calls(rng(seed), SPECIES["meow"], 1.2)
        sounding = tracks.voicing > 0.05
        openings.append(np.ptp(tracks.formants[sounding, 0]) / tracks.formants[:, 0].max())
    assert np.median(openings) > 0.4
