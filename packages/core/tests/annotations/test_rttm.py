import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError

VTC = """\
SPEAKER day1 1 0.3 0.1 <NA> <NA> KCHI <NA> <NA>
SPEAKER day2 1 5.000 1.250 <NA> <NA> FEM <NA> <NA>
SPEAKER day1 1 0.2 1 <NA> <NA> SPEECH 0.71 <NA>
"""


def read(text: str) -> tuple[Timeline, ...]:
    return annotations.parse(text.encode(), "rttm", "some/day1.rttm")


def test_reads_each_recording_in_the_order_of_the_lines() -> None:
    day1, day2 = read(VTC)
    assert (day1.recording_id, day2.recording_id) == ("day1", "day2")
    assert [(s.onset_s, s.offset_s, s.speaker) for s in day1.segments] == [
        (0.3, 0.4, "KCHI"),
        (0.2, 1.2, "SPEECH"),
    ]
    assert day1.segments[1].attributes == {"conf": "0.71"}
    assert day2.segments[0].label is None


def test_a_class_in_the_place_of_the_name_is_the_label() -> None:
    (vcm,) = read("SPEAKER day1 1 1 2 <NA> <NA> CRY 0.5 <NA>")
    assert (vcm.segments[0].label, vcm.segments[0].speaker) == ("CRY", None)
    assert annotations.infant_class(vcm.segments[0]) == "Crying"


def test_keeps_comments_other_types_and_lines_without_times() -> None:
    text = (
        ";; made by hand\n"
        "SPKR-INFO day1 1 <NA> <NA> <NA> adult_female FA1 <NA> <NA>\n"
        "LEXEME day1 2 1.0 0.5 mama lex FA1 0.9 <NA>\n"
        "NON-SPEECH day1 1 4.0 <NA> <NA> noise <NA> <NA> 5.0\n"
    )
    (timeline,) = read(text)
    assert timeline.segments[0] == Segment(
        1.0,
        1.5,
        "mama",
        speaker="FA1",
        attributes={"type": "LEXEME", "chnl": "2", "stype": "lex", "conf": "0.9"},
    )
    data, notes = annotations.serialize(timeline, "rttm")
    assert data.decode() == text
    assert notes == ()


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "\r\n \t\r\n"])
def test_a_file_without_lines_is_a_recording_without_segments(text: str) -> None:
    assert read(text) == (Timeline("day1"),)
    assert annotations.serialize(read(text), "rttm")[0] == b""


def test_reads_windows_line_ends_marks_tabs_and_nine_fields() -> None:
    text = "\ufeffSPEAKER day1  1\t1.5 .5 <NA> <NA> CHI <NA>\r\n"
    assert read(text)[0].segments[0].offset_s == 2.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SPEAKER day1 1 0 1 CHI", "line 2: A line of RTTM has 9 or 10 fields, and this one has 6"),
        ("SPEAKER my day 1 0 1 <NA> <NA> CHI <NA> <NA>", "must not contain blanks"),
        (
            "SPEAKER day1 1 nan 1 <NA> <NA> CHI <NA> <NA>",
            "line 2: The onset is 'nan', not a finite",
        ),
        ("SPEAKER day1 1 0 1e999 <NA> <NA> CHI <NA> <NA>", "The duration is '1e999'"),
        ("SPEAKER day1 1 1,5 1 <NA> <NA> CHI <NA> <NA>", "decimal point instead of a comma"),
        ("SPEAKER day1 1 5 -1 <NA> <NA> CHI <NA> <NA>", "line 2: The duration is -1, less than"),
    ],
)
def test_names_the_line_that_is_wrong(line: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read(VTC.splitlines()[0] + "\n" + line)
    assert message in str(error.value)
    assert "some/day1.rttm" in str(error.value)


def test_writes_speakers_labels_and_the_probability_of_the_label(day: Timeline) -> None:
    data, notes = annotations.serialize(day, "rttm")
    assert data.decode().splitlines() == [
        "SPEAKER day1 1 10.0 1.5 Crying <NA> CHI 0.9 <NA>",
        'SPEAKER day1 1 11.0 1.25 he_said_"no"_&_left <NA> FA1 <NA> <NA>',
        "SPEAKER day1 1 11.25 1.75 Canonical <NA> CHI 0.6 <NA>",
        "SPEAKER day1 1 2.0 0.0 bébé <NA> FA1 <NA> <NA>",
    ]
    assert {note.code: note.count for note in notes} == {
        "duration_s": 1,
        "clock_start": 1,
        "child": 1,
        "probabilities": 2,
        "blanks": 1,
    }


def test_what_has_no_place_takes_the_place_of_the_name() -> None:
    segments = (Segment(0, 1, "Junk"), Segment(0, 1, "dog"), Segment(0, 1, "mama", tier="FA1"))
    data, notes = annotations.serialize(Timeline("a", segments), "rttm")
    fields = [line.split() for line in data.decode().splitlines()]
    assert [(f[5], f[7]) for f in fields] == [("<NA>", "Junk"), ("<NA>", "dog"), ("mama", "FA1")]
    assert [note.message for note in notes] == [
        "RTTM: the labels of 1 segment are written as speakers.",
        "RTTM: the tiers of 1 segment are written as speakers.",
    ]
