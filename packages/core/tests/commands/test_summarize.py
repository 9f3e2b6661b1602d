"""`vocalbaby summarize`: from files of annotations to figures."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.summary import ConfusionTable

Vocalbaby = Callable[..., Any]
FAST = ("--draws", "100")


def rttm(recording: str, cries: int) -> str:
    lines = [
        f"SPEAKER {recording} 1 {100 * i}.0 1.0 Crying <NA> CHI <NA> <NA>" for i in range(cries)
    ]
    return "\n".join([*lines, f"SPEAKER {recording} 1 0.0 9.0 Junk <NA> Junk <NA> <NA>", ""])


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with a folder of annotations."""
    monkeypatch.chdir(tmp_path)
    Path("days/more").mkdir(parents=True)
    Path("days/a.rttm").write_text(rttm("a", 30))
    Path("days/b.rttm").write_text(rttm("b", 20))
    Path("days/more/c.rttm").write_text(rttm("c", 10))
    Path("days/notes.txt").write_text("Notes.\n")
    rows = [
        (group, true, given, n, n)
        for group in ("c1", "c2")
        for true in ("Canonical", "Non-canonical", "Crying", "Laughing", "none")
        for given, n in ((true if true != "none" else "Junk", 9.0), ("none", 1.0))
    ]
    Path("table.json").write_text(ConfusionTable.from_rows(rows, "m1").to_json())


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_becomes_a_table(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("summarize", "days", "--by", "recording", *FAST)
    assert run.code == 0, run.err
    rows = table(run.out)
    assert [(row["recording_filename"], row["cry_voc_chi"]) for row in rows] == [
        ("a", "30"),
        ("b", "20"),
    ]
    assert "Passed over, since they are no annotations: days/notes.txt." in run.err
    assert "The duration of a, b is not known" in run.err


def test_patterns_subfolders_and_named_files_count_each_file_once(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby(
        "summarize", "days/*.rttm", "days", "days/a.rttm", "-r", "--by", "recording", *FAST
    )
    assert [row["recording_filename"] for row in table(run.out)] == ["a", "b", "more/c"]


def test_files_of_one_name_in_two_subfolders_are_two_recordings(vocalbaby: Vocalbaby) -> None:
    for child, cries in (("s1", 3), ("s2", 5)):
        Path("grids", child).mkdir(parents=True)
        segments = tuple(Segment(9 * i, 9 * i + 1, "Crying", tier="CHI") for i in range(cries))
        annotations.write(Timeline("day", segments, 60.0), f"grids/{child}/day.TextGrid")
    arguments = ("summarize", "grids", "--by", "recording", *FAST)
    rows = table(vocalbaby(*arguments, "-r").out)
    assert [(row["recording_filename"], row["cry_voc_chi"]) for row in rows] == [
        ("s1/day", "3"),
        ("s2/day", "5"),
    ]
    annotations.write(Timeline("day", (), 60.0), "grids/day.TextGrid")
    run = vocalbaby(*arguments)
    assert "Subfolders are not read without --recursive: grids/s1, grids/s2." in run.err


def test_a_recording_of_childproject_is_found_by_its_folder(vocalbaby: Vocalbaby) -> None:
    Path("corpus/metadata").mkdir(parents=True)
    Path("corpus/metadata/recordings.csv").write_text(
        "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename\n"
        "lab,c1,2024-05-01,NA,usb,s1/day.wav\nlab,c2,2024-05-01,NA,usb,s2/day.wav\n"
    )
    Path("corpus/metadata/children.csv").write_text("experiment,child_id\nlab,c1\nlab,c2\n")
    Path("day.rttm").write_text(rttm("s2/day", 3))
    run = vocalbaby("summarize", "day.rttm", "--project", "corpus", "--by", "child", *FAST)
    assert [row["child_id"] for row in table(run.out)] == ["c2"]


def test_json_and_page_are_written_to_files(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby(
        "summarize", "days/a.rttm", "-f", "json", "-o", "a.json", "--html", "a.html", *FAST
    )
    assert (run.code, run.out) == (0, "")
    data = json.loads(Path("a.json").read_text())
    assert {row["by"] for row in data["figures"]} == {"recording", "hour"}
    assert Path("a.html").read_text().startswith("<!doctype html>")


def test_a_confusion_table_corrects(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("summarize", "days/a.rttm", "--confusion", "table.json", *FAST)
    row = table(run.out)[0]
    assert float(row["cry_voc_chi_corrected"]) == pytest.approx(30 / 0.9, abs=1)
    assert float(row["cry_voc_chi_corrected_low"]) < float(row["cry_voc_chi_corrected_high"])


def test_human_annotations_are_not_corrected_by_default(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("summarize", "days/a.rttm", *FAST)
    assert "cry_voc_chi" in run.out
    assert "corrected" not in run.out


def test_segments_of_another_model_are_not_corrected(vocalbaby: Vocalbaby) -> None:
    day = Timeline("d", (Segment(0, 1, "Crying"),), 3600.0, attributes={"model_version": "m2"})
    annotations.write(day, "d.parquet")
    run = vocalbaby("summarize", "d.parquet", "--confusion", "table.json", *FAST)
    assert "Segments of the model m2 are not corrected" in run.err
    assert "corrected" not in run.out


def test_what_cannot_be_read_is_an_error_and_the_others_are_summarised(
    vocalbaby: Vocalbaby,
) -> None:
    Path("days/b.rttm").write_text("SPEAKER b 1 10.0 -1 <NA> <NA> CHI <NA> <NA>\n")
    run = vocalbaby("summarize", "days", "gone.rttm", "--by", "recording", *FAST)
    assert run.code == 5
    assert [row["recording_filename"] for row in table(run.out)] == ["a"]
    assert "error: days/b.rttm, line 1: The duration is -1" in run.err
    assert "error: gone.rttm does not exist" in run.err


def test_childproject_s_tables_give_clock_duration_and_child(vocalbaby: Vocalbaby) -> None:
    Path("corpus/metadata").mkdir(parents=True)
    Path("corpus/metadata/recordings.csv").write_text(
        "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename,duration\n"
        "lab,c1,2024-05-01,23:30,usb,s1/a.wav,7200000\n"
    )
    Path("corpus/metadata/children.csv").write_text(
        "experiment,child_id,child_dob\nlab,c1,2023-08-01\n"
    )
    run = vocalbaby("summarize", "days/a.rttm", "--project", "corpus", "--by", "hour,age", *FAST)
    assert run.code == 0, run.err
    rows = table(run.out)
    assert [row["hour"] for row in rows[:3]] == ["23", "0", "1"]
    assert (rows[-1]["by"], rows[-1]["age_months"], rows[-1]["duration"]) == ("age", "9", "7200000")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["days", "-f", "xml"], 2, "no format 'xml'"),
        (["days", "--by", "week"], 2, "'week'"),
        (["days", "--level", "0.2"], 2, "level"),
        (["days", "--method", "magic"], 2, "method"),
        (["days", "--confusion", "gone.csv"], 5, "no confusion table gone.csv"),
        (["gone.rttm"], 5, "gone.rttm does not exist"),
        (["*.eaf"], 5, "matches no file"),
        (["days/more/c.rttm", "copy.csv"], 5, "both of the recording c"),
        (["empty"], 5, "no annotations in the folder"),
        (["days/notes.txt"], 2, "notes.txt is neither"),
        (["days", "--project", "days"], 5, "no metadata/recordings.csv"),
    ],
)
def test_what_is_not_possible_is_said(
    vocalbaby: Vocalbaby, arguments: list[str], code: int, text: str
) -> None:
    Path("empty").mkdir()
    Path("copy.csv").write_text("recording_id,onset_s,offset_s,label\nc,0,1,Crying\n")
    run = vocalbaby("summarize", *arguments)
    assert run.code == code
    assert text in run.err
