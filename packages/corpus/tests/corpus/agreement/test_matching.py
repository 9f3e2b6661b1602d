"""Segments are matched such that no other matching is better."""

import itertools

import pytest

from packages.corpus.tests.corpus.agreement.helpers_agreement import random_rows
from vocalbaby.corpus.agreement.matching import match_segments
from vocalbaby.corpus.agreement.tracks import Track, track_of


def iou(a: Track, i: int, b: Track, j: int) -> float:
    common = min(a.offset[i], b.offset[j]) - max(a.onset[i], b.onset[j])
    union = a.offset[i] - a.onset[i] + b.offset[j] - b.onset[j] - common
    return float(common / union) if common > 0 else 0.0


def best_sum(a: Track, b: Track, least: float) -> float:
    """The largest sum over all matchings, by trying them."""
    if a.size > b.size:
        a, b = b, a
    return max(
        sum(v for i, j in enumerate(order) if (v := iou(a, i, b, j)) >= least - 1e-9)
        for order in itertools.permutations(range(b.size), a.size)
    )


@pytest.mark.parametrize("least", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(15))
def test_no_matching_has_a_larger_sum(seed: int, least: float) -> None:
    a = track_of(random_rows(seed, "A", n=5, end=5.0), "A")
    b = track_of(random_rows(500 + seed, "A", n=6, end=5.0), "A")
    pairs = match_segments(a, b, least)
    values = [iou(a, i, b, j) for i, j in pairs.tolist()]
    assert all(value >= least - 1e-9 for value in values)
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)
    assert sum(values) == pytest.approx(best_sum(a, b, least))


def test_a_greedy_choice_is_not_taken() -> None:
    """The best single pair would leave both others alone."""
    a = track_of([(0.0, 10.0, "A"), (4.0, 14.0, "A")], "A")
    b = track_of([(0.0, 6.0, "A"), (1.0, 11.0, "A")], "A")
    assert match_segments(a, b, 0.2).tolist() == [[0, 0], [1, 1]]


def test_a_share_at_the_threshold_matches() -> None:
    a, b = track_of([(0, 1, "A")], "A"), track_of([(0, 2, "A")], "A")
    assert len(match_segments(a, b, 0.5)) == 1
    assert len(match_segments(a, b, 0.51)) == 0


def test_long_segments_before_short_ones_are_found() -> None:
    """A segment of the other side that began long before overlaps too."""
    a = track_of([(50, 60, "A")], "A")
    b = track_of([(45, 60, "A"), (46, 47, "A"), (48, 49, "A")], "A")
    assert match_segments(a, b, 0.5).tolist() == [[0, 0]]


def test_nothing_matches_nothing() -> None:
    none = track_of([], "A")
    assert match_segments(none, none, 0.5).shape == (0, 2)
