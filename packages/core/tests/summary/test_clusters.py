"""Intervals contain how children of an age, and days of a child, differ: shown by simulation."""

import numpy as np
import pytest

from vocalbaby import summary
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.summary import SummaryConfig, sampling

RATE, HOURS, RUNS = 40.0, 1, 40


def days_of(rates: list[float], rng: np.random.Generator, *, one_child: bool) -> list[Timeline]:
    """An hour of Poisson events of each rate."""
    days = []
    for number, rate in enumerate(rates):
        onsets = np.sort(rng.uniform(0, 3600 * HOURS - 1, rng.poisson(rate * HOURS)))
        cries = tuple(Segment(float(at), float(at) + 0.5, "Crying") for at in onsets)
        child = Child("c0" if one_child else f"c{number}", age_months=9.0)
        days.append(Timeline(f"d{number}", cries, 3600.0 * HOURS, None, child))
    return days


def coverage(by: str, clusters: int, spread: float) -> float:
    """Share of intervals that contain the mean rate of all children, or of all days."""
    inside = 0
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        shape = 1 / spread**2
        rates = [float(rng.gamma(shape, RATE / shape)) for _ in range(clusters)]
        config = SummaryConfig(draws=200, seed=run)
        days = days_of(rates, rng, one_child=by == "child")
        (row,) = summary.summarize(days, by=[by], config=config).figures
        cries = row.given["cry_voc_chi_ph"]
        assert cries.low is not None
        assert cries.high is not None
        inside += cries.low <= RATE <= cries.high
    return inside / RUNS


@pytest.mark.parametrize("by", ["age", "child"])
def test_intervals_cover_the_mean_of_clusters_that_differ(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert coverage(by, 12, 0.5) >= 0.87
    monkeypatch.setattr(sampling, "MIN_CLUSTERS", 1000)
    assert coverage(by, 12, 0.5) <= 0.8  # by blocks alone


def test_few_children_and_short_clips_are_not_drawn_as_wholes() -> None:
    rng = np.random.default_rng(0)
    four = days_of([10.0, 20.0, 40.0, 90.0], rng, one_child=False)
    (row,) = summary.summarize(four, by=["age"], config=SummaryConfig(draws=300)).figures
    cries = row.given["cry_voc_chi_ph"]
    assert cries.value is not None
    assert cries.low is not None
    assert cries.value / 2 < cries.low
