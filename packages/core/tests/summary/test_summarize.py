"""Figures of timelines: units, intervals, correction, and what is said about them."""

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest

from vocalbaby import summary
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.summary import ConfusionTable, Estimate, SummaryConfig

QUICK = SummaryConfig(draws=400)
SHARES = {
    "Canonical": {"Canonical": 80, "Non-canonical": 15, "none": 5},
    "Non-canonical": {"Non-canonical": 70, "Canonical": 10, "Junk": 15, "none": 5},
    "Crying": {"Crying": 90, "Junk": 5, "none": 5},
    "Laughing": {"Laughing": 80, "Crying": 10, "none": 10},
    "none": {"Junk": 95, "Crying": 5},
}


def table(version: str = "m1", groups: int = 10) -> ConfusionTable:
    rows = [
        (f"c{group}", true, given, float(n), float(n))
        for group in range(groups)
        for true, row in SHARES.items()
        for given, n in row.items()
    ]
    prior = {"Canonical": 1, "Non-canonical": 1, "Crying": 1, "Laughing": 1, "Junk": 1}
    return ConfusionTable.from_rows(rows, version, prior=prior)


def day(
    numbers: Sequence[int] = (100, 200, 50, 20, 400),
    *,
    name: str = "day1",
    hours: float = 10.0,
    seed: int = 0,
    version: str = "m1",
    child: Child | None = None,
    sure: float = 0.9,
) -> Timeline:
    """A day with so many segments of one second of each class."""
    rng = np.random.default_rng(seed)
    segments = []
    for label, number in zip(CLASSES, numbers, strict=True):
        p: dict[str, float] = {k: sure if k == label else (1 - sure) / 4 for k in CLASSES}
        onsets = np.sort(rng.uniform(0, hours * 3600 - 1, number))
        segments += [Segment(float(t), float(t) + 1.0, label, p) for t in onsets]
    about = {"model_version": version} if version else {}
    return Timeline(name, tuple(segments), hours * 3600, child=child, attributes=about)


def only(timelines: Timeline | list[Timeline], **options: object) -> summary.Figures:
    options = {"by": ["recording"], "config": QUICK, **options}
    (row,) = summary.summarize(timelines, **options).figures  # type: ignore[arg-type]
    return row


def test_an_empty_timeline_has_zeros_and_no_rates() -> None:
    row = only(Timeline("day1"))
    assert row.given["voc_chi"] == Estimate(0.0)
    assert row.given["voc_chi_ph"] == row.given["cp_n"] == Estimate(None)


def test_nothing_seen_in_hours_has_an_upper_end_above_zero() -> None:
    row = only(Timeline("day1", duration_s=36_000.0), config=SummaryConfig(draws=20_000))
    cries = row.given["cry_voc_chi"]
    assert (cries.value, cries.low) == (0.0, 0.0)
    assert cries.high == pytest.approx(5.024 / 2, rel=0.1)  # by Jeffreys, chi-squared / 2


def test_figures_of_a_day() -> None:
    given = only(day()).given
    assert given["voc_chi"].value == 370
    assert given["voc_chi_ph"].value == pytest.approx(37)
    assert given["cry_voc_dur_chi"].value == pytest.approx(50_000)
    assert given["cry_voc_share_chi"].value == pytest.approx(50 / 36_000)
    assert given["cp_n"].value == pytest.approx(1 / 3)
    assert given["lp_n"].value == pytest.approx(300 / 350)
    assert given["junk"].value == 400


def test_a_recording_of_less_than_six_minutes_has_no_intervals() -> None:
    row = only(Timeline("day1", (Segment(0, 9, "Crying"),), duration_s=300.0))
    assert row.given["cry_voc_chi"] == Estimate(1.0)


def test_unknown_duration_is_noted() -> None:
    result = summary.summarize(Timeline("day1", (Segment(0, 9, "Crying"),)), by=["recording"])
    assert any("duration of day1 is not known" in text for text in result.warnings)


def test_a_recording_that_occurs_twice_is_an_error() -> None:
    with pytest.raises(DataError, match="day1 occurs twice"):
        summary.summarize([day(), day()])


def test_an_unknown_unit_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'week'"):
        summary.summarize(day(), by=["week"])


def test_recordings_of_a_child_are_one_row_and_those_without_a_child_have_none() -> None:
    child = Child("c1", "lab", 9.5)
    days = [day(name="a", child=child), day(name="b", seed=1, child=child), day(name="c")]
    result = summary.summarize(days, by=["child", "age"], config=QUICK)
    by_child, by_age = result.figures
    assert (by_child.unit.child_id, by_child.unit.corpus, by_child.recordings) == ("c1", "lab", 2)
    assert (by_age.unit.age_months, by_age.unit.child_id) == (9, "c1")
    assert by_child.given["voc_chi"].value == 740


