"""How segments of each true class are given: the table with which summaries correct counts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.entity.timeline import Segment
from vocalbaby.summary import ConfusionTable

__all__ = ["confusion_rows", "write_confusion"]

Row = tuple[str, str, str, float, float]

_NONE: Final = "none"
#: The built-in model's `class_prior`, for which its probabilities are calibrated.
_PRIOR: Final = {
    "Canonical": 0.5,
    "Non-canonical": 0.5,
    "Crying": 1.0,
    "Laughing": 1.0,
    "Junk": 3.0,
}


def confusion_rows(group: str, truth: Sequence[Segment], given: Sequence[Segment]) -> list[Row]:
    """Return the rows of a recording.

    A true segment counts once, as the class that covers most of it, or as missed if nothing
    covers a tenth of it; each of its seconds counts as the class that covers it. A given segment
    of which less than a tenth is covered by the truth is inserted.

    Args:
        group: Name of the recording.
        truth: True segments.
        given: Given segments.
    """
    rows: list[Row] = []
    for segment in truth:
        covered = _covered(segment, given)
        left = segment.duration_s - sum(covered.values())
        best = max(covered, key=covered.__getitem__, default=_NONE)
        if not covered or covered[best] < segment.duration_s / 10:
            best = _NONE
        covered[_NONE] = max(0.0, left)
        rows += [
            (group, str(segment.label), name, float(name == best), seconds)
            for name, seconds in covered.items()
            if seconds > 0 or name == best
        ]
    for segment in given:
        outside = segment.duration_s - sum(_covered(segment, truth).values())
        inserted = outside > 0.9 * segment.duration_s
        if outside > 0:
            rows.append((group, _NONE, str(segment.label), float(inserted), outside))
    return rows


def write_confusion(path: Path, rows: Iterable[Row], version: str) -> None:
    """Write a confusion table as JSON."""
    found = list(rows)
    groups = {row[0] for row in found}
    source = (
        f"{len(groups)} recordings of five minutes, put together from real cries, speech, music "
        "and household sounds and synthetic babble and laughs. Neither the settings of the "
        "segmentation nor the measured model, which was trained like the built-in one, had heard "
        "the real sounds."
    )
    path.write_text(
        ConfusionTable.from_rows(found, version, source=source, prior=_PRIOR).to_json(), "utf-8"
    )


def _covered(segment: Segment, others: Sequence[Segment]) -> dict[str, float]:
    """Return the seconds of a segment that others cover, by their labels."""
    found: dict[str, float] = {}
    for other in others:
        seconds = min(segment.offset_s, other.offset_s) - max(segment.onset_s, other.onset_s)
        if seconds > 0:
            found[str(other.label)] = found.get(str(other.label), 0.0) + seconds
    return found
