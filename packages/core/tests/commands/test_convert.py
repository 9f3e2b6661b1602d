"""`vocalbaby convert`: annotations between formats, with notes on what is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations

Vocalbaby = Callable[..., Any]

RTTM = """\
SPEAKER day1 1 1.0004 0.5 Crying <NA> CHI 0.9 <NA>
SPEAKER day1 1 1.2 1.0 Junk <NA> CHI <NA> <NA>
SPEAKER rec/day2 1 3.0 1.0 <NA> <NA> FEM <NA> <NA>
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with annotations of two recordings."""
    monkeypatch.chdir(tmp_path)
    Path("all.rttm").write_text(RTTM)


def test_converts_and_lists_what_is_lost(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("convert", "all.rttm", "day1.eaf", "--recording", "day1")
    assert (run.code, run.out) == (0, "day1.eaf: 2 segments of day1\n")
    assert run.err.splitlines() == [
        "note: EAF: attributes of 1 segment are left out: conf.",
        "note: EAF: further tiers hold 1 overlapping segment.",
        "note: EAF: rounding to milliseconds changes 2 times.",
    ]
    (timeline,) = annotations.read("day1.eaf")
    assert [tier.name for tier in timeline.tiers] == ["CHI", "CHI (2)"]


def test_nothing_is_said_where_nothing_is_lost(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("convert", "all.rttm", "all.csv")
    assert (run.code, run.out, run.err) == (0, "all.csv: 3 segments of day1, rec/day2\n", "")


def test_writes_a_file_for_each_recording_to_a_folder(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("convert", "all.rttm", "tiers/", "--to", "textgrid")
    assert run.code == 0, run.err
    assert sorted(p.name for p in Path("tiers").iterdir()) == [
        "day1.TextGrid",
        "rec_day2.TextGrid",
    ]


def test_from_and_to_name_the_formats(vocalbaby: Vocalbaby) -> None:
    Path("labels").write_text("1\t2\tCrying\n")
    run = vocalbaby("convert", "labels", "out.csv", "--from", "audacity", "--to", "childproject")
    assert run.code == 0, run.err
    assert Path("out.csv").read_text().splitlines()[1] == "labels.csv,1000,2000,CHI,0,Y"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["all.rttm", "day1.eaf"], 5, "A file of EAF holds one recording, and there are 2."),
        (["all.rttm", "tiers/"], 2, "tiers is a folder, which has no format."),
        (["all.rttm", "all.rttm"], 2, "all.rttm exists."),
        (["all.rttm", "a.csv", "--recording", "day3"], 5, "There are: day1, rec/day2."),
        (["all.rttm", "a.its", "--recording", "day1"], 2, "LENA .its is only read, not written."),
        (["all.rttm", "a.stm"], 2, "a.stm has the suffix '.stm' of no format"),
        (["all.rttm", "a.csv", "--from", "eaf"], 5, "all.rttm, line 1: The XML is damaged"),
        (["all.rttm", "a.csv", "--to", "stm"], 2, "There is no format of annotations 'stm'."),
        (["none.rttm", "a.csv"], 5, "none.rttm does not exist."),
        (["all.rttm", "no/such/a.csv"], 5, "The folder no/such does not exist."),
    ],
)
def test_refuses_in_words_with_the_usual_exit_codes(
    vocalbaby: Vocalbaby, arguments: list[str], code: int, message: str
) -> None:
    run = vocalbaby("convert", *arguments)
    assert run.code == code
    assert message in run.err
    assert "Traceback" not in run.err
    assert sorted(p.name for p in Path().iterdir()) == ["all.rttm"]
    assert Path("all.rttm").read_text() == RTTM


def test_overwrites_only_if_told(vocalbaby: Vocalbaby) -> None:
    assert vocalbaby("convert", "all.rttm", "all.rttm", "--overwrite").code == 0
    assert Path("all.rttm").read_text() == RTTM


def test_two_recordings_do_not_share_a_file(vocalbaby: Vocalbaby) -> None:
    line = "SPEAKER {} 1 0 1 <NA> <NA> CHI <NA> <NA>\n"
    Path("same.rttm").write_text(line.format("a/b") + line.format("a_b"))
    run = vocalbaby("convert", "same.rttm", "tiers/", "--to", "eaf")
    assert run.code == 5
    assert "Two recordings would be written to the same file." in run.err
