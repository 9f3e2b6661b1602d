"""Sets of annotations of a ChildProject folder, as ChildProject's index describes them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.annotations import speaker_type
from vocalbaby.corpora.childproject import read_sets, set_of
from vocalbaby.exception import DataError, DataNotFoundError

HEADER = "set,recording_filename,time_seek,range_onset,range_offset,raw_filename,format,filter,"
HEADER += "annotation_filename,error"

Index = Callable[..., Path]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Writes an index with these rows, and files below annotations/."""

    def write(*rows: str, **files: str) -> Path:
        (tmp_path / "metadata").mkdir(exist_ok=True)
        (tmp_path / "metadata/annotations.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        for name, text in files.items():
            path = tmp_path / "annotations" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


CONVERTED = "segment_onset,segment_offset,speaker_type,raw_filename\n"
VTC = "SPEAKER day1 1 {} {} <NA> <NA> {} <NA> <NA>\n"


def times(root: Path, name: str, recording: str) -> list[tuple[float, float]]:
    found = read_sets(root)[name].read(recording)
    return [(each.onset_s, each.offset_s) for each in found.timeline.segments]


def test_converted_files_of_all_stretches_of_a_recording_are_one_timeline(index: Index) -> None:
    root = index(
        "eaf/an1,c1/day1.wav,0,60000,120000,b.eaf,eaf,NA,c1/day1_60000_120000.csv,NA",
        "eaf/an1,c1/day1.wav,0,0,30000,a.eaf,eaf,NA,c1/day1_0_30000.csv,NA",
        **{
            "eaf/an1/converted/c1/day1_60000_120000.csv": f"{CONVERTED}61000,62000,CHI,b.eaf\n",
            "eaf/an1/converted/c1/day1_0_30000.csv": f"{CONVERTED}1000,2000,FEM,a.eaf\n",
        },
    )
    found = read_sets(root)["eaf/an1"].read("c1/day1.wav")
    assert found.timeline.recording_id == "c1/day1"
    assert [(s.onset_s, s.offset_s, s.speaker) for s in found.timeline.segments] == [
        (1.0, 2.0, "FEM"),
        (61.0, 62.0, "CHI"),
    ]
    assert found.ranges == ((0.0, 30.0), (60.0, 120.0))


def test_a_raw_file_is_shifted_and_cut_to_its_stretch(index: Index) -> None:
    root = index(
        "vtc,day1.wav,10000,12000,20000,day1.rttm,vtc_rttm,NA,NA,NA",
        **{
            "vtc/raw/day1.rttm": VTC.format(1, 3, "KCHI")
            + VTC.format(0, 1, "KCHI")
            + VTC.format(9, 5, "FEM")
        },
    )
    # 11 to 14 s begins before the stretch, 10 to 11 s is outside, 19 to 24 s ends behind it.
    assert times(root, "vtc", "day1.wav") == [(12.0, 14.0), (19.0, 20.0)]


def test_the_filter_chooses_the_recording_of_a_file_with_several(index: Index) -> None:
    both = VTC.format(1, 1, "KCHI") + VTC.format(5, 1, "KCHI").replace("day1", "day2")
    rows = [f"vtc,{n}.wav,0,0,60000,all.rttm,vtc_rttm,{n},NA,NA" for n in ("day1", "day2")]
    root = index(*rows, **{"vtc/raw/all.rttm": both})
    assert times(root, "vtc", "day1.wav") == [(1.0, 2.0)]
    assert times(root, "vtc", "day2.wav") == [(5.0, 6.0)]
    root = index(rows[0].replace(",day1,NA", ",NA,NA"), **{"vtc/raw/all.rttm": both})
    with pytest.raises(DataError, match="has annotations of 2 recordings, and line 2 of"):
        times(root, "vtc", "day1.wav")


def test_lena_s_files_are_read(index: Index) -> None:
    its = (
        '<ITS><ProcessingUnit><Recording num="1" startTime="PT0S" endTime="PT60S">'
        '<Conversation num="1" type="CIC">'
        '<Segment spkr="CHN" startTime="PT1.50S" endTime="PT2.00S"/>'
        '<Segment spkr="FAN" startTime="PT2.00S" endTime="PT3.00S"/></Conversation></Recording>'
        "</ProcessingUnit></ITS>"
    )
    root = index("its,day1.wav,0,0,60000,day1.its,its,NA,NA,NA", **{"its/raw/day1.its": its})
    segments = read_sets(root)["its"].read("day1.wav").timeline.segments
    assert [(s.onset_s, s.offset_s, speaker_type(s)) for s in segments] == [
        (1.5, 2.0, "CHI"),
        (2.0, 3.0, "FEM"),
    ]


def test_what_only_childproject_reads_is_refused_until_it_is_converted(index: Index) -> None:
    row = "alice,day1.wav,0,0,60000,out.txt,alice,day1,{},NA"
    root = index(row.format("NA"), **{"alice/raw/out.txt": "x 1 2 3\n"})
    with pytest.raises(DataError, match="of the format alice") as caught:
        times(root, "alice", "day1.wav")
    assert "child-project import-annotations" in (caught.value.hint or "")
    table = f"{CONVERTED.strip()},words\n1000,2000,NA,out.txt,3\n"
    root = index(row.format("day1.csv"), **{"alice/converted/day1.csv": table})
    assert times(root, "alice", "day1.wav") == [(1.0, 2.0)]


def test_rows_that_could_not_be_imported_are_no_annotations(index: Index) -> None:
    root = index("vtc,day1.wav,0,0,60000,day1.rttm,vtc_rttm,NA,NA,Traceback")
    assert read_sets(root) == {}


def test_missing_files_recordings_and_damaged_rows_are_named(index: Index) -> None:
    root = index("vtc,day1.wav,0,0,60000,day1.rttm,vtc_rttm,NA,NA,NA")
    with pytest.raises(DataNotFoundError, match=r"day1.rttm does not exist, but line 2 of"):
        times(root, "vtc", "day1.wav")
    with pytest.raises(DataNotFoundError, match=r"vtc of .* has no annotations of day2.wav"):
        times(root, "vtc", "day2.wav")
    index("vtc,day1.wav,0,0,long,day1.rttm,vtc_rttm,NA,NA,NA")
    with pytest.raises(DataError, match=r"annotations.csv, line 2: The range_offset"):
        read_sets(root)


def test_a_recording_is_found_with_or_without_its_suffix(index: Index) -> None:
    rows = [f"vtc,{n},0,0,60000,x.rttm,vtc_rttm,NA,NA,NA" for n in ("c1/a.wav", "b.wav", "b.mp3")]
    found = read_sets(index(*rows))["vtc"]
    assert found.find("c1/a") == found.find("c1/a.wav") == "c1/a.wav"
    assert (found.find("b"), found.find("b.mp3"), found.find("a")) == (None, "b.mp3", None)


def test_the_folder_of_a_set_is_known_by_the_index(index: Index, tmp_path: Path) -> None:
    root = index()
    assert set_of(root / "annotations/vtc/raw") == (root, "vtc")
    assert set_of(root / "annotations/eaf/an1") == (root, "eaf/an1")
    assert set_of(tmp_path / "elsewhere") is None
