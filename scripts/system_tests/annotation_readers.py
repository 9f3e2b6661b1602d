"""Other programs read random annotations that VocalBaby has written, and compare.

scripts/test_annotations.sh calls this with the Python of an environment that has the programs,
which are imported by name since no other environment has them.
"""

import importlib
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.system_tests.childproject_reader import check_childproject
from vocalbaby import annotations
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["main", "random_day"]

DAY_S: Final = 57_600.0
SPEAKERS: Final = ("CHI", "FA1", "MA1", "UC1")
TEXTS: Final = ('he said "no"', "m\u00e4ma & <papa>", "\u4f60\u597d", "0.", "it's, well")


def random_day(seed: int, n: int) -> Timeline:
    """A day with overlaps and points, out of order, with times in microseconds."""
    rng = random.Random(seed)  # noqa: S311
    segments = []
    for _ in range(n):
        onset = round(rng.uniform(0, DAY_S - 20), rng.choice([1, 3, 6]))
        length = 0.0 if rng.random() < 0.02 else round(rng.lognormvariate(-0.5, 0.8) + 0.01, 6)
        label = rng.choice([*CLASSES, *TEXTS])
        segments.append(Segment(onset, onset + length, label, speaker=rng.choice(SPEAKERS)))
    return Timeline("day1", tuple(segments), duration_s=DAY_S)


def rounded(entries: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Entries in order, with times of a precision that all programs keep."""
    return sorted((round(a, 5), round(b, 5), text) for a, b, text in entries)


def expect(what: str, found: object, expected: object) -> None:
    """Compare, and end the program if there is a difference."""
    if found != expected:
        sys.exit(f"{what}: {str(found)[:1000]}\nis not\n{str(expected)[:1000]}")


def check_rttm(day: Timeline, folder: Path) -> None:
    """pyannote.database reads the speakers, and their times exactly enough."""
    second = Timeline("day2", day.segments[:10])
    annotations.write([day, second], folder / "all.rttm")
    load = importlib.import_module("pyannote.database.util").load_rttm
    theirs = load(str(folder / "all.rttm"))
    expect("recordings", sorted(theirs), ["day1", "day2"])
    for timeline in (day, second):
        found = [
            (segment.start, segment.end, speaker)
            for segment, _, speaker in theirs[timeline.recording_id].itertracks(yield_label=True)
        ]
        # pyannote.core drops segments that are shorter than a microsecond.
        expected = [
            (s.onset_s, s.offset_s, s.speaker or "") for s in timeline.segments if s.duration_s > 0
        ]
        expect("RTTM", rounded(found), rounded(expected))


def check_textgrid(day: Timeline, folder: Path) -> None:
    """pympi-ling and praatio read all intervals and points of both forms."""
    expected = rounded([(s.onset_s, s.offset_s, s.label or "") for s in day.segments])
    pympi = importlib.import_module("pympi.Praat")
    praatio = importlib.import_module("praatio.textgrid")
    for form in ("textgrid", "textgrid_short"):
        path = folder / f"{form}.TextGrid"
        annotations.write(day, path, form)
        theirs = pympi.TextGrid(str(path), codec="utf-8")
        found = [
            (i[0], i[-2] if len(i) > 2 else i[0], i[-1])
            for t in theirs.tiers
            for i in t.intervals
            if i[-1]
        ]
        expect(f"pympi-ling, {form}", rounded(found), expected)
        grid = praatio.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
        found = [
            (e[0], e[1] if len(e) > 2 else e[0], unquoted(e[-1]))
            for tier in grid.tiers
            for e in tier.entries
        ]
        expect(f"praatio, {form}", rounded(found), expected)
        expect("the end", (theirs.xmax, grid.maxTimestamp), (DAY_S, DAY_S))


def unquoted(text: str) -> str:
    """The text of a point: praatio 6.2 leaves the quotation marks of marks doubled."""
    return text.replace('""', '"')


def check_eaf(day: Timeline, folder: Path) -> None:
    """pympi-ling reads all annotations, and what it writes is read again."""
    elan = importlib.import_module("pympi.Elan")
    annotations.write(day, folder / "day1.eaf")
    theirs = elan.Eaf(str(folder / "day1.eaf"))
    found = [
        (start, end, text)
        for tier in theirs.get_tier_names()
        for start, end, text in theirs.get_annotation_data_for_tier(tier)
    ]
    expected = [(round(1000 * s.onset_s), round(1000 * s.offset_s), s.label) for s in day.segments]
    expect("pympi-ling, EAF", sorted(found), sorted(expected))
    theirs.to_file(str(folder / "again.eaf"))
    (again,) = annotations.read(folder / "again.eaf")
    (ours,) = annotations.read(folder / "day1.eaf")
    expect("EAF of pympi-ling", in_order(again), in_order(ours))


def in_order(timeline: Timeline) -> list[tuple[Any, ...]]:
    """What segments say in any file, sorted."""
    return sorted((s.onset_s, s.offset_s, s.label, s.tier, s.speaker) for s in timeline.segments)


CHECKS: Final[tuple[Callable[[Timeline, Path], None], ...]] = (
    check_rttm,
    check_textgrid,
    check_eaf,
    check_childproject,
)


def main() -> None:
    """Run all checks on days of different lengths."""
    for seed, n in enumerate((1, 30, 3000)):
        day = random_day(seed, n)
        for check in CHECKS:
            with tempfile.TemporaryDirectory() as folder:
                check(day, Path(folder))
            print(f"{check.__name__}: {n} segments agree")


if __name__ == "__main__":
    main()
