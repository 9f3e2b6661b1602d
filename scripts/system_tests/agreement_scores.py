"""Compares the errors of `vocalbaby agree` with those of pyannote.metrics on random annotations.

scripts/test_agreement.sh calls this with the Python of an environment that has pyannote.metrics,
which is imported by name since no other environment has it.
"""

import importlib
import random
import sys
from typing import Any, Final

from vocalbaby.corpus import agreement
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["main"]

#: Largest difference of a rate; pyannote.core drops segments shorter than a microsecond.
_TOLERANCE: Final = 1e-6
_DURATION_S: Final = 60.0
_RATES: Final = {
    "detection_error_rate": ("detection", "DetectionErrorRate"),
    "detection_precision": ("detection", "DetectionPrecision"),
    "detection_recall": ("detection", "DetectionRecall"),
    "identification_error_rate": ("identification", "IdentificationErrorRate"),
}
_REGIONS: Final = ((2.0, 20.5), (31.25, 31.5), (40.0, 60.0))


def random_timelines(seed: int, number: int) -> list[Timeline]:
    """Recordings of a minute whose segments overlap, touch, repeat and are beyond the end."""
    rng = random.Random(seed)  # noqa: S311
    found = []
    for i in range(number):
        onsets = [round(rng.uniform(0, 62), rng.choice([0, 1, 6])) for _ in range(40)]
        ends = [onset + rng.choice([0.0, 0.1, 0.25, 1.0, 3 * rng.random()]) for onset in onsets]
        labels = rng.choices(CLASSES, k=40)
        segments = [Segment(a, b, c) for a, b, c in zip(onsets, ends, labels, strict=True)]
        segments += segments[:3]
        found.append(Timeline(f"day{i}", tuple(segments), duration_s=_DURATION_S))
    return found


def theirs(
    pairs: list[tuple[Timeline, Timeline]], collar_s: float, *, regions: bool
) -> dict[str, float]:
    """Rates by pyannote.metrics."""
    core: Any = importlib.import_module("pyannote.core")
    spans = _REGIONS if regions else ((0.0, _DURATION_S),)
    uem = core.Timeline([core.Segment(*span) for span in spans])
    found = {}
    for name, (module, kind) in _RATES.items():
        metric = getattr(importlib.import_module(f"pyannote.metrics.{module}"), kind)(
            collar=collar_s
        )
        for pair in pairs:
            sides = []
            for timeline in pair:
                sides.append(core.Annotation())
                for number, segment in enumerate(timeline.segments):
                    if segment.label != "Junk":
                        place = core.Segment(segment.onset_s, segment.offset_s)
                        sides[-1][place, number] = segment.label
            metric(*sides, uem=uem)
        found[name] = float(abs(metric))
    return found


def main() -> int:
    """Compare rates over 100 recordings; returns 1 if one differs."""
    worst = 0.0
    print("| collar, ms | stretches | rate | vocalbaby | pyannote.metrics |")
    print("| --- | --- | --- | --- | --- |")
    for collar_s in (0.0, 0.25):
        for regions in (False, True):
            pairs = list(zip(random_timelines(1, 100), random_timelines(2, 100), strict=True))
            given = {f"day{i}": _REGIONS for i in range(100)} if regions else None
            ours = agreement.compare(
                [a for a, _ in pairs],
                [b for _, b in pairs],
                regions=given,
                config=agreement.AgreementConfig(collar_s=collar_s, draws=0),
            )
            for name, rate in theirs(pairs, collar_s, regions=regions).items():
                own = ours.value(name, "seconds")
                worst = max(worst, abs(own - rate))
                where = "annotated" if regions else "whole"
                print(f"| {1000 * collar_s:g} | {where} | {name} | {own:.6f} | {rate:.6f} |")
    print(f"\nRates differ by at most {worst:.2g}.")
    return int(not worst <= _TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
