"""How a sample is divided among strata."""

import numpy as np
import pytest

from vocalbaby.corpus.sampling.allocation import allocate


def test_a_proportional_allocation_follows_the_sizes_of_strata() -> None:
    assert allocate(10, np.array([50, 30, 20])).tolist() == [5, 3, 2]


def test_an_optimal_allocation_follows_sizes_times_spreads() -> None:
    found = allocate(12, np.array([100, 100, 50]), np.array([1.0, 4.0, 2.0]))
    assert found.tolist() == [2, 8, 2]  # 1 : 4 : 1


def test_no_allocation_to_two_strata_has_less_variance() -> None:
    populations, spreads = np.array([60, 40]), np.array([1.0, 3.0])
    best = allocate(20, populations, spreads)

    def variance(n: int) -> float:
        return float(sum(populations**2 * spreads**2 / np.array([n, 20 - n])))

    assert min(range(1, 20), key=variance) == best[0]


def test_bounds_are_kept_and_the_rest_is_divided() -> None:
    found = allocate(
        30, np.array([3, 100, 100, 1000]), np.array([9.0, 1.0, 1.0, 1.0]), minimum=5, maximum=14
    )
    assert found.tolist() == [3, 7, 6, 14]


def test_small_strata_are_taken_as_a_whole_and_no_more() -> None:
    assert allocate(100, np.array([10, 20])).tolist() == [10, 20]


def test_strata_without_spread_are_drawn_from_last() -> None:
    assert allocate(25, np.array([10, 50]), np.array([1.0, 0.0])).tolist() == [10, 15]


def test_sums_are_exact_for_many_strata() -> None:
    rng = np.random.default_rng(0)
    for n in (200, 777, 5000):
        populations = rng.integers(1, 60, 300)
        found = allocate(n, populations, rng.lognormal(0, 1, 300), minimum=0)
        assert found.sum() == n
        assert (found <= populations).all()


def test_a_minimum_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="2 of each of 3"):
        allocate(5, np.array([9, 9, 9]), minimum=2)
