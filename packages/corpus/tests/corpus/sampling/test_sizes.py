"""Sizes, levels, gains, and the precision that they predict."""

import numpy as np
import pytest

from packages.corpus.tests.corpus.sampling.helpers_archives import small_frame
from vocalbaby.corpus.sampling.drawing import draw
from vocalbaby.corpus.sampling.frame import build_frame
from vocalbaby.corpus.sampling.planning import expected_precision
from vocalbaby.corpus.sampling.sizes import (
    SIZES,
    expected_gain,
    levels,
    mean_residual,
    predicted_proportion,
    residual_variance,
    size_of,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import ConfigError

FRAME = small_frame()


@pytest.mark.parametrize("name", SIZES)
def test_sizes_have_a_mean_of_one_and_a_floor(name: str) -> None:
    sizes = size_of(FRAME, name, 0.2)
    assert sizes.mean() == pytest.approx(1.0)
    assert sizes.min() >= 0.2


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(ConfigError, match="no size 'height'"):
        size_of(FRAME, "height")
    with pytest.raises(ConfigError, match="floor"):
        size_of(FRAME, "speech", 1.5)


def test_mean_and_variance_are_those_of_classes_drawn_by_their_probabilities() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), 6)
    segments = tuple(
        Segment(i, i + 0.5, "Crying", dict(zip(CLASSES, row, strict=True)))
        for i, row in enumerate(p.tolist())
    )
    frame = build_frame([Timeline("x", segments, duration_s=60.0)])
    r = predicted_proportion(frame)
    drawn = np.array([[rng.choice(5, p=row) for row in p] for _ in range(20_000)])
    z = (drawn == 0).sum(axis=1) - r * (drawn <= 1).sum(axis=1)
    missed = 1 / 60 * r * (1 - r)
    assert mean_residual(frame, r)[0] == pytest.approx(z.mean(), abs=0.03)
    assert residual_variance(frame, r)[0] - missed == pytest.approx(z.var(), rel=0.05)


def test_gain_grows_with_uncertainty_and_with_similar_units_and_falls_with_cost() -> None:
    def timeline(name: str, p: float, seconds: float = 60.0) -> Timeline:
        probabilities = {"Canonical": p, "Non-canonical": 1 - p}
        segment = Segment(1, 2, "Canonical", probabilities)
        return Timeline(name, (segment,), duration_s=seconds)

    days = [timeline("a", 0.5), timeline("b", 0.9), timeline("c", 0.91), timeline("d", 0.9, 80.0)]
    uncertain, certain, _, long = expected_gain(build_frame(days)).tolist()
    assert uncertain > certain > long
    alone = [timeline("a", 0.5), timeline("b", 0.9), timeline("e", 0.3)]
    fewer = expected_gain(build_frame(alone)).tolist()
    assert certain / uncertain > fewer[1] / fewer[0]


def test_levels_have_equal_sums_of_sizes() -> None:
    sizes = np.random.default_rng(0).lognormal(0, 1, 5000)
    level = levels(sizes, 4)
    assert np.bincount(level, weights=sizes) / sizes.sum() == pytest.approx([0.25] * 4, abs=0.01)
    assert all(sizes[level == i].max() <= sizes[level == i + 1].min() for i in range(3))


def test_units_of_the_same_size_have_the_same_level() -> None:
    assert levels(np.array([1.0] * 9 + [2.0]), 5).tolist() == [0] * 9 + [1]


def test_the_expected_half_width_is_that_of_simulated_estimates() -> None:
    # Truth is drawn by the model's own probabilities, so that these are right.
    rng = np.random.default_rng(5)
    p = rng.dirichlet([0.4, 1.0, 0.5, 0.2, 0.8], 4000)
    onsets = np.sort(rng.beta(1, 3, 4000) * 60_000)
    segments = tuple(
        Segment(t, t + 0.5, "Crying", dict(zip(CLASSES, row, strict=True)))
        for t, row in zip(onsets.tolist(), p.tolist(), strict=True)
    )
    frame = build_frame([Timeline("x", segments, duration_s=60_000.0)])
    unit = (onsets // 60).astype(int)
    errors = []
    design = draw(frame, "pps", n=100).design
    assert design is not None
    for seed in range(300):
        classes = (p.cumsum(axis=1) < rng.uniform(size=(4000, 1))).sum(axis=1)
        c = np.bincount(unit[classes == 0], minlength=len(frame))
        m = np.bincount(unit[classes <= 1], minlength=len(frame))
        at = draw(frame, "pps", n=100, seed=seed).chosen
        q = design.probabilities[at]
        errors.append((c[at] / q).sum() / (m[at] / q).sum() - c.sum() / m.sum())
    expected = expected_precision(frame, design, correlation=0.0, missed=0.0)
    assert expected is not None
    assert expected.weighted == pytest.approx(1.96 * np.std(errors), rel=0.15)
    assert expected.assisted < expected.weighted


def test_less_precision_is_expected_of_stretches_whose_errors_are_alike() -> None:
    design = draw(FRAME, "pps", n=6).design
    assert design is not None
    alone = expected_precision(FRAME, design, correlation=0.0, missed=0.0)
    alike = expected_precision(FRAME, design, correlation=0.5, missed=0.0)
    missing = expected_precision(FRAME, design, correlation=0.0, missed=0.5)
    assert alone is not None
    for each in (alike, missing):
        assert each is not None
        assert each.weighted > 1.05 * alone.weighted
        assert each.assisted > 1.05 * alone.assisted


def test_an_annotated_population_has_no_error() -> None:
    design = draw(FRAME, "pps", n=len(FRAME)).design
    assert design is not None
    precision = expected_precision(FRAME, design)
    assert precision is not None
    assert precision.weighted == precision.assisted == 0.0


def test_no_precision_is_expected_without_vocalizations() -> None:
    frame = build_frame([Timeline("x", duration_s=600.0)])
    sample = draw(frame, "pps", n=3)
    assert sample.design is not None
    assert expected_precision(frame, sample.design) is None
