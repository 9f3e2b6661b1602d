"""Programs of the field read what ``vocalbaby export`` writes, and compare.

scripts/test_export.sh calls this twice: with our Python to write the files, and with the Python of
an environment that has the other programs, which are imported by name since no other has them.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from scripts.system_tests.annotation_readers import expect, random_day
from vocalbaby import annotations
from vocalbaby.annotations import infant_class
from vocalbaby.corpus.corrections.exporting import export_timelines
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["main"]

_CODES: Final = {"Canonical": "C", "Non-canonical": "N", "Crying": "Y", "Laughing": "L"}


def make(folder: Path) -> None:
    """Write exports of random days, and what has to be read in them."""
    day = random_day(5, 400)
    labels = [infant_class(s) for s in day.segments]
    segments = tuple(
        Segment(round(s.onset_s, 3), round(s.offset_s, 3), label, dict.fromkeys(CLASSES, 0.2))
        for s, label in zip(day.segments, labels, strict=True)
        if label not in {None, "Junk"} and s.duration_s > 0.01
    )
    timeline = Timeline("day1", segments, duration_s=day.duration_s)
    for format_ in ("eaf", "aclew", "textgrid"):
        export_timelines([timeline], folder / format_, format_=format_, uncertain_below=0.1)
    annotations.write(timeline, folder / "day1.rttm")
    found = sorted((s.onset_s, s.offset_s, s.label) for s in segments)
    (folder / "expected.json").write_text(json.dumps(found), "utf-8")


def read(folder: Path) -> None:
    """Read them by other programs, and compare."""
    expected = [tuple(row) for row in json.loads((folder / "expected.json").read_text("utf-8"))]
    eaf = importlib.import_module("pympi.Elan").Eaf(str(folder / "eaf/day1.eaf"))
    found = [
        (a / 1000, b / 1000, text)
        for tier in eaf.get_tier_names()
        if "@" not in tier
        for a, b, text, *_ in eaf.get_annotation_data_for_tier(tier)
    ]
    expect("pympi-ling", sorted(found), expected)
    grid = importlib.import_module("praatio.textgrid").openTextgrid(
        str(folder / "textgrid/day1.TextGrid"), includeEmptyIntervals=False
    )
    found = [
        (round(e.start, 3), round(e.end, 3), e.label)
        for tier in grid.tierNames
        if "@" not in tier
        for e in grid.getTier(tier).entries
    ]
    expect("praatio", sorted(found), expected)
    theirs = importlib.import_module("pyannote.database.util").load_rttm(str(folder / "day1.rttm"))
    expect("pyannote", len(list(theirs["day1"].itertracks())), len(expected))
    converters: Any = importlib.import_module("ChildProject.converters")
    table = converters.EafConverter.convert(str(folder / "aclew/day1.eaf"), new_tiers=[])
    rows = table[["segment_onset", "segment_offset", "vcm_type"]].itertuples(index=False)
    codes = [(a, b, _CODES[str(label)]) for a, b, label in expected]
    found = sorted((round(a / 1000, 3), round(b / 1000, 3), code) for a, b, code in rows)
    expect("ChildProject", found, sorted(codes))
    expect("its speakers", set(table["speaker_type"]), {"CHI"})
    print(f"{len(expected)} segments are read by pympi-ling, praatio, pyannote and ChildProject")


def main() -> None:
    """Write or read the files of a folder, as the first argument says."""
    action, folder = sys.argv[1:]
    {"make": make, "read": read}[action](Path(folder))


if __name__ == "__main__":
    main()
