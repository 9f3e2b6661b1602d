"""Control tracks and sounds have the defining properties of their class."""

import numpy as np
import pytest

from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.control_tracks import CONTROL_RATE
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.crying import crying
from vocalbaby.corpora.synthetic.laughing import laughing
from vocalbaby.corpora.synthetic.noncanonical import noncanonical
from vocalbaby.corpora.synthetic.voice import child_voice
from vocalbaby.entity.labels import CLASSES


def scores(make, n=60, duration_s=0.8):
    out = []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        voice = child_voice(rng, 2 + seed % 29, "F")
        out.append((voice, make(rng, voice, duration_s)))
    return out


def voiced_f0(tracks):
    return tracks.f0[tracks.voicing > 0.3]


def onsets(tracks):
    """Rises of the voice through half of its maximum."""
    high = tracks.voicing > 0.5 * tracks.voicing.max()
    return int(np.sum(~high[:-1] & high[1:]))


@pytest.mark.parametrize("label", CLASSES)
@pytest.mark.parametrize("duration_s", [0.2, 0.5, 1.2])
def test_every_class_is_audible_at_every_duration(label, duration_s):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sound = synthesize(rng, child_voice(rng, 10, "M"), label, duration_s)
        assert sound.dtype == np.float32
        assert len(sound) == round(duration_s * 16_000)
        assert np.isfinite(sound).all()
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("make", [canonical, noncanonical, crying, laughing])
def test_control_tracks_have_physical_values(make):
    for _, tracks in scores(make):
        assert (tracks.f0 > 50).all()
        assert (tracks.f0 < 3000).all()
        assert (tracks.voicing >= 0).all()
        assert (tracks.aspiration >= 0).all()
        assert (tracks.damping > 0).all()
        assert (tracks.formants > 100).all()


def test_canonical_babble_has_a_fast_transition_into_a_vowel():
    for _, tracks in scores(canonical):
        first = tracks.formants[:, 0]
        assert first.min() < 0.75 * first.max()
        low, high = np.percentile(first, 5), first.max()
        rising = (np.diff(first) > 0) & (first[:-1] > low) & (first[1:] < high)
        lengths = np.diff(np.flatnonzero(np.diff(np.r_[0, rising.astype(int), 0])))[::2]
        assert lengths.min() / CONTROL_RATE < 0.12


def test_cries_are_higher_and_brighter_than_the_voice_at_rest():
    pairs = scores(crying)
    medians = np.array([np.median(voiced_f0(s)) for _, s in pairs if (s.voicing > 0.3).any()])
    assert 380 < np.median(medians) < 560
    assert np.mean(medians > 850) < 0.2
    assert np.mean([s.slope.mean() - v.slope_db for v, s in pairs]) > 1.5


def test_laughter_comes_in_bursts_and_cries_do_not():
    laughs = np.mean([onsets(s) for _, s in scores(laughing)])
    cries = np.mean([onsets(s) for _, s in scores(crying)])
    assert 2 < laughs < 6
    assert laughs > cries + 1.5


def test_noncanonical_kinds_reach_from_growls_to_squeals():
    medians = [
        np.median(voiced_f0(s)) for _, s in scores(noncanonical, 200) if (s.voicing > 0.3).any()
    ]
    assert np.percentile(medians, 5) < 250
    assert np.percentile(medians, 95) > 600
