import math
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from vocalbaby.entity.timeline import Child, Segment, Tier, Timeline
from vocalbaby.exception import DataError


def test_a_segment_may_have_no_length() -> None:
    assert Segment(3.0, 3.0).duration_s == 0.0


@pytest.mark.parametrize(
    ("onset_s", "offset_s"),
    [(2.0, 1.0), (math.nan, 1.0), (0.0, math.nan), (0.0, math.inf), (-math.inf, 0.0)],
)
def test_rejects_impossible_times(onset_s: float, offset_s: float) -> None:
    with pytest.raises(DataError):
        Segment(onset_s, offset_s)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan])
def test_rejects_impossible_probabilities(probability: float) -> None:
    with pytest.raises(DataError, match="Crying"):
        Segment(0.0, 1.0, probabilities={"Junk": 0.5, "Crying": probability})


def test_segments_may_overlap_and_keep_their_order() -> None:
    segments = (Segment(1.0, 3.0), Segment(0.0, 2.0), Segment(0.0, 2.0))
    assert Timeline("day1", segments).segments == segments


@pytest.mark.parametrize("duration_s", [-1.0, math.nan, math.inf])
def test_rejects_impossible_durations(duration_s: float) -> None:
    with pytest.raises(DataError, match="duration of day1"):
        Timeline("day1", duration_s=duration_s)


@pytest.mark.parametrize("age", [-1.0, math.nan, math.inf])
def test_rejects_impossible_ages(age: float) -> None:
    with pytest.raises(DataError, match="age of c07"):
        Child("c07", age_months=age)


def test_listed_tiers_hold_every_segment() -> None:
    on_tier = Segment(0.0, 1.0, tier="CHI")
    tiers = (Tier("CHI", {"PARTICIPANT": "c07"}), Tier("empty"))
    assert Timeline("day1", (on_tier,), tiers=tiers).tiers == tiers
    assert Timeline("day1", (on_tier, Segment(0.0, 1.0))).tiers == ()
    with pytest.raises(DataError, match=r"\['CHI'\]"):
        Timeline("day1", (on_tier,), tiers=(Tier("FEM"),))


def test_a_timeline_is_immutable_and_compares_by_value() -> None:
    timeline = Timeline(
        "day1",
        (Segment(0.0, 1.0, "Crying", {"Crying": 0.9, "Junk": 0.1}, "CHI", "CHI", {"conf": "1"}),),
        duration_s=57_600.0,
        clock_start=datetime(2024, 5, 1, 9, 30, tzinfo=UTC),
        child=Child("c07", "corpus", 9.5, "F", {"lang": "fr"}),
        tiers=(Tier("CHI"),),
        attributes={"channel": "1"},
    )
    assert timeline == replace(timeline)
    assert timeline != replace(timeline, segments=())
    with pytest.raises(FrozenInstanceError):
        timeline.duration_s = 1.0  # type: ignore[misc] # on purpose
