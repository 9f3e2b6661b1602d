"""The start of a recording and its child, from ChildProject's tables, `.its` and names."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Timeline

Vocalbaby = Callable[..., Any]
Write = Callable[..., Path]

RECORDINGS = """experiment,child_id,date_iso,start_time,device,recording_filename,discard
corpus,c1,2024-05-01,9:30,olympus,a.wav,0
corpus,c2,2024-05-02,NA,olympus,sub/b.wav,0
corpus,c1,2024-05-03,10:00:30,olympus,noisy.wav,1
corpus,c1,2024-05-04,10:00,olympus,lost.wav,0
corpus,c1,2024-05-05,10:00,olympus,NA,0
"""
CHILDREN = """experiment,child_id,child_dob,child_sex,languages
corpus,c1,2023-08-01,f,fra
corpus,c2,NA,NA,NA
"""


@pytest.fixture
def project(write: Write) -> Path:
    root = Path("project")
    for name in ("a", "sub/b", "noisy", "unlisted_20190523_0930"):
        write(root / "recordings" / "raw" / f"{name}.wav", 20, length_s=30)
    (root / "metadata").mkdir()
    (root / "metadata" / "recordings.csv").write_text(RECORDINGS)
    (root / "metadata" / "children.csv").write_text(CHILDREN)
    return root


def read(path: str) -> Timeline:
    (timeline,) = annotations.read(path)
    return timeline


def test_a_childproject_folder(vocalbaby: Vocalbaby, project: Path) -> None:
    run = vocalbaby("segment", "project", "-o", "out", "-f", "parquet")
    assert run.code == 5  # one is lost
    assert "lost.wav does not exist, but metadata/recordings.csv lists it" in run.out
    assert "1 discarded" in run.err
    a, b = read("out/a.parquet"), read("out/sub/b.parquet")
    assert a.clock_start == datetime.fromisoformat("2024-05-01T09:30")
    assert a.child is not None
    assert (a.child.child_id, a.child.corpus, a.child.gender) == ("c1", "corpus", "F")
    assert a.child.age_months == pytest.approx(274 / 30.44, abs=0.01)
    assert a.child.attributes == {"languages": "fra"}
    assert (b.clock_start, b.child and b.child.child_id) == (None, "c2")
    unlisted = read("out/unlisted_20190523_0930.parquet")
    assert (unlisted.clock_start, unlisted.child) == (
        datetime.fromisoformat("2019-05-23T09:30"),
        None,
    )
    assert not Path("out/noisy.parquet").exists()


def test_the_tables_also_apply_to_a_recording_that_is_named(
    vocalbaby: Vocalbaby, project: Path
) -> None:
    run = vocalbaby("segment", project / "recordings/raw/a.wav", "-o", "a.parquet")
    assert run.code == 0
    assert read("a.parquet").clock_start == datetime.fromisoformat("2024-05-01T09:30")


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("recordings", "2024-05-01", "01/05/2024", "no date_iso and start_time"),
        ("recordings", "9:30", "half past nine", "no date_iso and start_time"),
        ("children", "2023-08-01", "2025-08-01", "after the date_iso"),
        ("children", "2023-08-01", "yesterday", "no child_dob"),
    ],
)
def test_a_wrong_date_costs_the_time_or_the_age(
    table: str, old: str, new: str, message: str, vocalbaby: Vocalbaby, project: Path
) -> None:
    path = project / "metadata" / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new))
    for _ in range(2):  # the note remains where the recording is finished before
        run = vocalbaby("segment", "project/recordings/raw", "-r", "-o", "out", "-f", "parquet")
        assert run.code == 0, run.err
        assert f"{table}.csv: " in run.err
        assert message in run.err
        assert "a.wav" in run.err
    a, b = read("out/a.parquet"), read("out/sub/b.parquet")
    assert a.child is not None
    assert b.child is not None
    assert (a.clock_start is None) == (table == "recordings")
    assert (a.child.age_months is None) == (old != "9:30")


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("recordings", "child_id", "child", "lacks child_id"),
        ("recordings", "corpus,c1,2024-05-01", "corpus,c1", "cells"),
    ],
)
def test_damaged_tables_are_told(
    table: str, old: str, new: str, message: str, vocalbaby: Vocalbaby, project: Path
) -> None:
    path = project / "metadata" / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new))
    run = vocalbaby("segment", "project", "-o", "out", "-f", "csv")
    assert run.code == 5
    assert message in run.err
    assert f"{table}.csv" in run.err


@pytest.mark.parametrize("time", ["9:30", "09:30", "9:30:15", "09:30:15"])
def test_times_with_and_without_seconds(time: str, vocalbaby: Vocalbaby, project: Path) -> None:
    path = project / "metadata" / "recordings.csv"
    path.write_text(path.read_text().replace("2024-05-01,9:30", f"2024-05-01,{time}"))
    assert vocalbaby("segment", project / "recordings/raw/a.wav", "-o", "a.parquet").code == 0
    clock = read("a.parquet").clock_start
    assert clock is not None
    assert clock.isoformat() == "2024-05-01T09:30:" + ("15" if time.endswith("15") else "00")


def test_an_its_beside_the_recording(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("e20240501_093000_012345.wav"), 20, length_s=30)
    its = (
        '<ITS><ProcessingUnit><ChildInfo algorithmAge="P9M" gender="F"/><Recording num="1"'
        ' startClockTime="2024-04-30T07:15:00Z" startTime="PT0S" endTime="PT30S"/>'
        "</ProcessingUnit></ITS>"
    )
    Path("e20240501_093000_012345.its").write_text(its)
    assert vocalbaby("segment", "e20240501_093000_012345.wav", "-o", "day.parquet").code == 0
    timeline = read("day.parquet")
    assert timeline.clock_start is not None
    assert timeline.clock_start.isoformat() == "2024-04-30T07:15:00+00:00"
    assert timeline.child is not None
    assert timeline.child.age_months == 9
