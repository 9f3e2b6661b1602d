"""`vocalbaby segment --segments`: the key child's segments of other tools are classified."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Tier, Timeline

Vocalbaby = Callable[..., Any]
Write = Callable[..., Path]

CRY, NOISE = (20.0, 21.5), (40.0, 41.0)


def times(path: str) -> list[tuple[float, float]]:
    (timeline,) = annotations.read(path)
    return [(segment.onset_s, segment.offset_s) for segment in timeline.segments]


def vtc(name: str = "day") -> str:
    rows = [("KCHI", *CRY), ("CHI", 5.0, 6.0), ("SPEECH", *CRY), ("FEM", 30.0, 31.0)]
    line = "SPEAKER {} 1 {} {} <NA> <NA> {} <NA> <NA>\n"
    return "".join(line.format(name, a, b - a, who) for who, a, b in rows)


ITS = """<ITS><ProcessingUnit><Recording num="1" startClockTime="2024-05-01T09:30:00Z"
startTime="PT0S" endTime="PT70S"><Conversation num="1" type="CIC">
<Segment spkr="CHN" startTime="PT20.0S" endTime="PT21.5S"/>
<Segment spkr="CXN" startTime="PT5.0S" endTime="PT6.0S"/>
<Segment spkr="FAN" startTime="PT30.0S" endTime="PT31.0S"/>
</Conversation></Recording></ProcessingUnit></ITS>"""


@pytest.mark.parametrize("kind", ["vtc.rttm", "lena.its", "praat.TextGrid", "elan.eaf"])
def test_the_key_child_of_each_tool_is_known(kind: str, vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    if kind == "vtc.rttm":
        Path(kind).write_text(vtc())
    elif kind == "lena.its":
        Path(kind).write_text(ITS)
    else:
        tiers = ("CHI", "vcm@CHI", "FA1")
        segments = (Segment(*CRY, "x", tier="CHI"), Segment(*CRY, "N", tier="vcm@CHI"))
        grid = Timeline("day", (*segments, Segment(30, 31, "a", tier="FA1")), 70.0)
        annotations.write(
            Timeline("day", grid.segments, 70.0, tiers=tuple(map(Tier, tiers))), Path(kind)
        )
    run = vocalbaby("segment", "day.wav", "-o", "out.csv", "--segments", kind)
    assert run.code == 0, run.out
    assert times("out.csv") == [CRY]
    ((segment,),) = ((t.segments) for t in annotations.read("out.csv"))
    assert segment.label == "Crying"


def test_the_names_of_the_key_child_can_be_given(vocalbaby: Vocalbaby, write: Write) -> None:
    write(Path("day.wav"), 20)
    Path("vtc.rttm").write_text(vtc())
    arguments = ("segment", "day.wav", "-o", "out.csv", "--segments", "vtc.rttm", "--key-child")
    assert vocalbaby(*arguments, "CHI, FEM").code == 0
    assert times("out.csv") == [(5.0, 6.0), (30.0, 31.0)]
    before = Path("out.csv").read_bytes()
    run = vocalbaby(*arguments, "Anna, Ben")
    assert run.code == 5
    assert "No segment in vtc.rttm is of Anna or Ben." in run.err
    assert "CHI, FEM, KCHI, SPEECH" in run.err
    assert Path("out.csv").read_bytes() == before


def test_a_recording_without_the_key_child_has_a_note(vocalbaby: Vocalbaby, write: Write) -> None:
    for name in ("a", "b"):
        write(Path(f"days/{name}.wav"), 20)
    Path("vtc.rttm").write_text(vtc("a") + vtc("b").replace("KCHI", "FEM"))
    arguments = ("segment", "days", "-o", "out", "-f", "csv", "--segments", "vtc.rttm")
    for more in ((), ("--key-child", "KCHI", "--overwrite")):
        run = vocalbaby(*arguments, *more)
        assert run.code == 0, run.out
        assert "No segment in vtc.rttm is of the key child (speakers: CHI, FEM, SPEECH)" in run.err
        assert (times("out/a.csv"), times("out/b.csv")) == ([CRY], [])


def test_a_folder_has_a_file_for_each_recording_or_one_for_all(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    for name in ("a", "b"):
        write(Path(f"days/{name}.wav"), 20)
    Path("vtc").mkdir()
    arguments = ("segment", "days", "-f", "csv", "--segments", "vtc", "-o")
    Path("vtc/all.rttm").write_text(vtc("a") + vtc("b"))
    assert vocalbaby(*arguments, "one").code == 0
    assert times("one/a.csv") == times("one/b.csv") == [CRY]
    Path("vtc/a.its").write_text(ITS)
    assert vocalbaby(*arguments, "two").code == 0
    assert times("two/a.csv") == [CRY]
    Path("vtc/all.rttm").write_text(vtc("a"))
    run = vocalbaby(*arguments, "three")
    assert run.code == 5
    assert "vtc has no segments of b" in run.out


def test_a_file_of_several_recordings_must_have_this_one(
    vocalbaby: Vocalbaby, write: Write
) -> None:
    write(Path("day.wav"), 20)
    Path("one.rttm").write_text(vtc("another"))
    arguments = ("segment", "day.wav", "-o", "out.csv", "--segments")
    assert vocalbaby(*arguments, "one.rttm").code == 0  # one of one
    Path("two.rttm").write_text(vtc("another") + vtc("third"))
    run = vocalbaby(*arguments, "two.rttm")
    assert (run.code, "has no segments of day" in run.out) == (5, True)
    assert "another, third" in run.out
    assert vocalbaby(*arguments, "gone.rttm").code == 5


@pytest.mark.parametrize("kind", ["files", "one file"])
def test_recordings_of_one_name_have_their_own_segments(
    kind: str, vocalbaby: Vocalbaby, write: Write
) -> None:
    for child in ("s1", "s2"):
        write(Path(f"days/{child}/day.wav"), 20, 40)
        Path("vtc", child).mkdir(parents=True)
    one, two = vtc("day"), vtc("day").replace("20.0", "40.0")
    given = "vtc"
    if kind == "files":
        Path("vtc/s1/day.rttm").write_text(one)
        Path("vtc/s2/day.rttm").write_text(two)
    else:
        given = "all.rttm"
        Path(given).write_text(
            (one + two.replace("day", "s2/day.wav")).replace(" day", " s1/day.wav")
        )
    run = vocalbaby("segment", "days", "-r", "-o", "out", "-f", "parquet", "--segments", given)
    assert run.code == 0, run.out
    assert (times("out/s1/day.parquet"), times("out/s2/day.parquet")) == ([CRY], [(40.0, 41.5)])
    run = vocalbaby("summarize", "out", "-r", "--by", "recording", "--draws", "100")
    names = [line.split(",")[1] for line in run.out.splitlines()[1:]]
    assert names == ["s1/day", "s2/day"]
