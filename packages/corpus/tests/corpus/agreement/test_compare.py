"""Two sides are compared on what both have, and what is left out is reported."""

from datetime import datetime

import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from packages.corpus.tests.corpus.agreement.helpers_agreement import (
    labels_of,
    random_rows,
    timeline,
)
from vocalbaby.corpus import agreement
from vocalbaby.corpus.agreement import Agreement, AgreementConfig
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import DataError, MissingExtraError

FOUR = ("Canonical", "Non-canonical", "Crying", "Laughing")


def counts(found: Agreement, level: str) -> dict[tuple[str, str], float]:
    """Cells of a confusion matrix that are not empty."""
    matrix = next(each for each in found.confusions if each.level == level)
    return {
        (row, column): value
        for row, values in zip(matrix.rows, matrix.counts, strict=True)
        for column, value in zip(matrix.columns, values, strict=True)
        if value
    }


def test_kappa_and_uar_are_those_of_scikit_learn_on_single_labels() -> None:
    def apart(seed: int) -> list[tuple[float, float, str]]:
        rows, end = [], 0.0
        for onset, offset, label in sorted(random_rows(seed, FOUR, n=40)):
            if onset >= end and offset > onset:
                rows.append((onset, offset, label))
                end = offset
        return rows

    a, b = apart(1), apart(2)
    found = agreement.compare([timeline(a)], [timeline(b)])
    units = [[(labels_of(rows, (i + 0.5) / 10) or ["none"])[0] for i in range(300)]
             for rows in (a, b)]  # fmt: skip
    assert found.value("kappa") == pytest.approx(cohen_kappa_score(*units))
    assert found.value("uar") == pytest.approx(balanced_accuracy_score(*units))


def test_only_annotated_stretches_count() -> None:
    human = timeline([(10, 11, "Crying")], duration_s=100.0)
    machine = timeline([(10, 11, "Crying"), (50, 60, "Crying")], duration_s=100.0)
    whole = agreement.compare([human], [machine])
    assert whole.value("precision", class_="Crying") == pytest.approx(1 / 11)
    found = agreement.compare([human], [machine], regions={"day1": [(5, 20)]})
    assert found.value("precision", class_="Crying") == 1.0
    assert found.coverage.compared_s == pytest.approx(15)
    assert found.value("detection_error_rate", "seconds") == 0.0


def test_a_reference_that_covers_little_is_remarked_on() -> None:
    human = timeline([(10, 11, "Crying")], duration_s=3600.0)
    machine = timeline([(300 * i + 10, 300 * i + 11, "Crying") for i in range(12)], duration_s=3600)
    (note,) = agreement.compare([human], [machine]).notes
    assert "segments in 1 of the 12 stretches of 5 minutes" in note
    regions = {"day1": [(0.0, 300.0)]}
    assert not agreement.compare([human], [machine], regions=regions).notes


def test_segments_without_length_are_left_out_and_counted() -> None:
    human = timeline([(1, 1, "Crying"), (2, 3, "Crying")])
    found = agreement.compare([human], [timeline([(2, 3, "Crying")])])
    assert found.value("detection_recall", "segments") == 1.0
    assert "1 segments without length are left out." in found.notes


def test_overlapping_tiers_count_once_as_time_and_each_as_segments() -> None:
    """The same vocalization on two tiers is one stretch of time, and two segments."""
    twice = Timeline(
        "day1",
        (Segment(1, 3, "Crying", tier="a"), Segment(1, 3, "Crying", tier="b")),
        duration_s=10.0,
    )
    found = agreement.compare([twice], [timeline([(1, 3, "Crying")], duration_s=10.0)])
    assert found.value("agreement") == 1.0
    assert counts(found, "segments") == {("Crying", "Crying"): 1, ("Crying", "Only reference"): 1}
    assert found.value("identification_error_rate", "seconds") == pytest.approx(0.5)


def test_a_class_that_one_side_uses_has_one_measure() -> None:
    found = agreement.compare([timeline([(1, 2, "Crying")])], [timeline([(1, 2, "Laughing")])])
    assert found.value("recall", class_="Crying") == 0.0
    assert found.find("precision", class_="Crying").value is None  # type: ignore[union-attr]
    assert found.find("recall", class_="Laughing").value is None  # type: ignore[union-attr]
    assert found.value("precision", class_="Laughing") == 0.0
    assert found.value("agreement", "segments") == 0.0
    assert found.value("detection_f1", "segments") == 1.0


