"""Samples: their probabilities are those with which stretches are drawn."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from packages.corpus.tests.corpus.sampling.helpers_archives import day, small_frame
from vocalbaby.corpus.sampling.drawing import SAMPLERS, draw
from vocalbaby.corpus.sampling.frame import build_frame, without
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError, DataError

Floats = NDArray[np.floating[Any]]
DESIGNS: list[tuple[str, dict[str, Any], int]] = [
    ("random", {}, 1),
    ("random", {"min_per_child": 4, "max_per_child": 5}, 1),
    ("random", {}, 3),
    ("stratified", {}, 1),
    ("stratified", {"levels": 3, "allocation": "proportional"}, 1),
    ("stratified", {"strata": ("child", "level"), "levels": 2}, 1),
    ("stratified", {"strata": ("child", "level"), "levels": 2, "balance_children": True}, 1),
    ("stratified", {"levels": 2}, 2),
    ("pps", {}, 1),
    ("pps", {"size": "variance"}, 1),
    ("pps", {"size": "seconds", "floor": 0.3}, 1),
    ("pps", {"balance_children": True}, 1),
    ("pps", {}, 3),
    ("expected-gain", {}, 1),
    ("expected-gain", {"min_per_child": 3}, 2),
    ("periodic", {}, 1),
    ("periodic", {"period_s": 240.0}, 1),
]
DRAWS = 400
FRAME = small_frame()


def key(stretch: SampledStretch) -> tuple[str, float]:
    return stretch.recording_id, stretch.onset_s


@pytest.mark.parametrize(("sampler", "settings", "rounds"), DESIGNS)
def test_frequencies_and_estimates_agree_with_the_stated_probabilities(
    sampler: str, settings: dict[str, Any], rounds: int
) -> None:
    options = SampleOptions(**settings)
    index = {
        (FRAME.recordings[r].recording_id, round(float(o), 6)): i
        for i, (r, o) in enumerate(zip(FRAME.recording, FRAME.onset_s, strict=True))
    }
    values = np.random.default_rng(0).lognormal(0, 1, len(FRAME))  # of annotators, say
    counts = np.zeros(len(FRAME))
    stated: Floats = np.zeros(len(FRAME))
    totals = []
    for seed in range(DRAWS):
        n = None if "period_s" in settings else 12 // rounds + (rounds > 1)
        sample = draw(FRAME, sampler, n=n, seed=seed, options=options, round_=rounds, rounds=rounds)
        at = np.array([index[key(s)] for s in sample.stretches])
        assert len(set(at.tolist())) == len(at)
        p = np.array([s.inclusion_probability for s in sample.stretches])
        counts[at] += 1
        assert sample.design is not None
        stated = np.asarray(sample.design.probabilities, np.float64)
        assert p == pytest.approx(stated[at])
        totals.append(float(np.sum(values[at] / p)))
    assert (stated > 0).all()
    error = np.sqrt(stated * (1 - stated) / DRAWS)
    assert (np.abs(counts / DRAWS - stated) <= 4.5 * error + 1e-9).all()
    # The Horvitz-Thompson estimate of a total is unbiased.
    assert np.mean(totals) == pytest.approx(
        values.sum(), abs=4 * float(np.std(totals)) / DRAWS**0.5 + 1e-9
    )


def test_the_design_has_the_probabilities_of_all_units() -> None:
    sample = draw(FRAME, "pps", n=12, seed=1)
    assert sample.design is not None
    assert sample.design.probabilities.sum() == pytest.approx(12)
    assert [s.inclusion_probability for s in sample.stretches] == pytest.approx(
        sample.design.probabilities[sample.chosen]
    )
    assert [s.weight for s in sample.stretches] == pytest.approx(
        1 / sample.design.probabilities[sample.chosen]
    )


@pytest.mark.parametrize("sampler", [name for name in SAMPLERS if name != "energy"])
def test_the_same_seed_draws_the_same_stretches(sampler: str) -> None:
    first = draw(FRAME, sampler, n=10, seed=5).stretches
    assert draw(FRAME, sampler, n=10, seed=5).stretches == first
    assert len(first) >= 9
    if sampler != "high-volubility":
        assert [key(s) for s in draw(FRAME, sampler, n=10, seed=6).stretches] != [
            key(s) for s in first
        ]


def test_numbers_of_strata_are_in_every_row() -> None:
    sample = draw(FRAME, "stratified", n=20, seed=1, options=SampleOptions(levels=3))
    strata = {s.stratum: (s.n_population, s.n_sample) for s in sample.stretches}
    assert sum(n for n, _ in strata.values()) == len(FRAME)
    assert sum(n for _, n in strata.values()) == 20
    for s in sample.stretches:
        assert s.inclusion_probability == pytest.approx(s.n_sample / s.n_population)
        assert s.model_version == "m-1"


def test_minutes_are_not_exceeded_on_average() -> None:
    frame = build_frame([day(f"d{i}", i, 7.5 + i / 4, f"c{i}") for i in range(8)])
    for sampler in ("random", "stratified", "pps", "expected-gain"):
        sample = draw(frame, sampler, minutes=20, seed=1)
        assert sample.design is not None
        expected = float(sample.design.probabilities @ frame.durations_s) / 60
        assert 18.5 < expected <= 20


def test_minutes_are_not_exceeded_where_longer_stretches_are_preferred() -> None:
    seconds = [89.0] * 30 + [31.0] * 30
    frame = build_frame([Timeline(f"d{i}", (), t) for i, t in enumerate(seconds)])
    options = SampleOptions(size="duration", floor=0.001)
    sample = draw(frame, "pps", minutes=20, options=options)
    assert sample.design is not None
    assert len(sample.stretches) == 16  # of 74 s on average; the mean stretch has 60 s
    assert float(sample.design.probabilities @ frame.durations_s) / 60 < 20


def test_units_with_more_vocalizations_are_drawn_more_often() -> None:
    sample = draw(FRAME, "pps", n=12)
    assert sample.design is not None
    p, speech = sample.design.probabilities, FRAME.values["speech"]
    assert p[speech > 3].min() > 3 * p[speech == 0].max()
    assert p.min() > 0


def test_bounds_per_child_are_kept() -> None:
    options = SampleOptions(min_per_child=5, max_per_child=8)
    for sampler in ("random", "pps", "expected-gain"):
        sample = draw(FRAME, sampler, n=19, seed=2, options=options)
        counts = [sum(s.child_id == c for s in sample.stretches) for c in ("c1", "c2", "c3")]
        assert sum(counts) == 19
        assert min(counts) >= 5
        assert max(counts) <= 8


def test_a_child_with_too_few_stretches_is_taken_as_a_whole_and_noted() -> None:
    frame = build_frame([day("a", 1, 3.0, "c1"), day("b", 2, 60.0, "c2")])
    sample = draw(frame, "pps", n=16, options=SampleOptions(min_per_child=8))
    assert sum(s.child_id == "c1" for s in sample.stretches) == 3
    assert any("1 child" in note for note in sample.notes)


def test_too_many_strata_are_not_divided_by_child() -> None:
    options = SampleOptions(strata=("child", "level"), levels=5)
    sample = draw(FRAME, "stratified", n=12, options=options)
    assert all("c1" not in s.stratum for s in sample.stretches)
    assert any("not divided by child" in note for note in sample.notes)


def test_rounds_have_no_stretch_in_common() -> None:
    rounds = [
        draw(FRAME, "stratified", n=10, seed=4, round_=r, rounds=3, options=SampleOptions(levels=2))
        for r in (1, 2, 3)
    ]
    keys = [key(s) for sample in rounds for s in sample.stretches]
    assert len(set(keys)) == len(keys) == 30
    assert [len(sample.stretches) for sample in rounds] == [10, 10, 10]
    identifiers = [s.sample_id for sample in rounds for s in sample.stretches]
    assert len(set(identifiers)) == 30


def test_excluded_stretches_are_not_drawn_and_count_no_more() -> None:
    first = draw(FRAME, "pps", n=20, seed=1).stretches
    rest = without(FRAME, [(s.recording_id, s.onset_s, s.offset_s) for s in first])
    second = draw(rest, "pps", n=20, seed=1, round_=1).stretches
    assert not {key(s) for s in first} & {key(s) for s in second}
    assert second[0].n_population == len(FRAME) - 20


def test_more_than_everything_is_everything_with_a_note() -> None:
    sample = draw(FRAME, "pps", n=500)
    assert len(sample.stretches) == len(FRAME)
    assert {s.inclusion_probability for s in sample.stretches} == {1.0}
    assert any("500 were requested" in note for note in sample.notes)


def test_clips_are_drawn_by_class() -> None:
    frame = small_frame(unit="clips")
    options = SampleOptions(strata=("class",))
    sample = draw(frame, "stratified", n=30, seed=1, options=options)
    assert {s.stratum for s in sample.stretches} == {s.label for s in sample.stretches}
    assert all(s.probability is not None and 0 < s.probability <= 1 for s in sample.stretches)


@pytest.mark.parametrize(
    ("settings", "error", "why"),
    [
        ({"sampler": "best", "n": 3}, ConfigError, "no sampler 'best'"),
        ({"sampler": "pps"}, ConfigError, "number of units or of minutes"),
        ({"sampler": "pps", "n": 3, "minutes": 3.0}, ConfigError, "number of units or of minutes"),
        ({"sampler": "pps", "minutes": 0.5}, DataError, "shorter than a unit"),
        ({"sampler": "pps", "minutes": -1.0}, ConfigError, "no length"),
        ({"sampler": "pps", "n": 3, "round_": 2}, ConfigError, "round 2 of 1"),
        ({"sampler": "periodic", "n": 3, "rounds": 2}, ConfigError, "several rounds"),
        ({"sampler": "energy", "n": 3}, ConfigError, "needs the recordings"),
        (
            {"sampler": "pps", "n": 3, "options": SampleOptions(min_per_child=2)},
            ConfigError,
            "2 of each of 3 children",
        ),
        (
            {"sampler": "stratified", "n": 9, "options": SampleOptions(strata=("class",))},
            ConfigError,
            "Only clips",
        ),
        (
            {"sampler": "stratified", "n": 9, "options": SampleOptions(max_per_child=3)},
            ConfigError,
            "strata by child",
        ),
        (
            {"sampler": "periodic", "options": SampleOptions(period_s=50.0)},
            ConfigError,
            "no multiple",
        ),
    ],
)
def test_impossible_requests_are_refused(
    settings: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        draw(FRAME, **settings)


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to draw from"):
        draw(FRAME.take(np.zeros(len(FRAME), bool)), "random", n=1)
