import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError

LABELS = (
    "1.000000\t1.000000\tThis point was clicked\n"
    "\\\t6928.456055\t6928.456055\n"
    "2.000000\t2.500000\ta\tb\n"
    "\\\t-1.000000\t6334.588867\n"
    "3.250000\t3.500000\t\n"
)


def read(text: str) -> Timeline:
    (timeline,) = annotations.parse(text.encode(), "audacity", "day1.txt")
    return timeline


def test_reads_labels_with_their_frequencies() -> None:
    assert read(LABELS).segments == (
        Segment(
            1.0,
            1.0,
            "This point was clicked",
            attributes={"low_frequency": "6928.456055", "high_frequency": "6928.456055"},
        ),
        Segment(
            2.0,
            2.5,
            "a\tb",
            attributes={"low_frequency": "-1.000000", "high_frequency": "6334.588867"},
        ),
        Segment(3.25, 3.5),
    )
    assert read("\ufeff" + LABELS.replace("\n", "\r\n")) == read(LABELS)


def test_writes_what_it_has_read_but_tabs_in_labels() -> None:
    data, notes = annotations.serialize(read(LABELS), "audacity")
    assert data.decode() == LABELS.replace("a\tb", "a b")
    assert [note.code for note in notes] == ["blanks"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.5", "line 2: A label has an onset and an offset, separated by a tab"),
        (
            "1,5\t2,5\tx",
            "line 2: The onset is '1,5', not a finite number. Write numbers with a dec",
        ),
        ("1.5\tinf\tx", "line 2: The offset is 'inf'"),
        ("2\t1\tx", "line 2: The label ends at 1.0 s, before it begins"),
        ("\\\t1", "line 2: A line of frequencies has a backslash and two numbers"),
        ("\\\ta\tb", "line 2: The frequency is 'a'"),
    ],
)
def test_names_the_line_that_is_wrong(line: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read("0\t1\n" + line)
    assert message in str(error.value)


def test_frequencies_come_after_a_label() -> None:
    with pytest.raises(DataError, match="line 1: A line of frequencies"):
        read("\\\t1\t2\n")


def test_speakers_become_labels_or_are_left_out(day: Timeline) -> None:
    given = Timeline("day1", (*day.segments, Segment(0.0, 1.0, speaker="KCHI")))
    data, notes = annotations.serialize(given, "audacity")
    assert data.decode().splitlines()[-1] == "0.000000\t1.000000\tKCHI"
    assert [note.message for note in notes if note.code == "speaker"] == [
        "Audacity: the speakers of 4 segments are left out.",
        "Audacity: the speakers of 1 segment are written as labels.",
    ]
