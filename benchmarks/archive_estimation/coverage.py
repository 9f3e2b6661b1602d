"""Coverage of the intervals of corrected figures, by design, size of the sample and figure.

    python -m benchmarks.archive_estimation.coverage [--draws 400] [--output results.csv] [--check]

Archives, truths and errors of the model are those of `benchmarks.archive_sampling`. The bounds from
which an interval counts as reliable were chosen on `CHOSEN_ON`, and are reported on other seeds
and other parameters. With ``--check``, the exit code is 1 if the coverage of reliable intervals is
not within 93 and 97 %, as far as so many draws can show.
"""

import argparse
import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.archive_sampling.archives import Archive, Scenario, simulate
from vocalbaby.corpus.estimation.inference import DesignWeights, Interval, assisted, weighted
from vocalbaby.corpus.sampling.drawing import draw

__all__ = ["CHOSEN_ON", "REPORTED_ON", "Cell", "main", "run"]

#: Archives on which the bound of reliable intervals was chosen, with their seeds.
CHOSEN_ON: Final = ((Scenario(), 1), (Scenario(canonical=0.1), 3), (Scenario(shift=0.8), 6))
#: Archives of the report.
REPORTED_ON: Final = {
    "typical": (Scenario(canonical=0.3, rate=100.0), 201),
    "young children": (Scenario(canonical=0.08, rate=90.0), 202),
    "quiet children": (Scenario(rate=30.0), 203),
    "a model that ignores children's differences": (Scenario(shift=0.7), 204),
    "overconfident model": (Scenario(sharpness=2.5), 205),
    "few children": (Scenario(children=5, hours=16.0), 206),
}
SAMPLERS: Final = ("random", "stratified", "pps")
SIZES: Final = (10, 20, 60, 120, 240)
FIGURES: Final = ("n_Canonical", "cp_n")


@dataclass(slots=True)
class Cell:
    """Draws of one design, size, figure and estimator.

    Attributes:
        draws: Number of draws.
        covered: Intervals that contain the truth.
        reliable: Intervals that are not marked.
        covered_reliable: Of these, intervals that contain the truth.
        width: Sum of the widths, relative to the truth.
        error: Sum of the errors, relative to the truth.
    """

    draws: int = 0
    covered: int = 0
    reliable: int = 0
    covered_reliable: int = 0
    width: float = 0.0
    error: float = 0.0

    def add(self, found: Interval, truth: float) -> None:
        """Count an interval."""
        if not math.isfinite(found.value):
            return
        is_covered = found.low <= truth <= found.high
        self.draws += 1
        self.covered += is_covered
        self.reliable += found.is_reliable
        self.covered_reliable += is_covered and found.is_reliable
        self.error += (found.value - truth) / truth
        self.width += (found.high - found.low) / truth if math.isfinite(found.low) else 0.0


Key = tuple[str, str, int, str, str]


def run(
    archive: Archive, name: str, draws: int, seed: int
) -> Iterator[tuple[Key, Interval, float]]:
    """Yield intervals and truths of many draws.

    Args:
        archive: The archive.
        name: Its name in the results.
        draws: Draws of each design and size.
        seed: Of the first draw.
    """
    frame = archive.frame
    c, m = archive.canonical, archive.speech
    cx, mx = (frame.values[column].astype(float) for column in ("canonical", "speech"))
    for sampler in SAMPLERS:
        for n in SIZES:
            for number in range(draws):
                sample = draw(frame, sampler, n=n, seed=seed + number)
                design = sample.design
                assert design is not None
                at = sample.chosen
                weights = DesignWeights(design.probabilities[at], design.strata[at])
                above = (c[at], cx[at], float(cx.sum()))
                below = (m[at], mx[at], float(mx.sum()))
                for figure, truth in (("n_Canonical", c.sum()), ("cp_n", archive.proportion)):
                    ratio = figure == "cp_n"
                    key = (name, sampler, n, figure)
                    yield (
                        (*key, "weighted"),
                        weighted(
                            c[at], m[at] if ratio else None, weights, 0.95, is_proportion=ratio
                        ),
                        float(truth),
                    )
                    yield (
                        (*key, "assisted"),
                        assisted(
                            above, below if ratio else None, weights, 0.95, is_proportion=ratio
                        ),
                        float(truth),
                    )


def main() -> None:
    """Run the simulation, and write its results as CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    cells: dict[Key, Cell] = defaultdict(Cell)
    for name, (scenario, seed) in REPORTED_ON.items():
        for key, found, truth in run(simulate(scenario, seed), name, options.draws, 1000 * seed):
            cells[key].add(found, truth)
            cells["all", *key[1:]].add(found, truth)
    rows = [_row(key, cell) for key, cell in cells.items()]
    output = options.output.open("w", newline="") if options.output else sys.stdout
    with output as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if options.check and (wrong := _outside(cells)):
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(1)


def _row(key: Key, cell: Cell) -> dict[str, object]:
    names = ("scenario", "sampler", "n", "figure", "estimator")
    return dict(zip(names, key, strict=True)) | {
        "draws": cell.draws,
        "coverage": _share(cell.covered, cell.draws),
        "reliable": _share(cell.reliable, cell.draws),
        "coverage_of_reliable": _share(cell.covered_reliable, cell.reliable),
        "relative_width": round(cell.width / max(cell.draws, 1), 4),
        "relative_bias": round(cell.error / max(cell.draws, 1), 4),
    }


def _share(part: int, whole: int) -> float | str:
    return round(part / whole, 4) if whole else ""


def _outside(cells: dict[Key, Cell]) -> list[str]:
    """Return cells of all archives whose reliable intervals cover too little or too much.

    Where most samples are too small, those that are not have more events than usual, and their
    intervals cover more: only too little is wrong there.
    """
    wrong = []
    for key, cell in cells.items():
        if key[0] != "all" or cell.reliable < 100:
            continue
        share = cell.covered_reliable / cell.reliable
        error = 3 * math.sqrt(0.95 * 0.05 / cell.reliable)
        highest = 0.97 + error if cell.reliable > 0.9 * cell.draws else 1.0
        if not 0.93 - error <= share <= highest:
            wrong.append(
                f"{key}: {share:.3f} of {cell.reliable} reliable intervals cover the truth"
            )
    return wrong


if __name__ == "__main__":
    main()
