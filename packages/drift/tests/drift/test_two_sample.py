import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from vocalbaby.monitoring.drift import two_sample
from vocalbaby.monitoring.drift.two_sample import assign_folds, design, separability

N = 300


def score(values: NDArray[np.float64], groups: NDArray[np.intp] | None = None) -> float:
    """The two-sample score of the two halves of a sample."""
    side = np.arange(len(values)) >= len(values) // 2
    groups = np.arange(len(values)) if groups is None else groups
    folds = np.concatenate([assign_folds(groups[side == here], 5) for here in (False, True)])
    return separability(design(values), side, folds, ridge=1.0)


@pytest.fixture
def values() -> NDArray[np.float64]:
    return np.random.default_rng(0).standard_normal((2 * N, 20))


def test_equal_distributions_have_an_auc_near_one_half(values: NDArray[np.float64]) -> None:
    assert score(values) == pytest.approx(0.5, abs=0.06)


def test_a_shift_is_detected(values: NDArray[np.float64]) -> None:
    values[N:, :3] += 1.0
    assert score(values) > 0.85


def test_a_change_of_scale_is_detected(values: NDArray[np.float64]) -> None:
    values[N:, :3] *= 3.0
    assert score(values) > 0.8


def test_a_change_of_missing_values_is_detected(values: NDArray[np.float64]) -> None:
    rng = np.random.default_rng(1)
    values[:N, 0][rng.random(N) < 0.1] = np.nan
    values[N:, 0][rng.random(N) < 0.6] = np.nan
    assert score(values) > 0.7


def test_monotone_transformations_do_not_change_the_score(values: NDArray[np.float64]) -> None:
    values[N:, 0] += 0.5
    assert score(np.exp(3 * values)) == pytest.approx(score(values), abs=1e-9)


def test_other_children_without_drift_have_an_auc_near_one_half() -> None:
    """The window has ten other children, each with nearly identical clips."""
    rng = np.random.default_rng(5)
    children = np.repeat(np.arange(20), 30)
    values = rng.standard_normal((20, 40))[children] * 2 + rng.standard_normal((600, 40))
    mixed = np.array(
        [separability(design(values), children >= 10, rng.integers(0, 5, 600), ridge=1.0)]
    )
    assert mixed.mean() > 0.95
    assert score(values, children) < 0.7


def test_the_auc_equals_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    side, scores = rng.random(200) < 0.4, rng.integers(0, 20, 200).astype(float)
    weights = rng.random(200)
    expected = roc_auc_score(side, scores, sample_weight=weights)
    assert two_sample._auc(scores, side, weights) == pytest.approx(expected)


def test_a_group_is_in_one_fold() -> None:
    groups = np.repeat(np.array([7, 3, 9, 1, 4, 0, 2]), [5, 9, 2, 30, 6, 8, 11])
    folds = assign_folds(groups, 5)
    assert all(len(set(folds[groups == group])) == 1 for group in groups)
    assert folds.max() < 5
    assert (np.diff(folds) >= 0).all()  # in the order in which they come


def test_few_groups_are_assigned_in_blocks() -> None:
    folds = assign_folds(np.zeros(103, np.intp), 5)
    assert np.bincount(folds).tolist() == [21, 21, 20, 21, 20]
    assert (np.diff(folds) >= 0).all()


def test_a_fold_needs_rows_of_both_samples(values: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="both samples"):
        separability(design(values), np.ones(2 * N, bool), np.arange(2 * N) % 5, ridge=1.0)
