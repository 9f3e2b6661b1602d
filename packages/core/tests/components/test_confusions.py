import numpy as np
import pytest
from sklearn import metrics

from vocalbaby.components.confusions import (
    METRICS,
    bin_gaps,
    calibration_gap,
    confusions_by_child,
    draw_children,
    interval,
    metric,
)
from vocalbaby.components.metrics import calibration_error

RNG = np.random.default_rng(3)
TRUTH = RNG.integers(0, 4, 200)  # the class 4 never occurs
GUESS = np.where(RNG.random(200) < 0.6, TRUTH, RNG.integers(0, 5, 200))
GUESS[GUESS == 3] = 2  # and the class 3 is never predicted
CHILD = RNG.integers(0, 9, 200)
COUNTS = confusions_by_child(TRUTH, GUESS, CHILD, 5)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_equal_those_of_scikit_learn(name: str) -> None:
    labels = sorted(set(TRUTH))
    options = {"labels": labels, "zero_division": 0.0}
    expected = {
        "uar": metrics.recall_score(TRUTH, GUESS, average="macro", **options),
        "recall": metrics.recall_score(TRUTH, GUESS, average="macro", **options),
        "macro_f1": metrics.f1_score(TRUTH, GUESS, average="macro", **options),
        "weighted_f1": metrics.f1_score(TRUTH, GUESS, average="weighted", **options),
        "precision": metrics.precision_score(TRUTH, GUESS, average="macro", **options),
        "accuracy": metrics.accuracy_score(TRUTH, GUESS),
    }
    assert float(metric(name, COUNTS.sum(axis=0))) == pytest.approx(expected[name], abs=1e-12)


def test_many_matrices_give_what_each_gives_alone() -> None:
    draws = draw_children(9, 20, seed=1)
    drawn = (draws @ COUNTS.reshape(9, -1)).reshape(-1, 5, 5)
    for name in METRICS:
        alone = [float(metric(name, each)) for each in drawn]
        np.testing.assert_array_equal(metric(name, drawn), alone)


def test_a_resample_is_what_the_clips_of_its_children_give() -> None:
    (times,) = draw_children(9, 1, seed=5)
    rows = np.concatenate(
        [np.flatnonzero(c == CHILD) for c in np.repeat(np.arange(9), times.astype(int))]
    )
    expected = metrics.accuracy_score(TRUTH[rows], GUESS[rows])
    drawn = np.tensordot(times, COUNTS, 1)
    assert float(metric("accuracy", drawn)) == pytest.approx(expected)


def test_the_calibration_error_of_all_children_is_that_of_the_clips() -> None:
    confidence, right = RNG.random(200), TRUTH == GUESS
    gaps = bin_gaps(confidence, right, CHILD, 15, 9)
    found = float(calibration_gap(gaps.sum(axis=0), np.array(200.0)))
    assert found == pytest.approx(calibration_error(confidence, right, 15))


def test_a_metric_without_clips_is_not_defined() -> None:
    assert np.isnan(metric("uar", np.zeros((5, 5))))
    low, high = interval(np.full((10, 2), np.nan), 0.95)
    assert np.isnan(low).all()
    assert np.isnan(high).all()
