"""The block bootstrap, and the quantiles that are the ends of intervals."""

import math

import numpy as np
import pytest

from vocalbaby.summary.sampling import block_bins, block_weights, sampling_of, tails


@pytest.mark.parametrize("length", [1, 7, 30, 60])
def test_each_bin_is_used_equally_often_by_the_bootstrap(length: int) -> None:
    weights = block_weights(60, length, 20_000, np.random.default_rng(1))
    assert (weights.sum(axis=1) == 60).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(60), abs=0.06)


def test_tails_are_wider_with_few_blocks() -> None:
    share, none = np.ones(1), np.zeros(1)
    ends = [
        tails(0.95, blocks, share, none, np.array([blocks - 1]))[0][0]
        for blocks in (6.0, 30.0, 1e9)
    ]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(0.025)


def test_more_of_the_table_s_error_makes_the_number_of_blocks_matter_less() -> None:
    shares = np.array([0.1, 0.5, 1.0])
    low, high = tails(0.95, 6.0, shares, np.zeros(3), np.full(3, 5.0))
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()


def test_skewness_of_blocks_moves_both_ends_up() -> None:
    rng = np.random.default_rng(2)
    blocks = rng.exponential(1.0, (40, 1))
    left_out = (blocks.sum() - blocks) / 39
    share, skewness, freedom = sampling_of(left_out, rng.normal(0, 1 / math.sqrt(40), (5000, 1)))
    assert 0.3 < share[0] <= 1
    assert 0.005 < skewness[0] < 0.12
    (low,), (high,) = tails(0.95, math.inf, share, skewness, freedom)
    assert low > 0.025
    assert high > 0.975


@pytest.mark.parametrize(("bins", "length"), [(5, 0), (6, 1), (60, 10), (179, 29), (960, 30)])
def test_a_unit_has_at_least_six_blocks(bins: int, length: int) -> None:
    assert block_bins([bins], 1800.0) == length


def test_a_variance_that_rests_on_few_blocks_has_few_degrees_of_freedom() -> None:
    rng = np.random.default_rng(3)
    blocks = np.stack([rng.normal(size=400), np.arange(400) < 2], axis=1)
    left_out = (blocks.sum(axis=0) - blocks) / 399
    freedom = sampling_of(left_out, rng.normal(size=(100, 2)))[2]
    assert freedom[0] == pytest.approx(399, rel=0.2)
    assert freedom[1] == pytest.approx(4, abs=0.1)
