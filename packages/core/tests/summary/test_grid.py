"""Timelines in bins: what is counted, where, and for how long."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.summary.config import SummaryConfig
from vocalbaby.summary.events import UNCLASSIFIED, events_of
from vocalbaby.summary.grid import BOUTS, Grid, grid_of

CRY, JUNK = 2, 4


def binned(*segments: Segment, **about: object) -> Grid:
    return grid_of(Timeline("day1", segments, **about), SummaryConfig())  # type: ignore[arg-type]


def clock(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 5, 1, hour, minute, second)  # noqa: DTZ001 - local time of a recorder


def test_a_recording_without_segments_and_duration_is_empty() -> None:
    grid = binned()
    assert grid.observed.size == 0
    assert not grid.duration_known


def test_the_last_segment_ends_a_recording_whose_duration_is_not_known() -> None:
    grid = binned(Segment(0, 90, "Crying"))
    assert grid.observed.tolist() == [60.0, 30.0]


def test_a_point_is_counted_and_has_no_seconds() -> None:
    grid = binned(Segment(0, 0, "Laughing"))
    assert grid.counts[:, 3].tolist() == [1.0]
    assert grid.seconds[:, 3].tolist() == [0.0]


def test_segments_count_where_they_begin_and_last_where_they_are() -> None:
    grid = binned(Segment(59, 130, "Crying"), duration_s=180.0)
    assert grid.counts[:, CRY].tolist() == [1, 0, 0]
    assert grid.seconds[:, CRY].tolist() == pytest.approx([1, 60, 10])


def test_overlapping_segments_of_a_class_have_their_time_once() -> None:
    grid = binned(
        Segment(0, 10, "Crying"), Segment(2, 4, "Crying"), Segment(8, 12, "Crying"), duration_s=60.0
    )
    assert grid.counts[0, CRY] == 3
    assert grid.seconds[0, CRY] == pytest.approx(12)


def test_overlapping_segments_of_two_classes_have_their_time_in_both() -> None:
    grid = binned(Segment(0, 10, "Crying"), Segment(5, 10, "Junk"), duration_s=60.0)
    assert grid.seconds[0, [CRY, JUNK]].tolist() == [10, 5]


def test_segments_beyond_the_end_are_in_the_last_bin() -> None:
    grid = binned(Segment(59, 60.004, "Crying"), Segment(61, 62, "Crying"), duration_s=60.0)
    assert grid.observed.tolist() == [60.0]
    assert grid.counts[0, CRY] == 2
    assert grid.seconds[0, CRY] == pytest.approx(2.004)


def test_vocalizations_of_no_known_class_are_unclassified_and_others_are_left_out() -> None:
    events = events_of(
        Timeline(
            "day1",
            (
                Segment(0, 1, "mama", speaker="CHN"),
                Segment(1, 2, "hello", speaker="FAN"),
                Segment(2, 3, "Crying", speaker="CXN"),
                Segment(3, 4, "gap", tier="quality"),
            ),
        )
    )
    assert events.kind.tolist() == [UNCLASSIFIED]
    assert events.others == 2


def test_with_vtc_s_codes_chi_is_another_child() -> None:
    events = events_of(
        Timeline("day1", (Segment(0, 1, speaker="KCHI"), Segment(2, 3, speaker="CHI")))
    )
    assert events.onset.tolist() == [0.0]


def test_elan_s_tiers_of_one_utterance_count_once() -> None:
    tiers = Tier("CHI"), Tier("vcm@CHI", {"PARENT_REF": "CHI"})
    utterance = Segment(0, 1, "xx", tier="CHI", attributes={"ANNOTATION_ID": "a1"})
    maturity = Segment(
        0, 1, "C", tier="vcm@CHI", attributes={"ANNOTATION_ID": "a2", "ANNOTATION_REF": "a1"}
    )
    events = events_of(Timeline("day1", (utterance, maturity), tiers=tiers))
    assert events.kind.tolist() == [0]


def test_gaps_and_digital_silence_are_not_observed_and_clipping_is() -> None:
    quality = [
        Segment(0, 30, "gap", tier="quality"),
        Segment(20, 40, "digital_silence", tier="quality"),
        Segment(0, 60, "clipping", tier="quality"),
    ]
    assert binned(*quality, duration_s=60.0).observed.tolist() == pytest.approx([20])


def test_hours_are_those_of_the_clock_also_past_midnight() -> None:
    grid = binned(duration_s=3 * 3600.0, clock_start=clock(22, 50, 30))
    numbers, bins = np.unique(grid.hours, return_counts=True)
    assert [str(grid.clock(hour)) for hour in numbers.tolist()] == [
        "2024-05-01 22:00:00",
        "2024-05-01 23:00:00",
        "2024-05-02 00:00:00",
        "2024-05-02 01:00:00",
    ]
    seconds = [grid.observed[grid.hours == hour].sum() for hour in numbers]
    assert seconds == pytest.approx([570, 3600, 3600, 3030])
    assert bins.tolist() == [10, 60, 60, 51]


def test_without_a_clock_hours_are_those_of_the_recording() -> None:
    grid = binned(duration_s=3700.0)
    assert grid.clock(0) is None
    assert np.unique(grid.hours).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("gap", "bouts"), [(4.999, 1), (5.0, 1), (5.001, 2)], ids=["less", "equal", "more"]
)
def test_cries_are_a_bout_up_to_the_gap(gap: float, bouts: int) -> None:
    grid = binned(Segment(0, 6, "Crying"), Segment(6 + gap, 13 + gap, "Crying"), duration_s=60.0)
    assert grid.counts[0, BOUTS] == bouts


def test_short_bouts_are_left_out_and_other_classes_make_none() -> None:
    grid = binned(Segment(0, 4.9, "Crying"), Segment(20, 40, "Canonical"), duration_s=60.0)
    assert grid.counts[0, BOUTS] == 0


times = st.floats(0, 5000).map(lambda t: round(t, 3))
segments = st.lists(
    st.tuples(times, times, st.sampled_from(["Crying", "Junk", "Canonical"])), max_size=12
)


@given(segments, st.floats(0, 6000), st.integers(0, 86_399))
def test_no_segment_and_no_second_is_lost(
    drawn: list[tuple[float, float, str]], duration: float, start: int
) -> None:
    own = tuple(Segment(min(a, b), max(a, b), label) for a, b, label in drawn)
    begin = clock(start // 3600, start // 60 % 60, start % 60)
    grid = binned(*own, duration_s=duration, clock_start=begin)
    assert grid.observed.sum() == pytest.approx(duration)
    assert grid.counts[:, :BOUTS].sum() == len(own)
    for kind, label in ((0, "Canonical"), (2, "Crying"), (4, "Junk")):
        covered = union([(s.onset_s, s.offset_s) for s in own if s.label == label])
        assert grid.seconds[:, kind].sum() == pytest.approx(covered, abs=1e-6)


def union(spans: list[tuple[float, float]]) -> float:
    end, total = -1.0, 0.0
    for onset, offset in sorted(spans):
        total += max(0.0, offset - max(onset, end))
        end = max(end, offset)
    return total
