import numpy as np
import pytest

from vocalbaby.monitoring.drift.config import ScoreConfig
from vocalbaby.monitoring.drift.null_distribution import compare, halve, limits
from vocalbaby.monitoring.drift.sample import Predictions, Sample


@pytest.mark.parametrize(("rows", "expected"), [(50, 50), (250, 250), (2000, 250)])
def test_halves_share_no_child(reference: Sample, rows: int, expected: int) -> None:
    for seed in range(20):
        one, other = halve(np.random.default_rng(seed), reference, rows)
        assert not set(one.groups) & set(other.groups)
        assert len(other) == pytest.approx(expected, abs=30)
        assert len(other) <= rows
        assert len(one) + len(other) <= len(reference)


def test_a_reference_of_one_child_is_halved_by_rows(reference: Sample) -> None:
    alone = Sample(reference.values, reference.predictions, np.zeros(len(reference), np.intp))
    one, other = halve(np.random.default_rng(0), alone, 300)
    assert len(one) == len(other) == 250


def test_smaller_windows_have_higher_limits(reference: Sample) -> None:
    config = ScoreConfig(resamples=30)
    small, large = limits(reference, 40, config), limits(reference, 250, config)
    assert small.score > large.score > 0.5
    assert small.classes > large.classes > 0
    assert (small.columns > large.columns).mean() > 0.9


def test_matched_classes_remove_a_change_of_the_mixture() -> None:
    """The two classes are far apart, and only their shares change."""
    rng = np.random.default_rng(0)

    def sample(share: float) -> Sample:
        labels = np.where(rng.random(400) < share, "Crying", "Junk")
        values = rng.standard_normal((400, 10)) + np.where(labels == "Crying", 2.0, 0.0)[:, None]
        return Sample(values, Predictions(labels, np.zeros((400, 2))), np.arange(400))

    one, other = sample(0.2), sample(0.8)
    assert compare(one, other, ScoreConfig()) > 0.7
    assert compare(one, other, ScoreConfig(), matched=True) < 0.57


def test_progress_is_reported_after_each_half(reference: Sample) -> None:
    reported: list[tuple[int, int]] = []
    config = ScoreConfig(resamples=20)
    limits(reference, 60, config, lambda done, total: reported.append((done, total)))
    assert reported == [(done, 20) for done in range(1, 21)]