def test_children_of_two_corpora_are_two() -> None:
    days = [day(name=n, child=Child("c1", corpus)) for n, corpus in (("a", "x"), ("b", "y"))]
    assert len(summary.summarize(days, by=["child"], config=QUICK).figures) == 2


def test_units_that_no_recording_has_are_noted() -> None:
    assert summary.summarize(day(), by=["age"], config=QUICK).warnings == (
        "There are no figures by age: no recording has the age of its child.",
    )


def test_hours_that_are_partly_recorded_have_rates_of_their_time() -> None:
    start = datetime(2024, 5, 1, 23, 30)  # noqa: DTZ001 - local time of a recorder
    cries = tuple(Segment(60.0 * i, 60.0 * i + 1, "Crying") for i in range(60))
    result = summary.summarize(
        Timeline("day1", cries, 3600.0, start), by=["hour"], config=QUICK
    ).figures
    assert [(r.unit.hour, r.observed_s) for r in result] == [(23, 1800), (0, 1800)]
    assert [r.given["cry_voc_chi_ph"].value for r in result] == pytest.approx([60, 60])


def test_intervals_are_those_of_a_poisson_process_where_there_are_no_bouts() -> None:
    row = only(day((0, 0, 400, 0, 0), seed=3), config=SummaryConfig(draws=4000))
    cries = row.given["cry_voc_chi"]
    assert cries.low is not None and cries.high is not None  # noqa: PT018
    assert (cries.high - cries.low) / (2 * 1.96 * 20) == pytest.approx(1.0, abs=0.35)


def test_bouts_make_intervals_longer() -> None:
    rng = np.random.default_rng(4)
    begins = rng.uniform(0, 35_000, 40)
    onsets = (begins[:, None] + 3 * np.arange(10)).ravel()
    bouts = Timeline("day1", tuple(Segment(t, t + 1, "Crying") for t in onsets), 36_000.0)
    alone = only(day((0, 0, 400, 0, 0))).given["cry_voc_chi"]
    together = only(bouts).given["cry_voc_chi"]
    assert width(together) > 2 * width(alone)


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def test_the_same_seed_gives_the_same_intervals_whatever_else_is_summarised() -> None:
    alone = only(day(), confusion=table())
    beside = summary.summarize(
        [day(name="other", seed=5), day()], by=["recording"], confusion=table(), config=QUICK
    )
    assert beside.figures[1] == alone
    other = SummaryConfig(draws=400, seed=1)
    assert only(day(), confusion=table(), config=other) != alone


def given_for(true: Sequence[float]) -> list[int]:
    """Numbers that a classifier with the errors of `table` gives."""
    totals = dict.fromkeys((*CLASSES, "none"), 0.0)
    for name, number in zip((*CLASSES[:4], "none"), true, strict=True):
        for given, share in SHARES[name].items():
            totals[given] += number * share / 100
    return [round(totals[name]) for name in CLASSES]


@pytest.mark.parametrize("sampling", [True, False])
def test_corrected_figures_are_the_truth(sampling: bool) -> None:  # noqa: FBT001
    true = (200, 400, 300, 100, 600)
    config = SummaryConfig(draws=400, sampling=sampling)
    row = only(day(given_for(true)), confusion=table(), config=config)
    assert row.corrected is not None
    for name, number in zip(("can_voc", "non_can_voc", "cry_voc", "laugh_voc"), true, strict=False):
        found = row.corrected[f"{name}_chi"]
        assert found.value == pytest.approx(number, rel=0.03)
        assert found.low is not None
        assert found.high is not None
        assert found.low < number < found.high
        assert row.corrected[f"{name}_dur_chi"].value == pytest.approx(1000 * number, rel=0.03)
    assert row.corrected["cp_n"].value == pytest.approx(1 / 3, rel=0.03)
    assert row.corrected["cry_bout"] == Estimate(None)


def test_without_sampling_given_figures_have_no_intervals_and_corrected_ones_shorter() -> None:
    config = SummaryConfig(draws=400, sampling=False)
    row, sampled = (only(day(), confusion=table(), config=c) for c in (config, QUICK))
    assert row.given["voc_chi"] == Estimate(370.0)
    assert row.corrected is not None
    assert sampled.corrected is not None
    assert width(row.corrected["voc_chi"]) < width(sampled.corrected["voc_chi"])


