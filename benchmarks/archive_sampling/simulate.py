"""Intervals of the canonical proportion against minutes annotated, by sampler and estimator.

    python -m benchmarks.archive_sampling.simulate [--draws 100] [--output results.csv] [--check]

Designs and intervals were chosen on `CHOSEN_ON` and are reported on `REPORTED_ON`: other seeds
and other parameters. With ``--check``, it draws less and exits with the code 1 if the recommended
sampler needs more than half the minutes of random, or its coverage is not within 93 and 97 %, as
far as so many draws can show.
"""

import argparse
import csv
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.archive_sampling.archives import Archive, Scenario, simulate
from benchmarks.archive_sampling.estimators import Interval, assisted_ratio, weighted_ratio
from vocalbaby.corpus.sampling.drawing import draw

__all__ = ["CHOSEN_ON", "REPORTED_ON", "Cell", "main", "minutes_share", "run"]

#: Archives on which sizes and floors were compared, with their seeds.
CHOSEN_ON: Final = (
    (Scenario(), 1),
    (Scenario(), 2),
    (Scenario(canonical=0.1), 3),
    (Scenario(rate=40), 4),
    (Scenario(distance=3.0), 5),
    (Scenario(shift=0.8), 6),
    (Scenario(sharpness=2.0), 7),
    (Scenario(distance=1.6, missed=0.2), 11),
    (Scenario(rate=35.0), 12),
    (Scenario(canonical=0.1, rate=80.0), 13),
)
#: Archives of the report.
REPORTED_ON: Final = {
    "typical": Scenario(canonical=0.3, rate=100.0),
    "young children": Scenario(canonical=0.08, rate=90.0),
    "old children": Scenario(canonical=0.5, rate=150.0),
    "quiet children": Scenario(rate=30.0),
    "long bouts": Scenario(bout=12.0),
    "weak model": Scenario(distance=1.5, missed=0.25),
    "a model that ignores children's differences": Scenario(shift=0.7),
    "overconfident model": Scenario(sharpness=2.5),
    "few children": Scenario(children=5, hours=16.0),
}
SAMPLERS: Final = ("random", "periodic", "stratified", "pps", "expected-gain", "high-volubility")
MINUTES: Final = (30, 60, 120, 240, 480)
RECOMMENDED: Final = "pps"
ESTIMATORS: Final = ("weighted", "assisted")
_SEEDS: Final = (101, 102, 103)
_FIELDS: Final = (
    "scenario",
    "sampler",
    "estimator",
    "minutes",
    "n",
    "coverage",
    "half_width",
    "bias",
    "rmse",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Result of a sampler and estimator, for a scenario and a number of minutes.

    Attributes:
        n: Number of intervals.
        coverage: Share of them that contain the truth.
        half_width: Median of half their widths.
        bias: Mean error of the estimates.
        rmse: Root of the mean squared error.
    """

    n: int
    coverage: float
    half_width: float
    bias: float
    rmse: float


Key = tuple[str, str, str, int]


def intervals(archive: Archive, sampler: str, minutes: int, seed: int) -> dict[str, Interval]:
    """Draw a sample, observe the truth in it, and estimate."""
    sample = draw(archive.frame, sampler, minutes=minutes, seed=seed)
    at = sample.chosen
    p = np.array(
        [s.inclusion_probability or len(at) / len(archive.frame) for s in sample.stretches]
    )
    strata = np.zeros(len(at), np.int64) if sample.design is None else sample.design.strata[at]
    c, m = archive.canonical[at], archive.speech[at]
    predicted = [archive.frame.values[name].astype(np.float64) for name in ("canonical", "speech")]
    return {
        "weighted": weighted_ratio(c, m, p, strata),
        "assisted": assisted_ratio(
            c,
            m,
            predicted[0][at],
            predicted[1][at],
            p,
            strata,
            (float(predicted[0].sum()), float(predicted[1].sum())),
        ),
    }


def run(draws: int) -> Iterator[tuple[Key, Cell]]:
    """Yield the results of the report, scenario by scenario.

    Args:
        draws: Number of samples of each of three archives of each scenario.
    """
    for name, scenario in REPORTED_ON.items():
        found: dict[tuple[str, str, int], list[tuple[Interval, float]]] = defaultdict(list)
        for seed in _SEEDS:
            archive = simulate(scenario, seed + zlib.crc32(name.encode()) % 10_000 * 1000)
            for sampler in SAMPLERS:
                n_draws = 1 if sampler == "high-volubility" else draws
                for minutes in MINUTES:
                    for i in range(n_draws):
                        each = intervals(archive, sampler, minutes, 1000 * seed + i)
                        for estimator, interval in each.items():
                            found[sampler, estimator, minutes].append(
                                (interval, archive.proportion)
                            )
        for (sampler, estimator, minutes), results in found.items():
            yield (name, sampler, estimator, minutes), _cell(results)


def _cell(results: list[tuple[Interval, float]]) -> Cell:
    inside = [i.low <= truth <= i.high for i, truth in results]
    errors = np.array([i.estimate - truth for i, truth in results])
    widths = np.array([i.half_width for i, _ in results])
    return Cell(
        len(results),
        float(np.mean(inside)),
        float(np.nanmedian(widths)),
        float(np.nanmean(errors)),
        float(np.sqrt(np.nanmean(errors**2))),
    )


def minutes_share(
    cells: dict[Key, Cell], scenario: str, sampler: str, estimator: str, base: str = "weighted"
) -> float:
    """Minutes that a sampler needs for an interval, as a share of those that random needs.

    Half-widths are proportional to a power of the minutes, which is fitted to both; the share
    is that at the half-width of random at 240 minutes by its fit.

    Args:
        cells: The results.
        scenario: Name of the scenario.
        sampler: Name of the sampler.
        estimator: Its estimator.
        base: The estimator of random.
    """

    def fit(name: str, of: str) -> tuple[float, float]:
        widths = [cells[scenario, name, of, t].half_width for t in MINUTES]
        slope, level = np.polyfit(np.log(MINUTES), np.log(widths), 1)
        return float(slope), float(level)

    (slope, level), (slope_random, level_random) = fit(sampler, estimator), fit("random", base)
    target = level_random + slope_random * np.log(240)
    return float(np.exp((target - level) / slope) / 240)


def _report(cells: dict[Key, Cell]) -> None:
    print("| scenario | estimator | minutes share | coverage at 60, 120, 240, 480 min |")
    print("| --- | --- | ---: | --- |")
    for name in REPORTED_ON:
        for estimator in ESTIMATORS:
            own_share = minutes_share(cells, name, RECOMMENDED, estimator, estimator)
            covered = ", ".join(
                f"{100 * cells[name, RECOMMENDED, estimator, t].coverage:.1f}" for t in MINUTES[1:]
            )
            print(f"| {name} | {estimator} | {own_share:.2f} | {covered} % |")
    print("\n| sampler | estimator | minutes share | coverage | half-width at 240 min | bias |")
    print("| --- | --- | ---: | --- | ---: | ---: |")
    for sampler in SAMPLERS:
        for estimator in ESTIMATORS:
            own = [cells[name, sampler, estimator, 240] for name in REPORTED_ON]
            share_inside, error = pooled(cells, sampler, estimator)
            shares = [minutes_share(cells, name, sampler, estimator) for name in REPORTED_ON]
            relative = "" if sampler == "high-volubility" else f"{np.mean(shares):.2f}"
            print(
                f"| {sampler} | {estimator} | {relative} "
                f"| {100 * share_inside:.1f} ± {100 * error:.1f} % "
                f"| {np.mean([c.half_width for c in own]):.3f} "
                f"| {np.mean([c.bias for c in own]):+.3f} |"
            )


def pooled(
    cells: dict[Key, Cell], sampler: str, estimator: str, fewest: int = 60
) -> tuple[float, float]:
    """Coverage over all scenarios and at least so many minutes, and its Monte-Carlo error.

    The error is that of the mean over the cells, which may differ.
    """
    own = [c for k, c in cells.items() if k[1:3] == (sampler, estimator) and k[3] >= fewest]
    coverage = float(np.mean([c.coverage for c in own]))
    n = sum(c.n for c in own)
    return coverage, max((coverage * (1 - coverage) / n) ** 0.5, 1e-9)


def _failures(cells: dict[Key, Cell]) -> list[str]:
    found = []
    for estimator in ESTIMATORS:
        shares = [minutes_share(cells, n, RECOMMENDED, estimator, estimator) for n in REPORTED_ON]
        if np.mean(shares) > 0.5:
            found.append(f"{estimator}: {np.mean(shares):.2f} of the minutes of random")
        coverage, error = pooled(cells, RECOMMENDED, estimator)
        if not 0.93 - 2 * error <= coverage <= 0.97 + 2 * error:
            found.append(f"{estimator}: coverage {coverage:.3f} ± {error:.3f}")
    return found


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    cells = dict(run(20 if given.check else given.draws))
    if given.output:
        with given.output.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(_FIELDS)
            for key, cell in cells.items():
                numbers = (cell.coverage, cell.half_width, cell.bias, cell.rmse)
                table.writerow([*key, cell.n, *(f"{value:.5f}" for value in numbers)])
    _report(cells)
    failures = _failures(cells)
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if given.check and failures else 0


if __name__ == "__main__":
    sys.exit(main())
