"""Compares our detection error with that of pyannote.metrics, on timelines in files.

scripts/test_detection_error.sh calls this with the Python of an environment that has
pyannote.metrics, which is imported by name since no other environment has it.
"""

import argparse
import importlib
import json
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.recordings_long.scoring import COLLAR_S, detection_error
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment

__all__ = ["main"]

#: Largest difference in s; pyannote.core drops segments that are shorter than a microsecond.
_TOLERANCE_S: Final = 1e-5


def theirs(recording: Mapping[str, Any]) -> list[float]:
    """Missed, false and true seconds of infant sound, by pyannote.metrics."""
    core = importlib.import_module("pyannote.core")
    metric = importlib.import_module("pyannote.metrics.detection").DetectionErrorRate(
        collar=COLLAR_S
    )
    sides = []
    for side in ("truth", "given"):
        sides.append(core.Annotation())
        for number, (onset_s, offset_s, label) in enumerate(recording[side]):
            if label in CLASSES and label != "Junk":
                sides[-1][core.Segment(onset_s, offset_s), number] = label
    whole = core.Timeline([core.Segment(0, recording["duration_s"])])
    found = metric.compute_components(*sides, uem=whole)
    return [float(found[name]) for name in ("miss", "false alarm", "total")]


def ours(recording: Mapping[str, Any]) -> list[float]:
    """The same by `benchmarks.recordings_long.scoring`."""
    truth, given = ([Segment(*each) for each in recording[side]] for side in ("truth", "given"))
    found: list[float] = detection_error(truth, given, recording["duration_s"]).tolist()
    return found


def random_recordings(seed: int) -> list[dict[str, Any]]:
    """Recordings of a minute whose segments overlap, touch and are beyond the ends."""
    rng = random.Random(seed)  # noqa: S311

    def segments() -> list[tuple[float, float, str]]:
        onsets = [round(rng.uniform(-0.5, 60), rng.choice([0, 2, 6])) for _ in range(40)]
        labels = rng.choices([*CLASSES, "other"], k=40)
        ends = [onset + rng.choice([0.0, 0.05, 0.25, 1.0, rng.random()]) for onset in onsets]
        return [(max(0.0, a), max(0.0, b), c) for a, b, c in zip(onsets, ends, labels, strict=True)]

    return [{"duration_s": 60.0, "truth": segments(), "given": segments()} for _ in range(100)]


def main() -> int:
    """Compare each file and random recordings; returns 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "file", nargs="*", type=Path, help="of benchmarks.recordings_long --timelines"
    )
    parser.add_argument("--write", action="store_true", help="add pyannote's seconds to the files")
    flags = parser.parse_args()
    rows: dict[str, list[dict[str, Any]]] = {"random": random_recordings(0)}
    for path in flags.file:
        held = json.loads(path.read_text("utf-8"))
        rows |= held
        if flags.write:
            for recording in (each for row in held.values() for each in row):
                recording["pyannote"] = [round(value, 6) for value in theirs(recording)]
            path.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    worst = 0.0
    print("| recordings | number | detection error rate, % | of pyannote.metrics, % |")
    print("| --- | --- | --- | --- |")
    for name, recordings in rows.items():
        pairs = [(ours(each), theirs(each)) for each in recordings]
        worst = max(worst, *(abs(a - b) for pair in pairs for a, b in zip(*pair, strict=True)))
        rates = []
        for parts in zip(*pairs, strict=True):
            missed, false, true = (sum(each) for each in zip(*parts, strict=True))
            rates.append(f"{100 * (missed + false) / true:.4f}" if true else "")
        print(f"| {name} | {len(pairs)} | {rates[0]} | {rates[1]} |")
    print(f"\nThe seconds of a recording differ by at most {worst:.2g}.")
    return int(worst > _TOLERANCE_S)


if __name__ == "__main__":
    sys.exit(main())