@pytest.mark.parametrize("empty", ["reference", "other", "both"])
def test_a_side_without_segments_is_compared(empty: str) -> None:
    some = timeline([(1, 3, "Crying")], duration_s=10.0)
    none = Timeline("day1", duration_s=10.0)
    a = none if empty in {"reference", "both"} else some
    b = none if empty in {"other", "both"} else some
    found = agreement.compare([a], [b])
    assert found.value("agreement") == pytest.approx(1.0 if empty == "both" else 0.8)
    error = found.find("detection_error_rate", "seconds")
    assert error is not None
    assert error.value == (1.0 if empty == "other" else None)
    assert any("no segment of a class" in note for note in found.notes)


def test_the_common_duration_is_compared() -> None:
    long = timeline([(1, 2, "Crying"), (25, 26, "Crying")], duration_s=30.0)
    found = agreement.compare([long], [timeline([(1, 2, "Crying")], duration_s=20.0)])
    assert found.coverage.compared_s == pytest.approx(20)
    assert found.value("agreement") == 1.0
    assert any("Durations differ" in note for note in found.notes)


def test_junk_and_nothing_are_the_same_unless_junk_is_a_class() -> None:
    junk = timeline([(0, 5, "Junk"), (5, 6, "Crying")], duration_s=10.0)
    bare = timeline([(5, 6, "Crying")], duration_s=10.0)
    merged = agreement.compare([junk], [bare])
    assert merged.value("agreement") == 1.0
    assert merged.value("detection_recall", "segments") == 1.0
    separate = agreement.compare([junk], [bare], config=AgreementConfig(junk="separate"))
    assert separate.value("agreement") == pytest.approx(0.5)
    for found in (merged, separate):
        assert found.value("detection_error_rate", "seconds") == 0.0
        assert found.value("detection_precision", "segments") == 1.0
        assert found.value("detection_recall", "segments") == 1.0


def test_a_cry_that_is_called_junk_is_missed() -> None:
    cry, junk = (timeline([(5, 6, label)], duration_s=10.0) for label in ("Crying", "Junk"))
    for one, two, n in ((cry, junk, "recall"), (junk, cry, "precision")):
        found = agreement.compare([one], [two], config=AgreementConfig(junk="separate"))
        assert counts(found, "segments") != {}
        assert found.value(f"detection_{n}", "segments") == 0.0
        assert found.value("detection_f1", "segments") == 0.0


def test_recordings_without_annotated_stretches_are_left_out_and_reported() -> None:
    days = [timeline([(5, 6, "Crying")], name) for name in ("day1", "day2")]
    found = agreement.compare(days, days, regions={"day1": [(0, 10)]})
    assert found.coverage.compared_s == pytest.approx(10)
    assert found.coverage.without_stretches == ("day2",)
    assert any("No annotated stretch is known of 1 recording: day2" in n for n in found.notes)
    again = agreement.compare(days, days, second=days, regions={"day1": [(0, 10)]}).second
    assert again is not None
    assert again.coverage.compared_s == pytest.approx(10)
    with pytest.raises(DataError, match="No stretch"):
        agreement.compare(days, days, regions={})


def test_vocabularies_of_other_programs_are_classes() -> None:
    """VCM's codes on ELAN's tiers against VocalBaby's words, adults of VTC left out."""
    human = Timeline(
        "day1",
        (
            Segment(0, 1, "C", tier="vcm@CHI"),
            Segment(2, 3, "mama", speaker="CHI", attributes={"vcm_type": "N"}),
            Segment(4, 5, "hello", tier="FA1"),
        ),
        duration_s=10.0,
    )
    machine = timeline([(0, 1, "CNS"), (2, 3, "Non-canonical")], duration_s=10.0)
    found = agreement.compare([human], [machine])
    assert found.value("agreement") == 1.0
    assert found.classes == ("Canonical", "Non-canonical")
    assert "1 segments of other speakers of the reference are left out." in found.notes


def test_speakers_are_compared_where_a_side_has_no_classes() -> None:
    vtc = Timeline("d", (Segment(0, 1, speaker="KCHI"), Segment(1, 2, speaker="FEM")), 10.0)
    lena = Timeline("d", (Segment(0, 1, speaker="CHN"), Segment(1, 2, speaker="FAN")), 10.0)
    found = agreement.compare([vtc], [lena])
    assert (found.mode, found.classes, found.value("agreement")) == ("speakers", ("CHI", "FEM"), 1)


def test_own_labels_are_mapped_and_others_are_counted() -> None:
    human = timeline([(0, 1, "ba"), (1, 2, "song"), (2, 3, "??"), (3, 4, "??")])
    machine = timeline([(0, 1, "Canonical")])
    found = agreement.compare([human], [machine], mapping={"ba": "Canonical", "song": "-"})
    assert found.value("agreement") == 1.0
    assert found.coverage.unmapped["reference"] == {"??": 2}
    assert "Labels of the reference side without a class are left out: ?? (2)." in found.notes


