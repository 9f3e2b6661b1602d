import numpy as np
import pytest

from vocalbaby.components.novelty_fitting import fit_novelty, novelty_scores


def test_center_and_scale_are_robust_to_outliers() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([5, -1], [2, 0.1], size=(5000, 2)).astype(np.float32)
    x[:100] = 1e4
    model = fit_novelty(x, 2)
    np.testing.assert_allclose(model.center, [5, -1], atol=0.2)


def test_axes_are_orthogonal_and_ordered() -> None:
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(2000, 1))
    x = (latent @ np.ones((1, 6)) + 0.3 * rng.normal(size=(2000, 6))).astype(np.float32)
    model = fit_novelty(x, 3)
    np.testing.assert_allclose(model.axes @ model.axes.T, np.eye(3), atol=1e-4)
    assert abs(model.axes[0]) == pytest.approx(np.full(6, 6**-0.5), abs=0.02)
    assert len(model.variances) == 4


def test_only_the_distance_from_the_axes_is_novel() -> None:
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(4000, 1))
    x = (latent @ np.ones((1, 6)) + 0.3 * rng.normal(size=(4000, 6))).astype(np.float32)
    model = fit_novelty(x, 1)
    assert np.sqrt((novelty_scores(model, x) ** 2).mean()) == pytest.approx(1, rel=1e-3)
    along = model.center + 4 * model.scale * np.ones(6)
    across = model.center + 4 * model.scale * np.array([1, -1, 1, -1, 1, -1])
    near, far = novelty_scores(model, np.array([along, across], np.float32))
    assert near < 1
    assert far > 8


def test_constant_and_missing_columns_have_a_positive_scale() -> None:
    rng = np.random.default_rng(0)
    x = np.zeros((200, 4), np.float32)
    x[:, 1] = np.nan
    x[:, 2] = rng.random(200) < 0.05
    x[:, 3] = rng.normal(size=200)
    model = fit_novelty(x, 24)
    assert np.isfinite(model.center).all()
    assert (model.scale > 0).all()
    assert 0.1 < model.scale[2] < 0.5
    assert (model.variances > 0).all()
    assert model.axes.shape == (3, 4)