def test_groups_that_differ_make_intervals_longer() -> None:
    rows = [
        (f"c{group}", true, given, n * (1 + (group % 2 == (given == true))), float(n))
        for group in range(10)
        for true, row in SHARES.items()
        for given, n in row.items()
    ]
    differing = ConfusionTable.from_rows(rows, "m1")
    alike, unlike = (only(day(), confusion=t) for t in (table(), differing))
    assert alike.corrected is not None
    assert unlike.corrected is not None
    assert width(unlike.corrected["non_can_voc_chi"]) > width(alike.corrected["non_can_voc_chi"])


def test_segments_of_another_model_are_not_corrected_and_this_is_noted() -> None:
    result = summary.summarize(
        [day(), day(name="b", version="m2"), day(name="c", version="")],
        by=["recording"],
        confusion=table(),
        config=QUICK,
    )
    assert [row.corrected is None for row in result.figures] == [False, True, False]
    (warning,) = result.warnings
    assert warning.startswith("Segments of the model m2 are not corrected: the confusion table is")


def test_recordings_without_a_model_are_corrected_only_if_it_is_assumed() -> None:
    config = SummaryConfig(draws=400, assume_model=False)
    assert only(day(version=""), confusion=table(), config=config).corrected is None


def test_a_child_is_corrected_only_if_all_its_recordings_are() -> None:
    child = Child("c1")
    days = [day(child=child), day(name="b", version="m2", child=child)]
    (row,) = summary.summarize(days, by=["child"], confusion=table(), config=QUICK).figures
    assert row.corrected is None


@pytest.mark.parametrize(
    ("confusion", "timeline", "text"),
    [
        (ConfusionTable.from_rows([], "m1"), day(), "no segments of the class Canonical"),
        (table(), day((9, 9, 9, 9, 0)), "day1 has no segments of Junk"),
        (table(groups=1), day(), "has one group"),
    ],
)
def test_what_limits_the_correction_is_noted(
    confusion: ConfusionTable, timeline: Timeline, text: str
) -> None:
    result = summary.summarize(timeline, confusion=confusion, config=QUICK)
    assert any(text in warning for warning in result.warnings)


def test_em_corrects_by_probabilities_and_needs_them() -> None:
    config = SummaryConfig(draws=100, method="em")
    row = only(day((100, 0, 0, 0, 900), sure=0.6), confusion=table(), config=config)
    assert row.corrected is not None
    assert row.corrected["can_voc_chi"].value != row.given["can_voc_chi"].value
    bare = Timeline("day1", (Segment(0, 1, "Junk"), Segment(2, 3, "Crying")), 3600.0)
    result = summary.summarize(bare, by=["recording"], confusion=table(), config=config)
    assert result.figures[0].corrected is None
    assert "without probabilities" in result.warnings[0]


def test_em_needs_the_prior() -> None:
    without = ConfusionTable.from_rows(table().rows(), "m1")
    with pytest.raises(DataError, match="prior"):
        only(day(), confusion=without, config=SummaryConfig(draws=100, method="em"))


def test_csv_has_childproject_s_columns_and_na() -> None:
    result = summary.summarize(day(child=Child("c1")), confusion=table(), config=QUICK)
    head, *rows = (line.split(",") for line in summary.to_csv(result).splitlines())
    assert head[:3] == ["by", "recording_filename", "child_id"]
    assert {"voc_chi_ph", "voc_dur_chi_ph", "cry_voc_chi_ph", "lp_n", "cp_n_low"} <= {*head}
    assert {"cp_n_corrected", "cp_n_corrected_low", "cp_n_corrected_high"} <= {*head}
    assert len(rows) == 12
    assert all(len(row) == len(head) for row in rows)
    assert rows[0][head.index("cry_bout_corrected")] == "NA"
    assert rows[0][head.index("duration")] == "36000000"


def test_csv_without_correction_has_no_columns_for_it() -> None:
    assert "corrected" not in summary.to_csv(summary.summarize(day(), config=QUICK))


def test_json_has_everything() -> None:
    data = json.loads(summary.to_json(summary.summarize(day(), confusion=table(), config=QUICK)))
    assert data["confusion_model_version"] == "m1"
    row = data["figures"][0]
    assert row["recording_id"] == "day1"
    assert set(row["given"]) == set(row["corrected"]) == set(summary.METRICS)
    assert data["units"]["voc_dur_chi_ph"] == "ms/h"
