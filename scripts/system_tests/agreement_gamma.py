"""Compares gamma of `vocalbaby agree --gamma` with that of pygamma-agreement itself.

scripts/test_agreement.sh calls this with the Python of an environment that has pygamma-agreement,
which reads the same annotations from a CSV as its documentation shows.
"""

import importlib
import random
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from vocalbaby.corpus import agreement
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["main"]

_TOLERANCE: Final = 1e-9
_CLASSES: Final = ("Canonical", "Non-canonical", "Crying")


def pair(seed: int, late_s: float) -> tuple[Timeline, Timeline]:
    """A minute of a coder, and of another who is late and confuses every fourth class."""
    rng = random.Random(seed)  # noqa: S311
    sides: list[list[Segment]] = [[], []]
    for i in range(15):
        onset, label = 4.0 * i + 0.5, rng.choice(_CLASSES)
        sides[0].append(Segment(onset, onset + 1.5, label))
        other = rng.choice(_CLASSES) if i % 4 == 0 else label
        sides[1].append(Segment(onset + late_s, onset + late_s + 1.5, other))
    one, two = (Timeline("day1", tuple(side), duration_s=70.0) for side in sides)
    return one, two


def theirs(timelines: tuple[Timeline, Timeline]) -> float:
    """Gamma by pygamma-agreement alone, with the same seed."""
    pygamma: Any = importlib.import_module("pygamma_agreement")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "annotations.csv"
        path.write_text(
            "".join(
                f"{who},{s.label},{s.onset_s!r},{s.offset_s!r}\n"
                for who, timeline in zip(("reference", "other"), timelines, strict=True)
                for s in timeline.segments
            ),
            "utf-8",
        )
        continuum = pygamma.Continuum.from_csv(path)
    np.random.seed(0)  # noqa: NPY002 - pygamma-agreement draws from it
    dissimilarity = pygamma.CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1.0)
    return float(continuum.compute_gamma(dissimilarity, n_samples=30).gamma)


def main() -> int:
    """Compare gamma of pairs that are later and later; returns 1 if one differs."""
    worst, before, falls = 0.0, 1.1, True
    print("| late, s | vocalbaby | pygamma-agreement |")
    print("| --- | --- | --- |")
    for late_s in (0.0, 0.3, 1.0):
        timelines = pair(0, late_s)
        config = agreement.AgreementConfig(draws=0)
        found = agreement.compare([timelines[0]], [timelines[1]], gamma=True, config=config)
        ours, own = found.value("gamma", "gamma"), theirs(timelines)
        worst, falls, before = max(worst, abs(ours - own)), falls and ours < before, ours
        print(f"| {late_s:g} | {ours:.6f} | {own:.6f} |")
    same = pair(0, 0.0)[0]
    itself = agreement.compare([same], [same], gamma=True).value("gamma", "gamma")
    print(
        f"\nGamma differs by at most {worst:.2g}; annotations against themselves have {itself:g}."
    )
    return int(not (worst <= _TOLERANCE and falls and abs(itself - 1) < _TOLERANCE))


if __name__ == "__main__":
    sys.exit(main())
