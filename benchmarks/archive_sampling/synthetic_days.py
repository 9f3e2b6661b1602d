"""Samples of synthetic days that the built-in model has segmented, whose truth is known.

    for i in 1 2 3 4 5 6; do
      vocalbaby synthesize days/$i --day 1 --seed $((40 + i))
      mv days/$i/day.wav days/day$i.wav && mv days/$i/day.csv days/day$i.csv
      vocalbaby segment days/day$i.wav -o days/day$i.parquet
    done
    python -m benchmarks.archive_sampling.synthetic_days days --minutes 60 --length 30

Segments and sound are those of programs, not of a simulated model: this checks that the simulation
of `simulate` is not too kind. Each day counts as a child.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.archive_sampling.archives import Archive
from benchmarks.archive_sampling.simulate import ESTIMATORS, intervals
from vocalbaby import annotations
from vocalbaby.annotations import infant_class
from vocalbaby.corpus.sampling.frame import build_frame
from vocalbaby.entity.timeline import Child

__all__ = ["main", "read_archive"]


def read_archive(folder: Path, length_s: float) -> Archive:
    """Read the segments of days, and count the true vocalizations of each stretch.

    Args:
        folder: Folder with ``NAME.parquet`` of the model and ``NAME.csv`` of the truth.
        length_s: Length of the stretches in seconds.
    """
    days = []
    for path in sorted(folder.glob("*.parquet")):
        (day,) = annotations.read(path)
        days.append(replace(day, recording_id=path.stem, child=Child(path.stem)))
    frame = build_frame(days, length_s=length_s)
    canonical, speech = np.zeros(len(frame)), np.zeros(len(frame))
    for i, info in enumerate(frame.recordings):
        units = np.flatnonzero(frame.recording == i)
        (truth,) = annotations.read(folder / f"{info.recording_id}.csv")
        for segment in truth.segments:
            at = int(np.searchsorted(frame.onset_s[units], segment.onset_s, "right")) - 1
            unit = int(units[max(at, 0)])
            label = infant_class(segment)
            canonical[unit] += label == "Canonical"
            speech[unit] += label in {"Canonical", "Non-canonical"}
    return Archive(frame, canonical, speech, np.zeros(0))


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--length", type=float, default=30.0)
    parser.add_argument("--draws", type=int, default=400)
    given = parser.parse_args()
    archive = read_archive(given.folder, given.length)
    values = archive.frame.values
    predicted = float(values["canonical"].sum() / values["speech"].sum())
    print(
        f"{len(archive.frame)} stretches, true canonical proportion {archive.proportion:.3f}, "
        f"predicted {predicted:.3f}\n"
    )
    print("| sampler | estimate | half-width | coverage | bias |")
    print("| --- | --- | ---: | ---: | ---: |")
    for sampler in ("random", "stratified", "pps", "expected-gain"):
        drawn = [intervals(archive, sampler, given.minutes, seed) for seed in range(given.draws)]
        for estimator in ESTIMATORS:
            own = [each[estimator] for each in drawn]
            inside = np.mean([i.low <= archive.proportion <= i.high for i in own])
            width = np.nanmedian([i.half_width for i in own])
            bias = np.nanmean([i.estimate for i in own]) - archive.proportion
            print(f"| {sampler} | {estimator} | {width:.3f} | {100 * inside:.1f} % | {bias:+.3f} |")


if __name__ == "__main__":
    main()
