"""Inclusion probabilities, and draws that keep them."""

import numpy as np
import pytest

from vocalbaby.corpus.sampling.selection import groups, inclusion_probabilities, systematic


def test_probabilities_are_proportional_to_size_and_add_up() -> None:
    sizes = np.random.default_rng(0).lognormal(0, 1, 500)
    p = inclusion_probabilities(sizes, 40)
    assert p.sum() == pytest.approx(40)
    below = p < 1
    assert np.ptp(p[below] / sizes[below]) < 1e-12


def test_large_units_are_certain_and_the_rest_is_divided() -> None:
    p = inclusion_probabilities(np.array([100.0, 50.0, 1.0, 1.0, 2.0]), 3)
    assert p.tolist() == [1.0, 1.0, 0.25, 0.25, 0.5]


def test_a_unit_that_becomes_too_large_after_another_is_certain_too() -> None:
    # 8 of 15 times 2 exceeds 1; of what is left, 5 of 7 does not; with 3 units, 5 of 7 x 2 does.
    assert inclusion_probabilities(np.array([8.0, 5.0, 1.0, 1.0]), 3).tolist() == [1, 1, 0.5, 0.5]


def test_units_without_size_are_never_drawn_unless_no_unit_has_one() -> None:
    assert inclusion_probabilities(np.array([0.0, 1.0, 1.0]), 1).tolist() == [0, 0.5, 0.5]
    assert inclusion_probabilities(np.zeros(4), 1).tolist() == [0.25] * 4


@pytest.mark.parametrize("sizes", [[-1.0, 2.0], [np.nan, 1.0], [0.0, 1.0]])
def test_impossible_sizes_are_refused(sizes: list[float]) -> None:
    with pytest.raises(ValueError, match=r"negative|impossible"):
        inclusion_probabilities(np.array(sizes), 2)


def test_units_are_drawn_as_often_as_their_probabilities_say() -> None:
    p = inclusion_probabilities(np.array([1.0, 1.0, 2.0, 3.0, 5.0, 9.0, 30.0, 0.2]), 4)
    rng = np.random.default_rng(7)
    n = 20_000
    counts = np.zeros(len(p))
    for _ in range(n):
        drawn = systematic(p, rng)
        assert len(set(drawn.tolist())) == 4
        counts[drawn] += 1
    error = np.sqrt(p * (1 - p) / n)
    assert (np.abs(counts / n - p) <= 4.5 * error + 1e-12).all()


def test_equal_probabilities_give_simple_random_samples() -> None:
    # Every pair of units is equally frequent.
    rng = np.random.default_rng(3)
    pairs = np.zeros((5, 5))
    for _ in range(20_000):
        a, b = systematic(np.full(5, 0.4), rng)
        pairs[a, b] += 1
    shares = pairs[np.triu_indices(5, 1)] / 20_000
    assert np.abs(shares - 0.1).max() < 4.5 * np.sqrt(0.1 * 0.9 / 20_000)


def test_samples_of_many_units_have_no_repetition() -> None:
    p = inclusion_probabilities(np.random.default_rng(0).lognormal(0, 2, 300_000), 100_000)
    drawn = systematic(p, np.random.default_rng(1))
    assert len(np.unique(drawn)) == 100_000
    assert set(np.flatnonzero(p == 1)) <= set(drawn.tolist())


def test_probabilities_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="integer"):
        systematic(np.array([0.5, 0.2]), np.random.default_rng(0))
    with pytest.raises(ValueError, match="within"):
        systematic(np.array([1.5, 0.5]), np.random.default_rng(0))


def test_groups_hold_every_unit_once() -> None:
    strata = np.random.default_rng(0).integers(0, 9, 100)
    found = groups(strata, 12)
    assert [i for i, _ in found] == list(range(9))
    assert all((strata[units] == i).all() for i, units in found)
    assert sorted(np.concatenate([units for _, units in found]).tolist()) == list(range(100))
