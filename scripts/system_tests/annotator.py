"""An annotator with errors, who labels stretches and corrects files, from the true segments."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby import annotations
from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["correct", "labelled", "within"]

#: Standard deviation of the times of borders, in seconds.
_JITTER_S: Final = 0.03
#: Shares of vocalizations that are missed, and that get another class.
_MISSED: Final = 0.02
_CONFUSED: Final = {
    "Canonical": (("Non-canonical", 0.04),),
    "Non-canonical": (("Canonical", 0.03), ("Crying", 0.01)),
    "Crying": (("Non-canonical", 0.02),),
    "Laughing": (("Non-canonical", 0.02),),
}
_CLASSES: Final = tuple(_CONFUSED)


def labelled(truth: Timeline, annotator: str) -> Timeline:
    """Return what an annotator would label in a whole recording, the same at each call.

    Args:
        truth: The true segments; other sound is not labelled.
        annotator: Name, which determines the errors.
    """
    digest = hashlib.sha256(f"{annotator}/{truth.recording_id}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8]))
    found = []
    for segment in truth.segments:
        label = infant_class(segment)
        if label not in _CLASSES or rng.random() < _MISSED:
            continue
        draw = rng.random()
        for other, share in _CONFUSED[label]:
            draw -= share
            if draw < 0:
                label = other  # type: ignore[assignment] # a class
                break
        onset = max(0.0, segment.onset_s + rng.normal(0, _JITTER_S))
        offset = max(onset + 0.05, segment.offset_s + rng.normal(0, _JITTER_S))
        found.append(Segment(round(onset, 3), round(offset, 3), label, tier="infant"))
    return replace(truth, segments=tuple(found), tiers=(Tier("infant"),), attributes={})


def within(timeline: Timeline, spans: Sequence[tuple[float, float]]) -> Timeline:
    """Return the segments that begin in stretches."""
    kept = tuple(s for s in timeline.segments if any(a <= s.onset_s < b for a, b in spans))
    return replace(timeline, segments=kept)


def correct(path: Path, human: Timeline) -> None:
    """Correct a pre-filled file of ELAN: classes, borders, deletions and additions.

    Args:
        path: The file, which is changed.
        human: What the annotator hears in the recording.
    """
    (given,) = annotations.read(path)
    left = list(human.segments)
    kept: list[Segment] = []
    removed: set[str] = set()
    for segment in given.segments:
        if "ANNOTATION_REF" in segment.attributes or segment.tier == "annotate":
            kept.append(segment)
            continue
        heard = max(left, key=lambda s: _overlap(s, segment), default=None)
        if heard is None or _overlap(heard, segment) < 0.3:
            removed.add(segment.attributes["ANNOTATION_ID"])
            continue
        left.remove(heard)
        kept.append(
            replace(
                segment,
                label=heard.label,
                onset_s=heard.onset_s,
                offset_s=heard.offset_s,
                attributes=_own(segment),
            )
        )
    kept += [replace(s, tier=s.label, attributes={}) for s in left]
    whole = [s for s in kept if s.attributes.get("ANNOTATION_REF") not in removed]
    annotations.write(
        replace(
            given, segments=tuple(whole), attributes={**given.attributes, "AUTHOR": "simulated"}
        ),
        path,
    )


def _own(segment: Segment) -> dict[str, str]:
    """The ID; the slots of times are new ones."""
    return {"ANNOTATION_ID": segment.attributes["ANNOTATION_ID"]}


def _overlap(a: Segment, b: Segment) -> float:
    shared = min(a.offset_s, b.offset_s) - max(a.onset_s, b.onset_s)
    union = max(a.offset_s, b.offset_s) - min(a.onset_s, b.onset_s)
    return max(shared, 0.0) / union
