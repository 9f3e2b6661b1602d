"""CSV, ChildProject's CSV, and Parquet."""

import subprocess
import sys
from dataclasses import replace

import pytest

from vocalbaby import annotations
from vocalbaby.annotations import parquet
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, MissingExtraError

CHILDPROJECT = """\
raw_filename,segment_onset,segment_offset,speaker_id,speaker_type,ling_type,vcm_type,words
a.eaf,1000,2501,CHI,CHI,1,C,NA
a.eaf,3000,3000,FA1,FEM,NA,NA,4
a.eaf,500,700,,NA,NA,U,
"""


def read(text: str, name: str, encoding: str = "utf-8") -> tuple[Timeline, ...]:
    return annotations.parse(text.encode(encoding), name, "day1.csv")


def test_reads_a_table_of_childproject() -> None:
    (timeline,) = read(CHILDPROJECT, "childproject")
    assert [(s.onset_s, s.offset_s, s.label, s.speaker) for s in timeline.segments] == [
        (1.0, 2.501, "Canonical", "CHI"),
        (3.0, 3.0, None, "FA1"),
        (0.5, 0.7, None, None),
    ]
    assert timeline.segments[1].attributes["words"] == "4"
    assert annotations.vcm_type(timeline.segments[2]) == "U"


def test_writes_the_columns_of_childproject(day: Timeline) -> None:
    data, notes = annotations.serialize(day, "childproject")
    rows = data.decode().splitlines()
    assert rows[0].split(",")[:7] == [
        *("raw_filename", "segment_onset", "segment_offset", "speaker_id", "speaker_type"),
        *("ling_type", "vcm_type"),
    ]
    assert rows[1] == "day1.csv,10000,11500,NA,CHI,0,Y,NA,0.9,0.1,NA"
    assert rows[2].startswith('day1.csv,11000,12250,FA1,FEM,NA,NA,"he said ""no"" & left"')
    assert [note.code for note in notes] == ["duration_s", "clock_start", "child", "points"]


@pytest.mark.parametrize(
    ("segment", "vtc", "expected"),
    [
        (Segment(0, 1, "Laughing"), "KCHI", ("CHI", "L")),
        (Segment(0, 1, "Junk"), "KCHI", ("NA", "J")),
        (Segment(0, 1, speaker="CHI"), "KCHI", ("OCH", "NA")),
        (Segment(0, 1, speaker="CHI"), "FEM", ("CHI", "NA")),
        (Segment(0, 1, speaker="CXN"), "CHN", ("OCH", "NA")),
        (Segment(0, 1, "CNS", speaker="CHN"), "CHN", ("CHI", "C")),
        (Segment(0, 1, "x", tier="MA1"), "CHN", ("MAL", "NA")),
        (Segment(0, 1, "Crying", attributes={"vcm_type": "C"}), "CHN", ("CHI", "Y")),
    ],
)
def test_classes_and_speakers_get_the_codes_of_childproject(
    segment: Segment, vtc: str, expected: tuple[str, str]
) -> None:
    timeline = Timeline("a", (segment, Segment(5, 6, "Canonical", speaker=vtc)))
    data, _ = annotations.serialize(timeline, "childproject")
    header, first, _ = (line.split(",") for line in data.decode().splitlines())
    row = dict(zip(header, first, strict=True))
    assert (row["speaker_type"], row["vcm_type"]) == expected


def test_several_recordings_have_a_column_with_their_names(day: Timeline) -> None:
    both = (day, replace(day, recording_id="day2"), Timeline("day3"))
    for name in ("csv", "childproject"):
        data, notes = annotations.serialize(both, name)
        assert [t.recording_id for t in annotations.parse(data, name)] == ["day1", "day2"]
        assert ("recordings", 1) in {(note.code, note.count) for note in notes}


