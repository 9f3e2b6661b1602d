"""Intervals are drawn from the largest clusters, and contain the truth as often as they claim."""

import numpy as np
import pytest

from packages.corpus.tests.corpus.agreement.helpers_agreement import random_rows, timeline
from vocalbaby.corpus import agreement
from vocalbaby.corpus.agreement import AgreementConfig
from vocalbaby.corpus.agreement.intervals import Clusters, choose_clusters, interval_of
from vocalbaby.corpus.agreement.measures import kappa
from vocalbaby.corpus.agreement.methods import methods_paragraph
from vocalbaby.entity.timeline import Child, Segment, Timeline


def test_the_same_seed_gives_the_same_interval() -> None:
    one, two = (
        [timeline(random_rows(10 * i + side, "AB"), f"d{i}") for i in range(8)] for side in (0, 1)
    )
    names = {"A": "A", "B": "B"}
    first, again, other = (
        agreement.compare(one, two, mapping=names, config=AgreementConfig(seed=seed)).find("kappa")
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first is not None
    assert other is not None
    assert first.value == other.value
    assert first.low != other.low


@pytest.mark.parametrize(
    ("n_children", "per_child", "expected"),
    [(6, 1, ("children", 6)), (3, 2, ("recordings", 6)), (1, 1, ("blocks", 12))],
)
def test_clusters_are_children_then_recordings_then_blocks(
    n_children: int, per_child: int, expected: tuple[str, int]
) -> None:
    days = [
        Timeline(f"d{c}-{r}", (Segment(1, 2, "Crying"),), 3600.0, child=Child(f"c{c}"))
        for c in range(n_children)
        for r in range(per_child)
    ]
    found = agreement.compare(days, days)
    assert (found.coverage.clusters, found.coverage.n_clusters) == expected
    assert f"over {expected[1]} {expected[0]}" in methods_paragraph(found)


def test_children_that_are_not_known_are_no_clusters() -> None:
    index = np.arange(6)
    unknown = np.array([-1, 0, 1, 2, 3, 4])
    assert choose_clusters(unknown, index, index).kind == "recordings"


def test_without_draws_there_are_no_intervals() -> None:
    clusters = Clusters("blocks", np.arange(6), 6)
    low, high = interval_of(np.ones((6, 2, 2)), clusters, kappa, draws=0, seed=0, level=0.95)
    assert np.isnan(low)
    assert np.isnan(high)


def test_intervals_of_95_percent_cover_kappa_of_the_population() -> None:
    """300 samples of 30 children, whose accuracies differ; the truth is of 200,000 children.

    The coverage has a standard error of 1.3 %; percentile intervals of 30 clusters are
    slightly too short.
    """
    rng = np.random.default_rng(1)

    def children(n: int) -> np.ndarray:
        accuracy = rng.beta(6, 2, n)
        truth = rng.binomial(40, 0.3, n)
        hits = rng.binomial(truth, accuracy), rng.binomial(40 - truth, accuracy)
        cells = [hits[0], truth - hits[0], 40 - truth - hits[1], hits[1]]
        return np.stack(cells, axis=1).reshape(n, 2, 2).astype(float)

    truth = float(kappa(children(200_000).sum(axis=0)))
    clusters, inside = Clusters("children", np.arange(30), 30), 0
    for seed in range(300):
        low, high = interval_of(children(30), clusters, kappa, draws=400, seed=seed, level=0.95)
        inside += bool(low <= truth <= high)
    assert 0.90 <= inside / 300 <= 0.985
