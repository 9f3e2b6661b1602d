"""What intervals must contain: children, clips, rare bouts, durations."""

from dataclasses import replace

import numpy as np
import pytest

from vocalbaby import summary
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.summary import ConfusionTable, Estimate, SummaryConfig
from vocalbaby.summary.errors import ErrorModel

QUICK = SummaryConfig(draws=1000)


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def cries(name: str, onsets: list[float], minutes: float, child: str = "c1") -> Timeline:
    segments = tuple(Segment(t, t + 2.0, "Crying") for t in onsets)
    about = Child(child, age_months=9.0)
    return Timeline(name, segments, 60.0 * minutes, child=about)


def table(groups: int = 6) -> ConfusionTable:
    """Half of the cries of each group are missed, more or less; the rest is right."""
    rows: list[tuple[str, str, str, float, float]] = []
    for group in range(groups):
        for name in CLASSES:
            missed = 4.0 + 2 * (group % 2) if name == "Crying" else 0.0
            rows += [(f"g{group}", name, name, 10 - missed, 20.0 - 2 * missed)]
            rows += [(f"g{group}", name, "none", missed, 2 * missed)]
    return ConfusionTable.from_rows(rows, "m1")


def test_a_child_with_short_recordings_has_intervals() -> None:
    clips = [cries(f"clip{i}", [10.0, 15.0] * (i % 3 == 0), 2.0) for i in range(40)]
    (row,) = summary.summarize(clips, by=["child"], config=QUICK).figures
    # 14 of 40 clips have two cries each: twice the standard deviation of a binomial number.
    assert width(row.given["cry_voc_chi"]) == pytest.approx(3.92 * 2 * 3.02, rel=0.25)


def test_a_short_recording_does_not_take_the_interval_from_the_child() -> None:
    days = [cries("day", [600.0 * i for i in range(30)], 300.0), cries("short", [1.0], 3.0)]
    (row,) = summary.summarize(days, by=["child"], config=QUICK).figures
    assert row.given["cry_voc_chi"].low is not None


def test_the_error_of_the_table_does_not_shrink_with_the_number_of_children() -> None:
    model = ErrorModel.of(table())
    found = np.stack([model.draw(400, (1,), (2, child))[:, 2, 2] for child in range(12)])
    other = np.stack([model.draw(400, (1, child), (2, child))[:, 2, 2] for child in range(12)])
    assert found.mean(axis=0).std() > 2 * other.mean(axis=0).std()


def test_corrected_mean_durations_are_as_sure_as_durations_are() -> None:
    days = cries("day1", [300.0 * i for i in range(100)], 500.0)
    junk = Timeline("day1", (*days.segments, Segment(29_000.0, 29_001.0, "Junk")), days.duration_s)
    (row,) = summary.summarize(junk, by=["recording"], confusion=table(), config=QUICK).figures
    assert row.corrected is not None
    mean = row.corrected["avg_cry_voc_dur_chi"]
    assert mean.value == pytest.approx(2000.0, rel=0.02)
    assert width(mean) < 0.2 * 2000.0
    assert width(row.corrected["cry_voc_chi"]) > 0.5 * 200.0


def test_a_class_that_did_not_occur_may_have_had_a_bout() -> None:
    begins = [1800.0 * i + 6.0 * k for i in range(18) for k in range(8)]
    (row,) = summary.summarize(cries("day1", begins, 540.0), by=["recording"]).figures
    laughs = row.given["laugh_voc_chi"]
    assert (laughs.value, laughs.low) == (0.0, 0.0)
    assert laughs.high == pytest.approx(8 * 5.024 / 2, rel=0.15)


def test_a_bout_that_was_not_heard_is_one_of_all_children() -> None:
    onsets = [600.0 * i for i in range(30)]
    days = [cries(f"day{i}", onsets, 300.0, child=f"c{i}") for i in range(10)]
    (row,) = summary.summarize(days, by=["age"], config=QUICK).figures
    assert row.given["laugh_voc_chi"].high == pytest.approx(5.024 / 2, rel=0.25)


def test_time_without_sound_does_not_make_rates_vary() -> None:
    day = cries("day1", [60.0 * i for i in range(300)], 600.0)
    gap = Segment(18_000.0, 36_000.0, "gap", tier="quality")
    silent = replace(day, segments=(*day.segments, gap))
    (row,) = summary.summarize(silent, by=["recording"], config=QUICK).figures
    assert row.given["cry_voc_chi_ph"].value == pytest.approx(60.0)
    assert width(row.given["cry_voc_chi_ph"]) < 3.0


def with_junk(day: Timeline) -> Timeline:
    p: dict[str, float] = {name: 0.96 if name == "Crying" else 0.01 for name in CLASSES}
    segments = [replace(segment, probabilities=p) for segment in day.segments]
    junk: dict[str, float] = {name: 0.96 if name == "Junk" else 0.01 for name in CLASSES}
    return replace(day, segments=(*segments, Segment(29_990.0, 29_991.0, "Junk", junk)))


def certain(size: float, groups: int = 2) -> ConfusionTable:
    """Exactly half of the cries are missed in every group."""
    rows = [
        (f"g{group}", name, given, size / 2, size)
        for group in range(groups)
        for name in CLASSES
        for given in ((name, "none") if name == "Crying" else (name,))
    ]
    return ConfusionTable.from_rows(rows, "m1", prior=dict.fromkeys(CLASSES, 1.0))


def test_of_the_day_itself_it_is_not_known_which_segments_were_missed() -> None:
    day = with_junk(cries("day1", [250.0 * i for i in range(100)], 500.0))
    config = SummaryConfig(draws=2000, sampling=False)
    (row,) = summary.summarize(day, by=["recording"], confusion=certain(1e6), config=config).figures
    assert row.corrected is not None
    # Binomial errors of 200 cries, of which half are found.
    expected = 3.92 * np.sqrt(200 * 0.25) / 0.5
    assert width(row.corrected["cry_voc_chi"]) == pytest.approx(expected, rel=0.15)


def test_intervals_of_many_children_have_the_error_of_one_table() -> None:
    config = SummaryConfig(draws=500, sampling=False)
    onsets = [25.0 * i for i in range(1000)]
    relative = []
    for number in (1, 12):
        days = [with_junk(cries(f"d{i}", onsets, 500.0, f"c{i}")) for i in range(number)]
        (row,) = summary.summarize(days, by=["age"], confusion=certain(20.0), config=config).figures
        assert row.corrected is not None
        relative.append(width(row.corrected["cry_voc_chi"]) / number)
    assert relative[1] > 0.75 * relative[0]


def test_em_corrects_for_misses() -> None:
    day = with_junk(cries("day1", [250.0 * i for i in range(100)], 500.0))
    config = SummaryConfig(draws=100, method="em")
    (row,) = summary.summarize(day, by=["recording"], confusion=certain(1e4), config=config).figures
    assert row.corrected is not None
    assert row.corrected["cry_voc_chi"].value == pytest.approx(200, rel=0.05)
