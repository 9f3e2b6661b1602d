import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.components.scaling import fit_scaling, fit_temperature, out_of_fold
from vocalbaby.models.hierarchical import OUTSIDE


def sample(
    n: int, sharpness: float, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Classes drawn from softmax(true scores), and margins that are ``sharpness`` too big."""
    rng = np.random.default_rng(seed)
    scores = 1.5 * rng.normal(size=(n, 4))
    posterior = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = (rng.random(n)[:, np.newaxis] > posterior.cumsum(axis=1)).sum(axis=1)
    return (sharpness * scores).astype(np.float32), truth


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_temperature_corrects_overconfident_margins(sharpness: float) -> None:
    margins, truth = sample(6000, sharpness)
    temperature, bias = fit_scaling(margins, truth, np.ones(6000), 0.01)
    assert temperature == pytest.approx(sharpness, rel=0.08)
    np.testing.assert_allclose(bias, 0, atol=0.1)


def test_bias_corrects_a_shifted_class() -> None:
    margins, truth = sample(6000, 1.0)
    margins[:, 2] -= 0.8
    _, bias = fit_scaling(margins, truth, np.ones(6000), 0.01)
    np.testing.assert_allclose(bias, [-0.2, -0.2, 0.6, -0.2], atol=0.15)


def test_penalty_keeps_the_biases_small() -> None:
    margins, truth = sample(200, 1.0)
    margins[:, 2] -= 0.8
    sizes = [
        np.abs(fit_scaling(margins, truth, np.ones(200), penalty)[1]).max()
        for penalty in (0.0, 0.05, 1.0)
    ]
    assert sizes[0] > sizes[1] > 3 * sizes[2]


def test_out_of_fold_probabilities_exclude_the_clips_of_the_same_child() -> None:
    margins, truth = sample(3000, 3.0)
    children = (np.arange(3000) % 60).astype(str)
    found = out_of_fold(margins, truth, np.ones(3000), 0.01, children, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    # Labels of one child must not reach that child's own probabilities.
    other = truth.copy()
    other[children == "7"] = 0
    changed = out_of_fold(margins, other, np.ones(3000), 0.01, children, 5)
    same = children == "7"
    np.testing.assert_array_equal(changed[same], found[same])
    assert not np.array_equal(changed[~same], found[~same])


def test_the_temperature_is_fitted_to_given_biases_and_weights() -> None:
    margins, truth = sample(6000, 3.0)
    bias = np.array([0.5, -0.5, 0.0, 0.0])
    given = (margins - 3.0 * bias).astype(np.float32)
    assert fit_temperature(given, truth, np.ones(6000), bias) == pytest.approx(3.0, rel=0.08)
    # The second half is of margins that are right at a temperature of 1.
    margins[3000:] = sample(6000, 1.0)[0][3000:]
    first, second = np.arange(6000) < 3000, np.arange(6000) >= 3000
    found = [
        fit_temperature(margins, truth, w.astype(np.float64) + 1e-9, np.zeros(4))
        for w in (first, second)
    ]
    assert found == pytest.approx([3.0, 1.0], rel=0.1)


def test_clips_whose_class_hard_routing_excludes_do_not_count() -> None:
    margins, truth = sample(600, 2.0)
    temperature, bias = fit_scaling(margins, truth, np.ones(600), 0.05)
    excluded = np.where(np.eye(4)[truth] > 0, np.float32(OUTSIDE), margins)
    found = fit_scaling(
        np.concatenate([margins, excluded[:100]]),
        np.concatenate([truth, truth[:100]]),
        np.ones(700),
        0.05,
    )
    assert found[0] == pytest.approx(temperature)
    np.testing.assert_allclose(found[1], bias)
