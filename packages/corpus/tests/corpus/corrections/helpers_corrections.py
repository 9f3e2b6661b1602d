"""A recording whose segments annotators correct."""

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Timeline


def scored(onset: float, offset: float, label: str, p: float = 0.9) -> Segment:
    others = (1 - p) / 4
    return Segment(onset, offset, label, {c: p if c == label else others for c in CLASSES})


DAY = Timeline(
    "c07/day1",
    (
        scored(1.0, 2.0, "Crying"),
        scored(3.0, 3.5, "Canonical", 0.45),
        scored(4.0, 4.6, "Non-canonical"),
        scored(5.0, 5.5, "Junk"),
        scored(6.0, 6.4, "Laughing", 0.8),
    ),
    duration_s=8.0,
    child=Child("c07", "lab", 9.4, "F"),
    attributes={"model_version": "m-1"},
)