def test_csv_holds_segments_and_recordings_exactly(day: Timeline) -> None:
    data, notes = annotations.serialize(day, "csv")
    assert annotations.parse(data, "csv") == (day,)
    assert notes == ()
    assert data.decode().splitlines()[1] == (
        "day1,10.0,11.5,Crying,CHI,,0.9,0.1,,60.0,2024-05-01T09:30:00+00:00,c07,corpus,9.5,F"
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_reads_what_spreadsheets_write(separator: str, encoding: str) -> None:
    text = ' onset_s ,offset_s,note,"a;b\tc"\r\n1,2,"é, ok",\r\n\r\n,,,\r\n'
    text = text.replace(",", separator).replace("é" + separator, "é,")
    (timeline,) = read(text, "csv", encoding)
    assert timeline.segments == (Segment(1.0, 2.0, attributes={"note": "é, ok"}),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "day1.csv: The file is empty. Its header needs onset_s, offset_s."),
        ("start,end\n1,2\n", "line 1: The header lacks onset_s, offset_s; it has start, end"),
        ("onset_s,offset_s\n1\n", "line 2: The row has 1 cells, and the header 2"),
        ("onset_s,offset_s\n1,x\n", "line 2: The offset_s is 'x', not a finite number"),
        ("onset_s,offset_s\n2,1\n", "line 2: A segment ends at 1.0 s, before it begins"),
        ("onset_s,offset_s\n,1\n", "line 2: The onset_s is '', not"),
        ("onset_s,offset_s,p_Junk\n0,1,2\n", "line 2: The probability of Junk is 2.0, not within"),
        ("onset_s,offset_s,x,x\n0,1,2,3\n", "line 1: The header has 'x' twice"),
        ('onset_s,offset_s,x\n0,1,"a\n', "The row is damaged: unexpected end of data"),
        ("onset_s,offset_s,age_months\n0,1,-2\n", "The columns of the recording 'day1' are wrong"),
        ("onset_s,offset_s,age_months\n0,1,2\n0,1,3\n", "line 3: The row does not say the same"),
    ],
)
def test_says_where_a_table_is_wrong(text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read(text, "csv")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PAR1", "The Parquet file is damaged"),
        (b"", "The Parquet file is damaged"),
    ],
)
def test_a_damaged_parquet_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        annotations.parse(data, "parquet")


def test_parquet_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'vocalbaby-core\[tables\]'"):
        parquet.read(b"PAR1", "a.parquet")


def test_import_is_cheap() -> None:
    heavy = {"numpy", "pandas", "pyarrow", "scipy", "soundfile", "pympi", "praatio"}
    code = f"import sys, vocalbaby.annotations; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ACLEW = Timeline(
    "day1",
    (
        Segment(1.0, 2.0, "mama", tier="CHI", attributes={"ANNOTATION_ID": "a1"}),
        Segment(
            1, 2, "C", tier="vcm@CHI", attributes={"ANNOTATION_ID": "a2", "ANNOTATION_REF": "a1"}
        ),
        Segment(
            1, 2, "W", tier="lex@CHI", attributes={"ANNOTATION_ID": "a3", "ANNOTATION_REF": "a2"}
        ),
        Segment(3.0, 4.0, tier="FA1", attributes={"ANNOTATION_ID": "a4"}),
    ),
)


def test_dependent_annotations_become_columns_of_childproject() -> None:
    data, _ = annotations.serialize(ACLEW, "childproject")
    header, *rows = (line.split(",") for line in data.decode().splitlines())
    chi, fa1 = (dict(zip(header, row, strict=True)) for row in rows)
    assert (chi["vcm_type"], chi["lex_type"], chi["transcription"]) == ("C", "W", "mama")
    assert (chi["speaker_type"], fa1["speaker_type"], fa1["vcm_type"]) == ("CHI", "FEM", "NA")


def test_parquet_holds_recordings_without_segments(day: Timeline) -> None:
    recordings = (replace(day, recording_id="day0", segments=()), day, Timeline("day2"))
    data, notes = annotations.serialize(recordings, "parquet")
    assert annotations.parse(data, "parquet") == recordings
    assert notes == ()
