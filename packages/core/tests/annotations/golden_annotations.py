"""A rich timeline in each format, with what the format leaves out: golden_annotations.txt.

After a change of a format that is meant, write the file anew, and read the difference:

    .venv/bin/python -m packages.core.tests.annotations.golden_annotations
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from vocalbaby import annotations
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Tier, Timeline

#: Those that are written.
FORMATS = (
    "rttm",
    "textgrid",
    "textgrid_short",
    "eaf",
    "childproject",
    "audacity",
    "csv",
    "parquet",
)
GOLDEN = Path(__file__).with_name("golden_annotations.txt")


def rich() -> Timeline:
    """A recording with all that a timeline can hold: overlaps, points, tiers, many attributes."""
    many = {f"attribute_{i}": f"value {i}" for i in range(8)}
    probabilities: dict[str, float] = {}
    probabilities.update(zip(CLASSES, (0.5, 0.2, 0.15, 0.1, 0.05), strict=True))
    segments = (
        Segment(0.5, 1.25, "Canonical", probabilities, speaker="CHI", tier="infant"),
        Segment(1.0, 2.0, "Crying", speaker="CHI", tier="infant", attributes=many),
        Segment(1.0, 1.5, 'he said "no", well', speaker="FA1", tier="adults"),
        Segment(2.0, 2.0, "Junk", tier="junk", attributes={"kind": "bell"}),
        Segment(2.0, 3600.123, None, speaker="MA1"),
        Segment(3700.0004, 3701.9996, "m\u00e4ma & <papa>", tier="adults"),
    )
    return Timeline(
        "day 1",
        segments,
        duration_s=4000.5,
        clock_start=datetime(2024, 2, 29, 23, 30, 15),  # noqa: DTZ001 - the clock of the recorder
        child=Child("c1", "corpus", 7.5, "F", {"language": "de"}),
        tiers=(Tier("infant", {"annotator": "A"}), Tier("adults"), Tier("junk"), Tier("empty")),
        attributes=many,
    )


def lines() -> Iterator[str]:
    """Text and notes of each format; of Parquet the notes only."""
    for name in FORMATS:
        data, notes = annotations.serialize(rich(), name)
        yield f"=== {name}"
        if name != "parquet":
            yield from data.decode("utf-8-sig").splitlines()
        yield from (f"--- {note.code}, {note.count}: {note.message}" for note in notes)


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(lines()) + "\n", encoding="utf-8")
