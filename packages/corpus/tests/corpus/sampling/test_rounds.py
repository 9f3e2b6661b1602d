"""Several rounds, and their union."""

import numpy as np
import pytest

from packages.corpus.tests.corpus.sampling.helpers_archives import small_frame
from vocalbaby.corpus.sampling.drawing import draw
from vocalbaby.corpus.sampling.frame import without
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.rounds import after_exclusion, split, union_of_rounds
from vocalbaby.exception import DataError

FRAME = small_frame()
VALUES = {
    (FRAME.recordings[r].recording_id, round(float(o), 6)): v
    for r, o, v in zip(
        FRAME.recording,
        FRAME.onset_s,
        np.random.default_rng(0).lognormal(0, 1, len(FRAME)),
        strict=True,
    )
}


def total(stretches: tuple[SampledStretch, ...]) -> float:
    return float(sum(VALUES[s.recording_id, s.onset_s] * (s.weight or 0) for s in stretches))


def test_a_sample_is_divided_into_rounds_of_equal_size() -> None:
    parts = split(np.arange(11), 3, np.random.default_rng(0), first=2)
    assert [len(part) for part in parts] == [4, 3, 4]
    assert sorted(np.concatenate(parts).tolist()) == list(range(11))


def test_the_union_of_all_rounds_is_the_whole_sample() -> None:
    options = SampleOptions(levels=2)
    rounds = [
        draw(FRAME, "stratified", n=7, seed=9, round_=r, rounds=3, options=options).stretches
        for r in (1, 2, 3)
    ]
    whole = draw(FRAME, "stratified", n=21, seed=9, options=options)
    union = union_of_rounds(rounds)
    assert len(union) == 21
    expected = {s.stratum: s.inclusion_probability for s in whole.stretches}
    assert all(s.inclusion_probability == pytest.approx(expected[s.stratum]) for s in union)


def test_estimates_from_some_of_the_rounds_are_unbiased() -> None:
    totals = []
    for seed in range(400):
        rounds = [draw(FRAME, "pps", n=6, seed=seed, round_=r, rounds=3).stretches for r in (1, 3)]
        totals.append(total(union_of_rounds(rounds)))
    error = float(np.std(totals)) / len(totals) ** 0.5
    assert np.mean(totals) == pytest.approx(sum(VALUES.values()), abs=4 * error)


def test_estimates_after_an_exclusion_are_unbiased() -> None:
    totals = []
    for seed in range(400):
        first = draw(FRAME, "high-volubility", n=8).stretches
        rest = without(FRAME, [(s.recording_id, s.onset_s, s.offset_s) for s in first])
        second = draw(rest, "pps", n=10, seed=seed, rounds=2, round_=2).stretches
        totals.append(total(after_exclusion(first, second)))
    error = float(np.std(totals)) / len(totals) ** 0.5
    assert np.mean(totals) == pytest.approx(sum(VALUES.values()), abs=4 * error)


def test_rounds_that_do_not_belong_together_are_refused() -> None:
    one = draw(FRAME, "pps", n=6, seed=1).stretches
    with pytest.raises(DataError, match="two rounds"):
        union_of_rounds([one, one])
    with pytest.raises(DataError, match="different samplers or seeds"):
        union_of_rounds([one, draw(FRAME, "random", n=6, seed=1).stretches])
    with pytest.raises(DataError, match="two rounds"):
        after_exclusion(one, one)
    loud = draw(FRAME, "high-volubility", n=6).stretches
    with pytest.raises(DataError, match="probability sample"):
        union_of_rounds([loud])


def test_a_stratum_with_fewer_units_than_rounds_is_refused() -> None:
    with pytest.raises(DataError, match="for 9 rounds"):
        draw(FRAME, "stratified", n=1, rounds=9, options=SampleOptions(levels=4))
