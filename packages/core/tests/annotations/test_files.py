"""Files: their formats by name and content, what is refused, and that none is half written."""

import os
from pathlib import Path

import pytest

from vocalbaby import annotations
from vocalbaby.annotations.registry import format_of_data, format_of_name
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

ONE = Timeline("day1", (Segment(1.0, 2.0, "Crying"),))


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.rttm", "rttm"),
        (b"", "a.TextGrid", "textgrid"),
        (b"", "a.EAF", "eaf"),
        (b"onset_s,offset_s\n", "a.csv", "csv"),
        (b"raw_filename;segment_onset;segment_offset\n", "a.csv", "childproject"),
        ("segment_onset,segment_offset\n".encode("utf-16"), "a.csv", "childproject"),
        (b"1.0\t2.0\tx\n", "a.txt", "audacity"),
        ("1.0\t2.0\tx\n".encode("utf-16"), "a.txt", "audacity"),
        (b"", "a.txt", "audacity"),
        (b"SPEAKER a 1 0 1 <NA> <NA> x <NA> <NA>\n", "a.txt", "rttm"),
        ('File type = "ooTextFile"'.encode("utf-16"), "a.txt", "textgrid"),
        (b'<?xml version="1.0"?>\n<ITS fileName="x">', "a.xml", "its"),
        ('<?xml version="1.0"?><ANNOTATION_DOCUMENT>'.encode("utf-16"), "a.xml", "eaf"),
    ],
)
def test_suffix_and_content_decide(data: bytes, name: str, expected: str) -> None:
    assert format_of_data(data, name).name == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", "csv"), ("a.txt", "audacity"), ("a.TEXTGRID", "textgrid"), ("a.its", "its")],
)
def test_the_suffix_of_a_new_file_decides(name: str, expected: str) -> None:
    assert format_of_name(name).name == expected


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.wav", "a.wav has the suffix '.wav' of no format"),
        (b"", "a", "a has the suffix '' of no format"),
        (b"Dear colleague,\n", "a.txt", "a.txt is neither RTTM nor TextGrid nor Audacity"),
        (b"start,end\n0,1\n", "a.csv", "a.csv is neither ChildProject nor CSV"),
    ],
)
def test_other_files_are_refused_with_the_names_of_formats(
    data: bytes, name: str, message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        format_of_data(data, name)
    assert message in error.value.message
    assert "rttm, textgrid, textgrid_short, eaf" in error.value.hint


@pytest.mark.parametrize("name", [n for n, f in annotations.FORMATS.items() if f.write])
def test_writes_and_reads_a_file_of_every_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"day1{annotations.FORMATS[name].suffixes[0]}"
    annotations.write(ONE, path, name)
    (timeline,) = annotations.read(path)
    assert timeline.recording_id == "day1"
    assert [(s.onset_s, s.offset_s, s.label) for s in timeline.segments] == [(1.0, 2.0, "Crying")]


def test_the_name_of_a_recording_that_gets_lost_is_told(tmp_path: Path) -> None:
    notes = annotations.write(ONE, tmp_path / "day1_final.eaf")
    assert [note.message for note in notes] == [
        "EAF: the name of 1 recording becomes 'day1_final'."
    ]
    assert annotations.write(ONE, tmp_path / "day1_final.rttm") == ()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"a\.eaf does not exist"):
        annotations.read(tmp_path / "a.eaf")
    with pytest.raises(DataNotFoundError, match="is a folder"):
        annotations.read(tmp_path)


@pytest.mark.parametrize("name", ["textgrid", "eaf", "audacity"])
def test_one_recording_where_a_file_holds_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds one recording, and there are 2") as error:
        annotations.write([ONE, Timeline("day2")], tmp_path / "a", name)
    assert "rttm, childproject, csv, parquet" in error.value.hint
    with pytest.raises(DataError, match="no recording to write"):
        annotations.write([], tmp_path / "a", name)


def test_recordings_have_different_names() -> None:
    with pytest.raises(DataError, match="two timelines of the recording 'day1'"):
        annotations.serialize([ONE, ONE], "rttm")


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'stm'\. Use one of rttm, textgrid"):
        annotations.serialize(ONE, "stm")


def test_a_file_that_cannot_be_replaced_stays_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "day1.rttm"
    path.write_text("precious")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        annotations.write(ONE, path)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_usual_rights_and_a_replaced_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "day1.rttm"
    former = os.umask(0o027)
    try:
        annotations.write(ONE, path)
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o600)
        annotations.write(ONE, path)
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(former)


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "out.rttm"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    annotations.write(ONE, pipe)
    assert b"SPEAKER day" in os.read(reading, 4096)
    os.close(reading)
    assert pipe.is_fifo()
