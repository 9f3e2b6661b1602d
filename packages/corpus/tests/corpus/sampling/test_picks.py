"""Samplers that choose by rule."""

import numpy as np
import pytest

from packages.corpus.tests.corpus.sampling.helpers_archives import day, small_frame
from vocalbaby.corpus.sampling.drawing import Sample, draw
from vocalbaby.corpus.sampling.frame import build_frame, without
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.exception import ConfigError

FRAME = small_frame()


def times(sample: Sample, recording: str) -> list[tuple[float, float]]:
    return [(s.onset_s, s.offset_s) for s in sample.stretches if s.recording_id == recording]


def test_periodic_stretches_are_equally_far_apart() -> None:
    sample = draw(FRAME, "periodic", seed=3, options=SampleOptions(period_s=240.0))
    onsets = [onset for onset, _ in times(sample, "b")]
    assert np.diff(onsets).tolist() == [300.0] * 3
    assert {s.inclusion_probability for s in sample.stretches} == {0.2}


def test_a_fixed_start_gives_the_grid_of_childproject() -> None:
    options = SampleOptions(period_s=200.0, start_s=50.0)
    frame = build_frame([day("a", 1, 10.0)])
    sample = draw(frame, "periodic", options=options)
    assert times(sample, "a") == [(50.0, 110.0), (310.0, 370.0), (570.0, 600.0)]
    assert {s.inclusion_probability for s in sample.stretches} == {None}
    assert any("not a probability sample" in note for note in sample.notes)


def test_a_fixed_start_keeps_away_from_what_was_annotated() -> None:
    frame = without(build_frame([day("a", 1, 10.0)]), [("a", 320.0, 330.0)])
    sample = draw(frame, "periodic", options=SampleOptions(period_s=200.0, start_s=50.0))
    assert [onset for onset, _ in times(sample, "a")] == [50.0, 570.0]


def test_a_fixed_start_needs_a_period() -> None:
    with pytest.raises(ConfigError, match="needs a period"):
        draw(FRAME, "periodic", n=3, options=SampleOptions(start_s=0.0))


def test_high_volubility_has_the_most_vocalizations_of_each_recording() -> None:
    sample = draw(FRAME, "high-volubility", options=SampleOptions(per_recording=3))
    counts = FRAME.values["segments"]
    for i in range(len(FRAME.recordings)):
        own = np.flatnonzero(FRAME.recording == i)
        chosen = np.intersect1d(own, sample.chosen)
        assert len(chosen) == 3
        assert counts[chosen].min() >= np.delete(counts[own], chosen - own[0]).max()
    assert sample.design is None
    assert {s.inclusion_probability for s in sample.stretches} == {None}


def test_high_volubility_of_all_recordings_has_the_most_of_all() -> None:
    chosen = draw(FRAME, "high-volubility", n=5).chosen
    counts = FRAME.values["segments"]
    assert sorted(counts[chosen]) == sorted(counts)[-5:]


def test_the_highest_gains_are_no_probability_sample() -> None:
    sample = draw(FRAME, "expected-gain", n=6, options=SampleOptions(top=True))
    gains = [s.expected_gain or 0.0 for s in sample.stretches]
    others = draw(FRAME, "expected-gain", n=len(FRAME)).stretches
    assert sorted(gains) == sorted(s.expected_gain or 0.0 for s in others)[-6:]
    assert {s.inclusion_probability for s in sample.stretches} == {None}


def test_loud_stretches_are_drawn_from_the_upper_quantile_of_each_recording() -> None:
    energy = np.arange(len(FRAME), dtype=float)  # louder and louder
    energy[FRAME.recording == 1] = np.nan  # a recording that is missing
    options = SampleOptions(per_recording=2, threshold=0.7)
    seen: dict[int, set[int]] = {}
    for seed in range(60):
        for at in draw(FRAME, "energy", seed=seed, options=options, energy=energy).chosen.tolist():
            seen.setdefault(int(FRAME.recording[at]), set()).add(at)
    assert sorted(seen) == [0, 2, 3]
    for i, drawn in seen.items():
        own = energy[FRAME.recording == i]
        expected = np.flatnonzero(FRAME.recording == i)[own >= np.quantile(own, 0.7)]
        assert drawn == set(expected.tolist())
