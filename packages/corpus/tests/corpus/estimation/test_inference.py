"""Estimates from a sample: unbiased over all samples, with variances that are exact or cover."""

from itertools import combinations

import numpy as np
import pytest

from vocalbaby.corpus.estimation.inference import DesignWeights, assisted, weighted


@pytest.fixture
def population():
    rng = np.random.default_rng(4)
    y = rng.poisson(3.0, 7).astype(float)
    return y, np.maximum(0, y + rng.normal(0, 0.7, 7))


def test_over_all_samples_the_total_and_its_variance_are_exact(population):
    """Horvitz and Thompson (1952), for simple random samples without replacement."""
    y, _ = population
    n, size = 3, len(y)
    design = DesignWeights(np.full(n, n / size), np.zeros(n, np.int64))
    found = [weighted(y[list(s)], None, design, 0.95) for s in combinations(range(size), n)]
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(y.sum())
    assert np.mean([each.standard_error**2 for each in found]) == pytest.approx(values.var())


def test_strata_add_their_variances():
    rng = np.random.default_rng(1)
    y, strata = rng.normal(5, 1, 6), np.array([0, 0, 0, 1, 1, 1])
    p = np.where(strata == 0, 0.5, 0.25)
    both = weighted(y, None, DesignWeights(p, strata), 0.95).standard_error ** 2
    parts = [
        weighted(y[own], None, DesignWeights(p[own], strata[own]), 0.95).standard_error ** 2
        for own in (strata == 0, strata == 1)
    ]
    assert both == pytest.approx(sum(parts))
    textbook = 12**2 * (1 - 0.25) * y[3:].var(ddof=1) / 3
    assert parts[1] == pytest.approx(textbook)


def test_a_census_has_no_error():
    design = DesignWeights(np.ones(4), np.zeros(4, np.int64))
    found = weighted(np.array([1.0, 0, 2, 1]), None, design, 0.95)
    assert (found.value, found.low, found.high, found.is_reliable) == (4.0, 4.0, 4.0, True)


def test_a_model_that_is_right_leaves_no_error():
    design = DesignWeights(np.full(20, 0.1), np.zeros(20, np.int64))
    y = np.random.default_rng(0).poisson(2.0, 20).astype(float)
    found = assisted((y, y, 431.0), None, design, 0.95)
    assert found.value == pytest.approx(431.0)
    assert found.standard_error == pytest.approx(0.0, abs=1e-9)


def test_a_model_that_knows_nothing_does_no_harm():
    rng = np.random.default_rng(0)
    design = DesignWeights(np.full(400, 0.1), np.zeros(400, np.int64))
    y, x = rng.poisson(2.0, 400).astype(float), rng.poisson(2.0, 400).astype(float)
    alone, helped = weighted(y, None, design, 0.95), assisted((y, x, 8000.0), None, design, 0.95)
    assert helped.standard_error <= alone.standard_error
    assert helped.standard_error == pytest.approx(alone.standard_error, rel=0.02)


@pytest.mark.parametrize("figure", ["total", "ratio"])
@pytest.mark.parametrize("estimator", ["weighted", "assisted"])
def test_intervals_cover_the_truth_of_a_biased_model(estimator, figure):
    """The model misses a third and calls half of the others wrongly; estimates are right."""
    rng = np.random.default_rng(11)
    size, n, draws = 3000, 120, 400
    m = rng.poisson(rng.gamma(2.0, 1.5, size)).astype(float)
    c = rng.binomial(m.astype(int), 0.3).astype(float)
    mx = rng.binomial(m.astype(int), 0.66).astype(float)
    cx = rng.binomial(c.astype(int), 0.5) + rng.binomial((mx * 0.3).astype(int), 0.5).astype(float)
    truth = c.sum() / m.sum() if figure == "ratio" else c.sum()
    ratio = figure == "ratio"
    design = DesignWeights(np.full(n, n / size), np.zeros(n, np.int64))
    found = []
    for _ in range(draws):
        at = rng.choice(size, n, replace=False)
        if estimator == "weighted":
            found.append(
                weighted(c[at], m[at] if ratio else None, design, 0.95, is_proportion=ratio)
            )
        else:
            below = (m[at], mx[at], mx.sum()) if ratio else None
            found.append(
                assisted((c[at], cx[at], cx.sum()), below, design, 0.95, is_proportion=ratio)
            )
    covered = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.92 <= covered <= 0.98  # the standard error of so many draws is 0.011
    values = np.array([each.value for each in found])
    assert abs(values.mean() - truth) < 3 * values.std() / np.sqrt(draws) + 0.01 * truth
    naive = cx.sum() / mx.sum() if ratio else cx.sum()
    assert abs(naive - truth) > 10 * abs(values.mean() - truth)


def test_few_stretches_are_marked():
    y = np.array([0.0] * 50 + [1.0] * 9)
    design = DesignWeights(np.full(59, 0.1), np.zeros(59, np.int64))
    assert not weighted(y, None, design, 0.95).is_reliable
    assert weighted(np.append(y[1:], 1.0), None, design, 0.95).is_reliable
    assert not weighted(np.append(y[1:], 1.0), None, design, 0.95, n=20).is_reliable


def test_no_error_in_few_stretches_is_no_interval():
    design = DesignWeights(np.full(40, 0.1), np.zeros(40, np.int64))
    found = weighted(np.zeros(40), None, design, 0.95)
    assert found.value == 0
    assert np.isnan(found.low)
    assert not found.is_reliable
