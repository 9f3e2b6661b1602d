"""What is written is read again: property tests of all formats that are written."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby import annotations
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Tier, Timeline

WRITTEN = [name for name, format_ in annotations.FORMATS.items() if format_.write]

IN_MILLISECONDS = {"eaf", "childproject"}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["<NA>", "NA", '"', '""', "a\tb", "a\r\nb", "a,b;c", "\\", "&lt;", "]]>", "!x", "C", "CHI (2)"]
)
NAMES = TEXTS.filter(bool)
TIMES = st.floats(-5, 60_000) | st.integers(0, 60_000_000).map(lambda ms: ms / 1000)
PROBABILITIES = st.dictionaries(
    st.sampled_from(list(map(str, CLASSES))), st.floats(0, 1), min_size=1
)

#: Attributes that the formats know, with values that are nonsense in them.
KNOWN = [
    *("type", "chnl", "stype", "name", "conf", "slat", "tdur", "low_frequency", "vcm_type"),
    *("ANNOTATION_ID", "ANNOTATION_REF", "TIME_SLOT_REF1", "label", "onset_s", "child_id", "p_x"),
]
OF_SEGMENT = st.dictionaries(NAMES | st.sampled_from(KNOWN), TEXTS, max_size=3)
OF_TIER = st.dictionaries(
    NAMES | st.sampled_from(["class", "name", "xmin", "boundaries", "PARENT_REF"]), TEXTS
)
OF_TIMELINE = st.dictionaries(
    NAMES | st.sampled_from(["xmin", "comments", "untimed", "HEADER", "LINGUISTIC_TYPE"]), TEXTS
)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    onset = draw(TIMES)
    return Segment(
        onset,
        onset + draw(st.just(0.0) | st.floats(0, 5)),
        draw(st.none() | st.sampled_from(CLASSES) | TEXTS),
        draw(st.none() | PROBABILITIES),
        draw(st.none() | st.sampled_from(["CHI", "FA1", "KCHI"]) | TEXTS),
        draw(st.none() | st.sampled_from(["CHI", "vcm@CHI"]) | NAMES),
        draw(OF_SEGMENT),
    )


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    found = tuple(draw(st.lists(segments(), max_size=6)))
    used = dict.fromkeys(segment.tier for segment in found if segment.tier is not None)
    names = draw(st.just([]) | st.lists(NAMES, max_size=1).map(lambda empty: [*used, *empty]))
    return Timeline(
        "day1",
        found,
        duration_s=draw(st.none() | st.floats(0, 60_000)),
        clock_start=draw(st.none() | st.just(datetime(2024, 5, 1, 9, 30, tzinfo=UTC))),
        child=draw(st.none() | st.just(Child("c07", "corpus", 9.5, "F", {"lang": "fr"}))),
        tiers=tuple(Tier(name, draw(OF_TIER)) for name in dict.fromkeys(names)),
        attributes=draw(OF_TIMELINE),
    )


def written_and_read(
    timeline: Timeline, name: str
) -> tuple[Timeline, tuple[annotations.Note, ...]]:
    data, notes = annotations.serialize(timeline, name)
    (read,) = annotations.parse(data, name, "day1.x")
    return read, notes


@settings(max_examples=15, deadline=None)
@given(timeline=timelines())
def test_every_format_holds_every_segment_and_what_it_read(timeline: Timeline) -> None:
    for name in WRITTEN:
        first, notes = written_and_read(timeline, name)
        check_times(name, timeline, first, {note.code for note in notes})
        second, further = written_and_read(first, name)
        assert second == first, name
        assert {note.code for note in further} <= {"points"}, name  # announced every time


def check_times(name: str, timeline: Timeline, read: Timeline, codes: set[str]) -> None:
    expected = sorted((s.onset_s, s.offset_s) for s in timeline.segments)
    found = sorted((s.onset_s, s.offset_s) for s in read.segments)
    if name not in IN_MILLISECONDS:
        assert found == expected, name
    elif len(found) == len(expected):
        within = 0.000_501 if "rounded_times" in codes else 1e-6
        for given_, wanted in zip(
            zip(*found, strict=True), zip(*expected, strict=True), strict=True
        ):
            clipped = [max(0.0, time) for time in wanted]
            assert sorted(given_) == pytest.approx(sorted(clipped), abs=within), name
    else:  # annotations of ELAN that refer to another one become its columns
        assert name == "childproject"


@settings(max_examples=10, deadline=None)
@given(timeline=timelines(), other=timelines())
def test_parquet_holds_everything(timeline: Timeline, other: Timeline) -> None:
    both = (timeline, replace(other, recording_id="day2"))
    data, notes = annotations.serialize(both, "parquet")
    assert annotations.parse(data, "parquet") == both
    assert not notes
