"""Coverage of the intervals of several children, or days, whose rates differ, by simulation.

    python -m benchmarks.summary.clusters [--runs 300]

Each has an hour of Poisson events, with a rate from a gamma distribution. The program prints the
share of intervals that contain the mean rate, and the same if only blocks were drawn.
"""

import argparse

import numpy as np

from vocalbaby import summary
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.summary import SummaryConfig, sampling

RATE = 40.0


def coverage(by: str, clusters: int, spread: float, runs: int) -> float:
    """Return the share of intervals that contain the mean rate."""
    inside = 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        days = []
        for number in range(clusters):
            rate = rng.gamma(1 / spread**2, RATE * spread**2)
            onsets = np.sort(rng.uniform(0, 3599, rng.poisson(rate))).tolist()
            cries = tuple(Segment(at, at + 0.5, "Crying") for at in onsets)
            child = Child("c0" if by == "child" else f"c{number}", age_months=9.0)
            days.append(Timeline(f"d{number}", cries, 3600.0, None, child))
        config = SummaryConfig(draws=300, seed=run)
        (row,) = summary.summarize(days, by=[by], config=config).figures
        cries_ph = row.given["cry_voc_chi_ph"]
        inside += (cries_ph.low or 0.0) <= RATE <= (cries_ph.high or 0.0)
    return inside / runs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    print("| drawn | number | spread of the rates | coverage | by blocks alone |")
    print("| --- | --- | --- | --- | --- |")
    fewest = sampling.MIN_CLUSTERS
    for by, drawn in (("age", "children"), ("child", "days")):
        for clusters, spread in ((6, 0.5), (15, 0.5), (15, 0.05)):
            shares = []
            for least in (fewest, 1000):
                sampling.MIN_CLUSTERS = least
                shares.append(f"{coverage(by, clusters, spread, runs):.1%}")
            print(f"| {drawn} | {clusters} | {spread:.0%} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
