"""`vocalbaby segment` destroys no file, believes no damaged state, and one error ends no run."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.commands.recordings.state import locked
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import FileError

Vocalbaby = Callable[..., Any]
Write = Callable[..., Path]


def read(path: str | Path) -> Timeline:
    (timeline,) = annotations.read(path)
    return timeline


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("-o", "day.wav", "-f", "rttm"), "day.wav"),
        (("-o", "link.rttm"), "day.wav"),
        (("-o", "vtc.rttm", "--segments", "vtc.rttm"), "vtc.rttm"),
        (("-o", "day.csv", "--summary", "day.wav"), "day.wav"),
        (("-o", "day.csv", "--summary", "./day.csv"), "day.wav"),
    ],
)
def test_no_output_replaces_an_input(
    arguments: tuple[str, ...], kept: str, vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("day.wav"), 20)
    Path("link.rttm").symlink_to("day.wav")
    Path("vtc.rttm").write_text("SPEAKER day 1 20.0 1.0 <NA> <NA> KCHI <NA> <NA>\n")
    before = Path(kept).read_bytes()
    run = vocalbaby("segment", "day.wav", *arguments, "--overwrite")
    assert (run.code, "would be replaced" in run.err) == (2, True)
    assert Path(kept).read_bytes() == before
    assert not Path("day.csv").exists()


def test_the_folder_of_the_summary_is_checked_first(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    run = vocalbaby("segment", "day.wav", "-o", "day.csv", "--summary", "none/run.json")
    assert (run.code, "The folder none does not exist" in run.err) == (5, True)
    assert not Path("day.csv").exists()


def test_a_file_that_cannot_be_written_does_not_end_the_run(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("days/a.wav"), 20)
    write(Path("days/b.wav"), 20)
    Path("out/.vocalbaby/a.csv.evidence").mkdir(parents=True)
    run = vocalbaby("segment", "days", "-o", "out", "-f", "csv", "--summary", "run.json")
    assert run.code == 7
    assert [s.label for s in read("out/b.csv").segments] == ["Crying"]
    (failed,) = json.loads(Path("run.json").read_text())["failed_files"]
    assert (failed["file"], failed["code"]) == ("days/a.wav", "file_unusable")


@pytest.mark.parametrize("name", ["day.csv.evidence.quality.json", "day.csv.finished.json"])
def test_a_damaged_state_changes_no_figure(name: str, vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    arguments = ("segment", "day.wav", "-o", "day.csv", "--state", "state", "--summary", "run.json")
    assert vocalbaby(*arguments).code == 0
    first, summary = Path("day.csv").read_bytes(), Path("run.json").read_text()
    file = Path("state", name)
    file.write_text(file.read_text().replace("70.0", "71.0"))
    if "quality" in name:
        Path("day.csv").unlink()
    assert vocalbaby(*arguments, "--overwrite").code == 0
    assert Path("day.csv").read_bytes() == first
    hours = [json.loads(text)["hours"] for text in (summary, Path("run.json").read_text())]
    assert hours[0] == hours[1]


def test_recordings_of_one_name_size_and_time_are_not_confused(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    for folder, second in (("a", 20), ("b", 40)):
        os.utime(write(Path(folder, "day.wav"), second, seed=second), (10**9, 10**9))
        run = vocalbaby("segment", f"{folder}/day.wav", "-o", "day.csv", "--state", "state")
        assert run.code == 0
        assert round(read("day.csv").segments[0].onset_s) == second


def test_two_processes_cannot_work_on_one_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, lock = tmp_path / "day.csv", tmp_path / "day.csv.lock"
    with locked(state), pytest.raises(FileError, match="Another process"), locked(state):
        pass
    assert not lock.exists()
    flock, calls = fcntl.flock, []

    def late(handle: int, operation: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            lock.unlink()  # by the process that held it, between opening and locking
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(state), pytest.raises(FileError, match="Another process"), locked(state):
        pass
    assert len(calls) == 3


def test_a_new_its_or_another_version_makes_the_output_anew(
    vocalbaby: Vocalbaby, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("day.wav"), 20, length_s=30)
    its = (
        '<ITS><ProcessingUnit><ChildInfo algorithmAge="P9M"/><Recording num="1"'
        ' startTime="PT0S" endTime="PT30S"/></ProcessingUnit></ITS>'
    )
    arguments = ("segment", "day.wav", "-o", "day.parquet")
    assert "before" not in vocalbaby(*arguments).out
    assert "(finished before)" in vocalbaby(*arguments).out
    Path("day.its").write_text(its)
    assert "before" not in vocalbaby(*arguments).out
    assert read("day.parquet").child is not None
    monkeypatch.setattr("vocalbaby.commands.recordings.working.VERSION", "0.0.0")
    assert "before" not in vocalbaby(*arguments).out
    assert "(finished before)" in vocalbaby(*arguments).out
