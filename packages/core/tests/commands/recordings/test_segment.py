"""`vocalbaby segment` as people use it: files, folders, formats, errors, and runs that go on."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Timeline

Vocalbaby = Callable[..., Any]
Write = Callable[..., Path]


def read(path: str | Path, format_: str | None = None) -> Timeline:
    (timeline,) = annotations.read(path, format_)
    return timeline


def labels(timeline: Timeline) -> list[str | None]:
    return [segment.label for segment in timeline.segments]


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        ("rttm", "day.rttm"),
        ("textgrid", "day.TextGrid"),
        ("textgrid_short", "day.TextGrid"),
        ("eaf", "day.eaf"),
        ("childproject", "day.csv"),
        ("audacity", "day.txt"),
        ("csv", "day.csv"),
        ("parquet", "day.parquet"),
    ],
)
def test_writes_each_format(format_: str, name: str, vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20, 50)
    run = vocalbaby("segment", "day.wav", "--output", name, "--format", format_)
    assert run.code == 0, run.err
    assert run.out == f"{name}: 2 segments in 1.2 min\n"
    cries = [s for s in read(name, format_).segments if annotations.infant_class(s) == "Crying"]
    assert [round(segment.onset_s) for segment in cries] == [20, 50]


def test_a_result_is_one_line_and_parquet_holds_all(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("a\nb_20240501_0930.wav"), 20)
    run = vocalbaby("segment", "a\nb_20240501_0930.wav", "-o", "out/", "-f", "parquet")
    assert run.out == "out/a\\x0ab_20240501_0930.parquet: 1 segment in 1.2 min\n"
    assert run.err == ""


def test_the_suffix_of_the_output_decides_on_the_format(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    assert vocalbaby("segment", "day.wav", "-o", "day.eaf").code == 0
    assert Path("day.eaf").read_text().startswith("<?xml")
    run = vocalbaby("segment", "day.wav", "-o", "day.its")
    assert (run.code, "only read" in run.err) == (2, True)
    run = vocalbaby("segment", "day.wav", "-o", "new/")
    assert (run.code, "--format rttm" in run.err) == (2, True)


def test_a_recording_without_an_infant_gives_an_empty_file(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("night.wav"))
    run = vocalbaby("segment", "night.wav", "-o", "night.rttm", "--no-junk")
    assert (run.code, run.out) == (0, "night.rttm: 0 segments in 1.2 min\n")
    assert Path("night.rttm").read_bytes() == b""


def test_a_folder_gives_one_file_for_each_recording(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("days/a.wav"), 20)
    write(Path("days/sub/b.wav"), 30)
    Path("days/notes.txt").write_text("notes")
    arguments = ("segment", "days", "-r", "-o", "out", "-f", "csv", "--summary", "run.json")
    run = vocalbaby(*arguments)
    assert run.code == 0, run.err
    assert labels(read("out/a.csv")) == labels(read("out/sub/b.csv")) == ["Crying"]
    assert "2 recordings found; passed over: 1 not_audio (.txt 1)." in run.err
    summary = json.loads(Path("run.json").read_text())
    assert (summary["found"], summary["segmented"], summary["passed_over"]) == (3, 2, 1)
    assert summary["segments"]["Crying"] == 2
    assert summary["hours"] == pytest.approx(140 / 3600, abs=1e-4)
    assert [each["output"] for each in summary["recordings"]] == ["out/a.csv", "out/sub/b.csv"]
    assert summary["recordings"][0]["seconds"]["Crying"] == pytest.approx(1.5, abs=0.3)
    assert [each["file"] for each in summary["passed_over_files"]] == ["days/notes.txt"]


def test_several_processes_give_the_same_files(vocalbaby: Vocalbaby, write: Write) -> None:
    for i in range(3):
        write(Path(f"days/{i}.wav"), 10 + i, seed=i)
    Path("days/bad.wav").write_bytes(b"RIFF")
    one = vocalbaby("segment", "days", "-o", "one", "-f", "csv")
    two = vocalbaby("segment", "days", "-o", "two", "-f", "csv", "--workers", "2")
    assert one.code == two.code == 4
    assert sorted(one.out.replace("one/", "").splitlines()) == sorted(
        two.out.replace("two/", "").splitlines()
    )
    for i in range(3):
        assert Path(f"one/{i}.csv").read_bytes() == Path(f"two/{i}.csv").read_bytes()


def test_recordings_that_cannot_be_read_are_told_and_the_others_done(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("day.wav"), 20)
    Path("bad.wav").write_bytes(b"not a recording")
    arguments = ("-o", "out/", "-f", "rttm", "--summary", "run.json")
    run = vocalbaby("segment", "bad.wav", "gone.wav", "day.wav", *arguments)
    assert run.code == 4
    assert "bad.wav: This is" in run.out
    assert "gone.wav does not exist" in run.out
    assert labels(read("out/day.rttm")) == ["Crying"]
    assert not Path("out/bad.rttm").exists()
    summary = json.loads(Path("run.json").read_text())
    assert summary["failed_by_code"] == {"audio_unreadable": 1, "missing": 1}
    assert [each["file"] for each in summary["failed_files"]] == ["bad.wav", "gone.wav"]
    assert vocalbaby("segment", "gone.wav", "-o", "x.rttm").code == 5


def test_choices_of_segments(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    arguments = ("segment", "day.wav", "-f", "csv", "--no-junk", "-o")
    assert vocalbaby(*arguments, "l.csv", "--classes", "laughing").code == 0
    assert labels(read("l.csv")) == []
    assert vocalbaby(*arguments, "c.csv", "--classes", "crying, Laughing").code == 0
    assert labels(read("c.csv")) == ["Crying"]
    run = vocalbaby(*arguments, "x.csv", "--classes", "Screaming")
    assert run.code == 2
    assert "'Screaming'" in run.err
    assert "Canonical, Non-canonical, Crying, Laughing" in run.err


def test_finished_recordings_are_not_done_again(vocalbaby: Vocalbaby, write: Write) -> None:
    day = write(Path("day.wav"), 20)
    arguments = ("segment", "day.wav", "-o", "day.csv")
    assert "finished" not in vocalbaby(*arguments).out
    first = Path("day.csv").read_bytes()
    written = Path("day.csv").stat().st_mtime_ns
    assert vocalbaby(*arguments).out.endswith("(finished before)\n")
    assert Path("day.csv").stat().st_mtime_ns == written
    assert vocalbaby(*arguments, "--no-junk").out.endswith("min\n")  # other settings
    assert vocalbaby(*arguments).out.endswith("min\n")
    Path("day.csv").unlink()
    assert vocalbaby(*arguments).out.endswith("min\n")
    assert Path("day.csv").read_bytes() == first
    write(day, 30)  # another recording of the same name
    assert vocalbaby(*arguments).out.endswith("min\n")
    assert round(read("day.csv").segments[0].onset_s) == 30


def test_files_of_others_are_not_replaced(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    arguments = ("segment", "day.wav", "-o", "day.csv")
    Path("day.csv").write_text("mine")
    run = vocalbaby(*arguments)
    assert (run.code, "add --overwrite" in run.out) == (2, True)
    assert Path("day.csv").read_text() == "mine"
    assert vocalbaby(*arguments, "--overwrite").code == 0
    made = Path("day.csv").read_text()
    Path("day.csv").write_text(made + "corrected")
    run = vocalbaby(*arguments)
    assert (run.code, "was changed" in run.out) == (2, True)
    assert Path("day.csv").read_text() == made + "corrected"


def test_the_state_keeps_the_evidence_if_asked(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    assert vocalbaby("segment", "day.wav", "-o", "a.csv").code == 0
    assert [path.name for path in Path(".vocalbaby").iterdir()] == ["a.csv.finished.json"]
    assert vocalbaby("segment", "day.wav", "-o", "b.csv", "--state", "state").code == 0
    assert Path("state/b.csv.evidence").stat().st_size > 1_000
    Path("settings.yaml").write_text("segmentation: {min_sound_s: 5}")
    arguments = ("-o", "b.csv", "--state", "state", "--config", "settings.yaml")
    assert vocalbaby("segment", "day.wav", *arguments).code == 0
    assert labels(read("b.csv")) == []


def test_evidence_that_does_not_fit_any_more_is_made_again(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    day = write(Path("day.wav"), 20)
    arguments = ("segment", "day.wav", "-o", "day.csv", "--state", "state")
    assert vocalbaby(*arguments).code == 0
    write(day, 30)
    run = vocalbaby(*arguments)
    assert run.code == 0
    assert "it was heard again" in run.err
    assert round(read("day.csv").segments[0].onset_s) == 30


def test_recordings_of_the_same_name_keep_their_suffixes(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("days/day.wav"), 20)
    write(Path("days/day.wave"), 30)
    write(Path("other/x.wav"), 20)
    assert vocalbaby("segment", "days", "-o", "out", "-f", "csv").code == 0
    outputs = {path.name for path in Path("out").iterdir()} - {".vocalbaby"}
    assert outputs == {"day.wav.csv", "day.wave.csv"}
    write(Path("other/day.wav"), 40)
    run = vocalbaby("segment", "days/day.wav", "other/day.wav", "-o", "out/", "-f", "csv")
    assert (run.code, "the same file" in run.err) == (2, True)
    run = vocalbaby("segment", "days/day.wav", "days", "-o", "twice/", "-f", "csv")
    assert run.code == 0
    assert run.out.count("1 segment in") == 2


def test_several_recordings_need_a_folder(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("a.wav"))
    write(Path("b.wav"))
    run = vocalbaby("segment", "a.wav", "b.wav", "-o", "both.csv")
    assert (run.code, "both.csv is one file" in run.err) == (2, True)
    run = vocalbaby("segment", "a.wav", "-o", "none/a.csv")
    assert (run.code, "folder none does not exist" in run.err) == (5, True)
    run = vocalbaby("segment", "-", "-o", "a.csv")
    assert (run.code, "standard input" in run.err) == (2, True)


def test_the_help_has_examples(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("segment", "--help")
    assert run.code == 0
    assert "vocalbaby segment day.wav --format rttm --output day.rttm" in run.out
    assert "--key-child" in run.out


def test_a_listener_needs_its_file_and_package_and_no_given_segments(
    vocalbaby: Vocalbaby, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("day.wav"), 20)
    run = vocalbaby("segment", "day.wav", "-o", "day.csv", "--listener", "none.tflite")
    assert (run.code, "none.tflite cannot be read" in run.err) == (6, True)
    Path("net.tflite").write_bytes(b"\x1c\0\0\0TFL3")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    run = vocalbaby("segment", "day.wav", "-o", "day.csv", "--listener", "net.tflite")
    assert (run.code, "pip install 'vocalbaby-core[litert]'" in run.err) == (2, True)
    options = ["--listener", "net.tflite", "--segments", "day.rttm"]
    run = vocalbaby("segment", "day.wav", "-o", "day.csv", *options)
    assert (run.code, "exclude each other" in run.err) == (2, True)
    assert not Path("day.csv").exists()
