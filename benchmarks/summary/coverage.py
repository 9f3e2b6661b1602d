"""Coverage of the intervals of ``vocalbaby summarize``, by simulation.

    python -m benchmarks.summary.coverage [--days 1000] [--check]

Each simulated day has a table of its own, of other households than the day's child. The program
prints a Markdown table for each scenario: the share of days whose interval contains the truth.
With ``--check``, it simulates fewer days and exits with the code 1 if a coverage is not within
the range that so many days allow.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from benchmarks.summary.days import Day, Scenario, household, simulate, table_of
from vocalbaby.entity.labels import CLASSES
from vocalbaby.summary import Estimate, SummaryConfig
from vocalbaby.summary.summarizing import summarize_grids

SCENARIOS = {
    "days": Scenario(em=True),
    "few segments": Scenario(few=0.2),
    "8 households in the table": Scenario(households=8),
    "strong bouts": Scenario(bout=15.0),
    "children that differ more": Scenario(correlation=0.15),
    "days that differ": Scenario(day_spread=0.5),
    "shifted probabilities": Scenario(power=0.5, em=True),
}
NAMES = {
    "Canonical": "can_voc",
    "Non-canonical": "non_can_voc",
    "Crying": "cry_voc",
    "Laughing": "laugh_voc",
}
#: Kinds of intervals: the column of the report, corrected, method, with sampling.
KINDS: tuple[tuple[str, Literal["matrix", "em"], bool], ...] = (
    ("corrected", "matrix", True),
    ("corrected, of the day itself", "matrix", False),
    ("EM", "em", True),
    ("uncorrected", "matrix", True),
)


CHECK_DAYS = 200


@dataclass(frozen=True, slots=True)
class Result:
    """Coverage of a figure.

    Attributes:
        inside: Share of the intervals that contain the truth.
        width: Median width of the intervals, relative to the truth.
    """

    inside: float
    width: float


Results = dict[tuple[str, str], Result]


def truths(day: Day, *, happened: bool) -> Iterator[tuple[str, float]]:
    """Figures of the truth."""
    counts, seconds = day.happened if happened else day.expected
    for index, label in enumerate(CLASSES[:4]):
        yield f"{NAMES[label]}_chi", counts[index]
        yield f"{NAMES[label]}_dur_chi", 1000.0 * seconds[index]
    yield "cp_n", counts[0] / (counts[0] + counts[1])
    yield "voc_chi", counts[:4].sum()


def run(scenario: Scenario, days: int, draws: int, seed: int) -> Results:
    """Simulate days; return coverages by kind of interval and figure."""
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, str], list[tuple[float, Estimate]]] = defaultdict(list)
    for number in range(days):
        table = table_of([household(scenario, rng) for _ in range(scenario.households)], rng)
        day = simulate(scenario, household(scenario, rng), number, rng)
        for kind, method, sampling in KINDS:
            # EM takes ten times as long as all others.
            if method == "em" and not (scenario.em and number % 4 == 0):
                continue
            config = SummaryConfig(draws=draws, sampling=sampling, method=method, seed=number)
            if kind == "uncorrected":
                config = config.model_copy(update={"draws": 200})
            chosen = None if kind == "uncorrected" else table
            (row,) = summarize_grids((day.grid,), ("recording",), chosen, config).figures
            estimates = row.corrected or row.given
            for name, truth in truths(day, happened=not sampling):
                found[kind, name].append((truth, estimates[name]))
    return {key: _result(pairs) for key, pairs in found.items()}


def _result(pairs: list[tuple[float, Estimate]]) -> Result:
    truth = np.array([t for t, _ in pairs])
    low = np.array([e.low if e.low is not None else np.nan for _, e in pairs])
    high = np.array([e.high if e.high is not None else np.nan for _, e in pairs])
    inside = (low <= truth + 1e-9) & (high >= truth - 1e-9)
    width = np.nanmedian((high - low) / np.where(truth > 0, truth, np.nan))
    return Result(float(inside.mean()), float(width))


def main() -> int:
    """Print the coverages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=SCENARIOS, help="one scenario")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        scenario = replace(SCENARIOS["days"], em=False)
        faults = check(run(scenario, CHECK_DAYS, options.draws, options.seed))
        print("\n".join(faults) or "coverage: as it should be")
        return int(bool(faults))
    for title, scenario in SCENARIOS.items():
        if options.only in (None, title):
            results = run(scenario, options.days, options.draws, options.seed)
            print(report(title, results), flush=True)
    return 0


def check(results: Results) -> list[str]:
    """Return what is wrong with the coverages of few days.

    The standard error of a coverage of 95 % is 1.5 % in 200 days, and less for the mean of all
    figures.
    """
    corrected = {name: r.inside for (kind, name), r in results.items() if kind == "corrected"}
    given = [r.inside for (kind, _), r in results.items() if kind == "uncorrected"]
    faults = [f"coverage: {name} {c:.3f} < 0.90" for name, c in corrected.items() if c < 0.90]
    mean = float(np.mean([*corrected.values()]))
    if not 0.93 <= mean <= 0.98:
        faults.append(f"coverage: the mean of corrected figures is {mean:.3f}")
    if np.mean(given) > 0.85:
        faults.append(f"coverage: {np.mean(given):.3f} uncorrected: nothing is to be corrected")
    return faults


def report(title: str, results: Results) -> str:
    """Make a Markdown table: coverages, and the median width of intervals over the truth."""
    kinds = list(dict.fromkeys(kind for kind, _ in results))
    lines = [f"{title}:", "", "| figure | " + " | ".join(kinds) + " |"]
    lines.append("| --- |" + " --- |" * len(kinds))
    for name in dict.fromkeys(name for _, name in results):
        cells = [results[kind, name] for kind in kinds]
        texts = [f"{100 * cell.inside:.1f} ({cell.width:.2f})" for cell in cells]
        lines.append(f"| `{name}` | " + " | ".join(texts) + " |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