def test_recordings_without_a_partner_are_reported() -> None:
    human = [timeline([(1, 2, "Crying")], name) for name in ("c1/day1.wav", "day2")]
    machine = [timeline([(1, 2, "Crying")], name) for name in ("day1", "day3")]
    found = agreement.compare(human, machine)
    assert found.coverage.recordings == {"c1/day1.wav": "day1"}
    assert found.coverage.reference_only == ("day2",)
    assert found.coverage.other_only == ("day3",)
    assert len([note for note in found.notes if "not compared" in note]) == 2
    named = agreement.compare(human, machine, names={"day2": "day3"})
    assert len(named.coverage.recordings) == 2
    with pytest.raises(DataError, match="annotated on both sides"):
        agreement.compare(human[1:], machine[1:])


def test_groups_are_by_child_age_and_hour() -> None:
    def day(name: str, age: float, hour: int, label: str) -> Timeline:
        start = datetime(2024, 5, 1, hour, 30)  # noqa: DTZ001 - the time of the clock
        child = Child(name[0], "corpus", age_months=age)
        crying = (Segment(600, 620, label), Segment(2400, 2420, "Crying"))
        return Timeline(name, crying, 3600.0, start, child)

    human = [day("a1", 4.0, 9, "Crying"), day("b1", 14.0, 9, "Crying")]
    machine = [day("a1", 4.0, 9, "Laughing"), day("b1", 14.0, 9, "Crying")]
    found = agreement.compare(human, machine)
    recalls = {
        (f.by, f.group): f.value
        for f in found.figures
        if (f.measure, f.class_, f.level) == ("recall", "Crying", "units")
    }
    assert recalls == {
        ("all", "all"): 0.75,
        ("recording", "a1"): 0.5,
        ("recording", "b1"): 1.0,
        ("child", "corpus a"): 0.5,
        ("child", "corpus b"): 1.0,
        ("age", "under 6 months"): 0.5,
        ("age", "12 to 18 months"): 1.0,
        ("hour", "09:00"): 0.5,
        ("hour", "10:00"): 1.0,
    }


def test_the_ceiling_is_on_the_stretches_of_the_second_coder() -> None:
    one, two = ([timeline(random_rows(seed, FOUR), f"day{i}") for i in range(3)]
                for seed in (1, 2))  # fmt: skip
    second = [Timeline("day1", one[1].segments, duration_s=20.0)]
    found = agreement.compare(one, two, second=second)
    assert found.second is not None
    assert found.same_stretches is not None
    assert found.second.value("kappa") == 1.0
    assert found.second.coverage.compared_s == pytest.approx(20)
    alone = agreement.compare([one[1]], [two[1]], regions={"day1": [(0, 20)]})
    assert found.same_stretches.value("kappa") == alone.value("kappa")


def test_figures_of_both_sides_are_of_recordings_and_children() -> None:
    def days(extra: int) -> list[Timeline]:
        return [
            Timeline(
                f"day{i}",
                tuple(Segment(j, j + 0.5, FOUR[j % 2]) for j in range(4 + 2 * i + extra)),
                duration_s=60.0,
                child=Child(f"c{i}"),
            )
            for i in range(5)
        ]

    found = agreement.compare(days(0), days(2))
    bias = found.find("bias", "figures", "vocalizations per minute")
    assert bias is not None
    assert (bias.value, bias.n) == (2.0, 5)
    assert found.value("pearson", "figures", "vocalizations per minute") == pytest.approx(1)
    proportions = [pair for pair in found.pairs if pair.figure == "canonical proportion"]
    assert [(pair.reference, pair.other) for pair in proportions] == [(0.5, 0.5)] * 5


def test_differences_of_onsets_leave_out_cut_segments() -> None:
    human = timeline([(9.5, 11, "Crying"), (15, 16, "Crying")])
    machine = timeline([(9.6, 11, "Crying"), (15.2, 16.1, "Crying")])
    found = agreement.compare([human], [machine], regions={"day1": [(10, 20)]})
    median = found.find("onset_difference_median_s", "segments")
    assert median is not None
    assert (round(median.value or 0, 6), median.n) == (0.2, 1)
    assert found.value("offset_difference_median_s", "segments") == pytest.approx(0.1)


def test_gamma_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    day = timeline([(1, 2, "Crying")])
    with pytest.raises(MissingExtraError) as raised:
        agreement.compare([day], [day], gamma=True)
    assert raised.value.hint == "pip install 'vocalbaby-corpus[gamma]'"
