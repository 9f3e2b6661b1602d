"""Predict what the built-in model never heard, for the simulation in ``coverage.py``.

    python -m benchmarks.summary.predictions --data FOLDER > benchmarks/summary/predictions.csv

FOLDER holds the recordings as docs/pipeline.md describes them. The clips are those of the groups
in ``configs/default_model/held_out.csv`` (cries and junk), and of synthetic children that no
training has (all five classes).
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vocalbaby import inference
from vocalbaby.audio import load
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.labels import CLASSES

HELD_OUT = Path("configs/default_model/held_out.csv")
TABLES = {
    "metadata.csv": "clips",
    "hard_metadata.csv": "hard",
    "donateacry_metadata.csv": "donateacry",
}
#: Not the seed of a corpus in configs/.
SYNTHETIC = SyntheticConfig(n_children=48, clips_per_child=60, seed=77_001)
Clip = tuple[str, str, np.ndarray]


def recorded(data: Path) -> Iterator[Clip]:
    """Clips of held-out groups: group, true class, samples."""
    with HELD_OUT.open(encoding="utf-8") as stream:
        groups = {(row["corpus"], row["child_ID"]) for row in csv.DictReader(stream)}
    for table, folder in TABLES.items():
        with (data / table).open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                if (row["corpus"], row["child_ID"]) in groups:
                    samples = load(data / folder / row["clip_ID"]).samples
                    yield f"{row['corpus']}/{row['child_ID']}", row["Answer"], samples


def synthetic() -> Iterator[Clip]:
    """Clips of synthetic children."""
    for clip in generate(SYNTHETIC):
        yield clip.child_ID.replace("_", "/", 1), clip.Answer, clip.samples


def main() -> None:
    """Write one row per clip to standard output, with probabilities in thousandths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["group", "true", "duration_s", *CLASSES])
    for clips in (recorded(data), synthetic()):
        for group, true, samples in clips:
            (found,) = inference.predict([samples], sample_rate=16_000, errors="return")
            if isinstance(found, Exception):
                continue
            probabilities = [round(1000 * found.probabilities[name]) for name in CLASSES]
            writer.writerow([group, true, f"{samples.size / 16_000:.2f}", *probabilities])


if __name__ == "__main__":
    main()
