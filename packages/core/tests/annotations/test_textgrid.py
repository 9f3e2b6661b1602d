import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.exception import DataError

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 1
            text = "she said ""hé"" 3 <exists>
! on two lines"
        intervals [3]:
            xmin = 1
            xmax = 1.5
            text = ""
        intervals [4]:
            xmin = 1.5
            xmax = 2.3
            text = ""
    item [2]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.3
            text = "all"
    item [3]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1e-05
            mark = ""
"""
SHORT = """File type = "ooTextFile short"
"TextGrid"

0 ! a comment with "quotes"
1.5
<exists>
1
"IntervalTier"
"CHI"
0
1.5
1
0
1.5
"Crying"
"""
LABEL = 'she said "hé" 3 <exists>\n! on two lines'


def read(text: str, encoding: str = "utf-8") -> Timeline:
    (timeline,) = annotations.parse(text.encode(encoding), "textgrid", "day1.TextGrid")
    return timeline


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"]
)
def test_reads_tiers_points_and_quoted_labels_in_every_encoding(encoding: str) -> None:
    timeline = read(LONG, encoding)
    assert timeline == Timeline(
        "day1",
        (
            Segment(0.5, 1.0, LABEL, tier="Mary"),
            Segment(0.0, 2.3, "all", tier="Mary (2)"),
            Segment(1e-05, 1e-05, "", tier="bell"),
        ),
        duration_s=2.3,
        tiers=(
            Tier("Mary", {"boundaries": "1.5"}),
            Tier("Mary (2)", {"name": "Mary"}),
            Tier("bell", {"class": "TextTier"}),
        ),
    )


@pytest.mark.parametrize("name", ["textgrid", "textgrid_short"])
def test_writes_what_it_has_read(name: str) -> None:
    timeline = read(LONG)
    data, notes = annotations.serialize(timeline, name)
    assert notes == ()
    assert annotations.parse(data, name, "day1.TextGrid") == (timeline,)
    assert data.count(b'"Mary"') == 2
    assert b"e-05" not in data  # other readers take no exponents


def test_reads_short_files_with_comments_and_windows_line_ends() -> None:
    assert read(SHORT).segments == (Segment(0.0, 1.5, "Crying", tier="CHI"),)
    assert read(SHORT.replace("\n", "\r\n")) == read(SHORT)


def test_reads_a_file_without_tiers() -> None:
    timeline = read('"ooTextFile"\n"TextGrid"\n0\n60\n<absent>\n')
    assert timeline == Timeline("day1", duration_s=60.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("intervals: size = 4", "intervals: size = 5", "where an onset is expected"),
        ('text = "all"', 'text = "all', "line 50: A quotation mark is not closed"),
        ('mark = ""', 'mark = "', "line 50: A quotation mark is not closed"),
        ("xmax = 2.3\ntiers", "xmax = --undefined--\ntiers", "line 5: There is '--undefined--'"),
        ("xmin = 0.5", "xmin = 1e999", "line 20: An onset is not finite"),
        ("xmin = 0.5", "xmin = 1.25", "ends at 1.0 s, before it begins at 1.25 s"),
        ("TextTier", "PitchTier", "There is no class of tiers 'PitchTier'"),
        ('= "TextGrid"', '= "Pitch"', "This is 'Pitch', not a TextGrid"),
        ("size = 3", "size = 2.5", "There is 2.5 where the number of tiers is expected"),
        ("size = 3", "size = 4", "The file is cut short, or counts more tiers"),
    ],
)
def test_says_where_a_file_is_wrong(old: str, new: str, message: str) -> None:
    assert old in LONG
    with pytest.raises(DataError) as error:
        read(LONG.replace(old, new, 1))
    assert "day1.TextGrid, line" in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize("data", [b"", b"  \n", b"\xff\xfe", LONG[:300].encode(), b"abc"])
def test_an_empty_or_cut_file_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(DataError, match="is cut short"):
        annotations.parse(data, "textgrid")


def test_a_binary_file_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="Save as text file"):
        annotations.parse(b"ooBinaryFile\x08TextGrid\0\0", "textgrid")


def test_overlaps_and_points_go_to_further_tiers(day: Timeline) -> None:
    data, notes = annotations.serialize(day, "textgrid")
    (timeline,) = annotations.parse(data, "textgrid", "day1.TextGrid")
    assert [tier.name for tier in timeline.tiers] == ["CHI", "CHI (2)", "FA1", "FA1 (points)"]
    assert [(s.onset_s, s.tier) for s in timeline.segments] == [
        (10.0, "CHI"),
        (11.25, "CHI (2)"),
        (11.0, "FA1"),
        (2.0, "FA1 (points)"),
    ]
    assert timeline.duration_s == day.duration_s
    assert {note.code: note.count for note in notes} == {
        "clock_start": 1,
        "child": 1,
        "probabilities": 2,
        "order": 1,
        "overlap": 1,
        "points": 1,
    }


def test_a_tier_fills_the_file_and_contains_what_lies_outside() -> None:
    segments = (Segment(-1.0, 1.0, "a", tier="x"), Segment(59.0, 61.0, tier="x"))
    data, notes = annotations.serialize(Timeline("a", segments, duration_s=60.0), "textgrid_short")
    lines = data.decode().splitlines()
    assert lines[3:5] == ["-1.0", "61.0"]
    assert lines[9:] == [
        *("-1.0", "61.0", "3"),
        *("-1.0", "1.0", '"a"'),
        *("1.0", "59.0", '""'),
        *("59.0", "61.0", '"unlabelled"'),
    ]
    assert [note.code for note in notes] == ["past_the_end", "label"]


def test_a_timeline_without_segments_has_a_length_as_praat_needs_it() -> None:
    data, notes = annotations.serialize(Timeline("a"), "textgrid_short")
    assert data.decode().splitlines()[3:] == ["0.0", "1.0", "<exists>", "0"]
    assert [note.code for note in notes] == ["duration_s"]
