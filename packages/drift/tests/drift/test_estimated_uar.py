import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.monitoring.drift.estimated_uar import estimate_class_shares, estimate_uar, true_uar

CLASSES = ("a", "b", "c")
CENTRES = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 2.0]])


def window(
    shares: tuple[float, ...], n: int = 20_000
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Probabilities that are right where the classes are equally frequent, and the truth."""
    rng = np.random.default_rng(0)
    truth = rng.choice(3, n, p=shares)
    points = CENTRES[truth] + rng.standard_normal((n, 2))
    distance = ((points[:, None] - CENTRES) ** 2).sum(axis=2)
    likelihood = np.exp(-distance / 2)
    return likelihood / likelihood.sum(axis=1, keepdims=True), np.array(CLASSES)[truth]


@pytest.mark.parametrize("shares", [(1 / 3, 1 / 3, 1 / 3), (0.8, 0.15, 0.05), (0.1, 0.1, 0.8)])
def test_the_estimate_is_right_for_any_mixture_of_classes(shares: tuple[float, ...]) -> None:
    probabilities, truth = window(shares)
    true = true_uar(probabilities, truth, CLASSES)
    estimate = estimate_uar(probabilities)
    assert estimate.uar == pytest.approx(true, abs=0.015)
    assert estimate.shares == pytest.approx(shares, abs=0.02)
    assert estimate_class_shares(probabilities) == pytest.approx(shares, abs=0.02)


def test_the_frequencies_for_which_the_model_is_calibrated_do_not_change_the_estimate() -> None:
    equal, _ = window((0.1, 0.1, 0.8))
    prior = (1.0, 1.0, 4.0)
    weighted = equal * np.array(prior)
    weighted /= weighted.sum(axis=1, keepdims=True)
    assert estimate_class_shares(weighted, prior) == pytest.approx(
        estimate_class_shares(equal), abs=1e-5
    )
    true = true_uar(weighted, window((0.1, 0.1, 0.8))[1], CLASSES)
    assert estimate_uar(weighted, prior).uar == pytest.approx(true, abs=0.015)
    assert estimate_class_shares(weighted)[2] > 0.85


def test_a_concept_shift_is_not_seen() -> None:
    probabilities, truth = window((1 / 3, 1 / 3, 1 / 3))
    renamed = np.array([{"a": "b", "b": "a", "c": "c"}[label] for label in truth])
    true = true_uar(probabilities, renamed, CLASSES)
    assert true is not None
    assert true < 0.5
    assert estimate_uar(probabilities).uar > 0.7


def test_an_absent_class_has_no_recall() -> None:
    probabilities = np.tile([0.999, 0.001, 0.0], (50, 1))
    assert estimate_uar(probabilities).uar == pytest.approx(1.0)
    assert true_uar(probabilities, np.array(["a"] * 50), CLASSES) == 1.0
    assert true_uar(probabilities, np.array([""] * 50), CLASSES) is None
