"""What is not known is not a figure, and what a reader should know is noted."""

from dataclasses import replace

import pytest

from vocalbaby import summary
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import ConfigError
from vocalbaby.summary import ConfusionTable, Estimate, SummaryConfig, default_confusion

QUICK = SummaryConfig(draws=100)


def day(name: str = "day1", version: str = "m1", corpus: str = "") -> Timeline:
    cries = [Segment(60.0 * i, 60.0 * i + 2, "Crying") for i in range(60)]
    segments = (*cries, Segment(3500.0, 3501.0, "Junk"))
    child = Child("c1", corpus, age_months=9.6)
    return Timeline(name, segments, 3600.0, None, child, attributes={"model_version": version})


def table(source: str = "") -> ConfusionTable:
    classes = ("Canonical", "Non-canonical", "Crying", "Laughing", "Junk")
    rows = [(group, name, name, 9.0, 9.0) for group in ("c1", "c2") for name in classes]
    return ConfusionTable.from_rows(rows, "m1", source=source)


def test_without_classes_no_figure_of_a_class_has_a_value() -> None:
    speech = tuple(Segment(60.0 * i, 60.0 * i + 1, speaker="KCHI") for i in range(60))
    result = summary.summarize(Timeline("vtc", speech, 3600.0), by=["recording"], config=QUICK)
    given = result.figures[0].given
    assert given["voc_chi"].value == 60
    for name in ("cry_voc_chi", "can_voc_dur_chi", "laugh_voc_chi_ph", "cry_bout", "cp_n"):
        assert given[name] == Estimate(None)
    assert any("vtc have no class" in warning for warning in result.warnings)


def test_one_class_is_enough_for_zeros_of_the_others() -> None:
    row = summary.summarize(day(), by=["recording"], config=QUICK).figures[0]
    assert row.given["laugh_voc_chi"].value == 0


def test_the_source_of_a_correction_is_noted() -> None:
    for source, noted in (("composites", True), ("", False)):
        result = summary.summarize(day(), confusion=table(source), config=QUICK)
        assert any("measured on: composites" in text for text in result.warnings) == noted


def test_recordings_that_do_not_name_their_model_are_noted() -> None:
    config = QUICK.model_copy(update={"assume_model": False})
    days = [day(), day("b", ""), day("c", "")]
    result = summary.summarize(days, by=["recording"], confusion=table(), config=config)
    assert [row.corrected is None for row in result.figures] == [False, True, True]
    assert any("b and 1 more" in text for text in result.warnings)


def test_em_works_with_the_table_of_the_built_in_model() -> None:
    default = default_confusion()
    assert default is not None
    p = {"Canonical": 0.1, "Non-canonical": 0.1, "Crying": 0.6, "Laughing": 0.1, "Junk": 0.1}
    segments = tuple(replace(segment, probabilities=p) for segment in day().segments)
    own = replace(day(version=default.model_version), segments=segments)
    config = QUICK.model_copy(update={"method": "em"})
    (row,) = summary.summarize(own, by=["recording"], confusion=default, config=config).figures
    assert row.corrected is not None


def test_a_kind_of_unit_is_needed() -> None:
    with pytest.raises(ConfigError, match="kind of unit"):
        summary.summarize(day(), by=[])


def test_recordings_of_one_name_in_two_corpora_have_their_own_hours_on_the_page() -> None:
    page = summary.to_html(summary.summarize([day(corpus="x"), day(corpus="y")], config=QUICK))
    assert page.count("Figures of each hour") == 2
    assert page.count("<th scope=row>0</th>") == 2
    assert "child c1, 9 months" in page


def test_a_clip_without_junk_is_corrected_if_the_child_has_some() -> None:
    quiet = replace(day("b"), segments=day().segments[:60])
    (row,) = summary.summarize([day(), quiet], by=["child"], confusion=table()).figures
    assert row.corrected is not None
    alone = summary.summarize(quiet, by=["child"], confusion=table())
    assert alone.figures[0].corrected is None
    assert "no segments of Junk" in alone.warnings[0]


@pytest.mark.parametrize(
    ("heard", "measured"), [("", "a" * 64), ("b" * 64, ""), ("b" * 64, "a" * 64)]
)
def test_segments_of_another_listener_are_not_corrected(heard: str, measured: str) -> None:
    errors = replace(table(), listener=measured)
    listeners = (heard, measured)
    days = [
        replace(day(name), attributes={"model_version": "m1", "listener_sha256": listener})
        for name, listener in zip("ab", listeners, strict=True)
    ]
    result = summary.summarize(days, by=["recording"], confusion=errors, config=QUICK)
    assert [row.corrected is None for row in result.figures] == [True, False]
    (note,) = [text for text in result.warnings if "listener" in text]
    words = [f"with the listener {n[0] * 12}" if n else "without a listener" for n in listeners]
    assert note.startswith(f"Segments that were made {words[0]} are not corrected")
    assert f"measured {words[1]}." in note


def test_segments_of_an_unknown_model_may_be_of_the_table_with_a_listener() -> None:
    errors = replace(table(), listener="a" * 64)
    (row,) = summary.summarize(
        day(version=""), by=["recording"], confusion=errors, config=QUICK
    ).figures
    assert row.corrected is not None
