"""Facts about the sound of synthetic clips next to those of real ones, without a model.

    python -m benchmarks.transfer.facts --data FOLDER [--yamnet FILE] [--per-class 250]

The tool synthesizes clips of every class with the default settings of the corpus, and prints
Markdown tables of YAMNet's first choice by class, of the features that describe a voice (median,
10th and 90th percentile), and of the AUC of synthetic against real cries. Real clips are those
of the choosing half.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.synthetic.run import realism
from benchmarks.transfer.listener import FAMILIES, HINT, Listener
from benchmarks.transfer.recordings import read_recordings
from vocalbaby import features
from vocalbaby.audio import load
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.labels import CLASSES, Label

__all__ = ["FACTS", "facts", "first_choices", "sample"]

Samples = NDArray[np.float32]

#: Columns of `spectral_prosodic` that describe how a voice sounds.
FACTS: Final = (
    "centroid_mean",
    "centroid_std",
    "slope_low_mean",
    "slope_high_mean",
    "flatness_low_mean",
    "high_ratio_mean",
    "flux_mean",
    "f0_q50",
    "f0_std",
    "f0_movement",
    "f0_jitter",
    "shimmer",
    "hnr_mean",
    "h1_h2_mean",
    "h1_h2_std",
    "f1_mean",
    "f2_mean",
    "f3_mean",
    "energy_std",
    "modulation_4hz",
    "modulation_5hz",
    "modulation_6hz",
    "modulation_8hz",
    "voiced_fraction",
)
_CRIES: Final = ("LyonCry", "ESC-10", "DonateACry")
#: Clips per recording or child, so that a few do not decide the result.
_PER_GROUP: Final = 25


def sample(label: Label, count: int, seed: int = 0) -> Iterator[tuple[str, Samples]]:
    """Yield child_ID and samples of synthetic clips of one class, ten for each child."""
    shares: dict[Label, float] = dict.fromkeys(CLASSES, 0.0) | {label: 1.0}
    children = -(-count // 10)
    config = SyntheticConfig(seed=seed, n_children=children, clips_per_child=10, shares=shares)
    for clip, _ in zip(generate(config), range(count), strict=False):
        yield clip.child_ID, clip.samples


def facts(clips: Iterable[Samples]) -> pd.DataFrame:
    """Compute the columns of `spectral_prosodic`, one row for each clip."""
    extractor = features.get("spectral_prosodic")
    rows = extractor.extract(list(clips))
    return pd.DataFrame(rows, columns=[column.name for column in extractor.columns])


def first_choices(listener: Listener, clips: Iterable[Samples]) -> dict[str, object]:
    """Return the share in percent of each of `FAMILIES`, and the most frequent choices."""
    choices = [listener.first_choice(clip) for clip in clips]
    shares: dict[str, object] = {
        family: f"{100 * np.mean([choice in names for choice in choices]):.1f}"
        for family, names in FAMILIES.items()
    }
    often = ", ".join(f"{name} {n}" for name, n in Counter(choices).most_common(6))
    return {"clips": len(choices), **shares, "most frequent": often}


def _real_cries(data: Path) -> dict[str, tuple[list[str], list[Samples]]]:
    real: dict[str, tuple[list[str], list[Samples]]] = {}
    for corpus in read_recordings(data, _CRIES):
        counts: Counter[str] = Counter()
        groups, clips = real.setdefault(corpus.name, ([], []))
        for record in corpus.of_half("choosing"):
            counts[record.child_ID] += 1
            if record.Answer == "Crying" and counts[record.child_ID] <= _PER_GROUP:
                groups.append(f"{corpus.name}/{record.child_ID}")
                clips.append(load(record.path).samples)
    return real


def _markdown(table: pd.DataFrame) -> str:
    rows = [
        ["" if table.index.name is None else str(table.index.name), *map(str, table.columns)],
        ["---"] * (table.shape[1] + 1),
    ]
    rows += [[str(row[0]), *map(str, row[1:])] for row in table.itertuples()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the real recordings")
    parser.add_argument("--yamnet", type=Path, help="yamnet_spectra_in.tflite")
    parser.add_argument("--per-class", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", nargs="*", choices=CLASSES, default=list(CLASSES))
    options = parser.parse_args()
    start = time.process_time()
    made = {c: list(sample(c, options.per_class, options.seed)) for c in options.classes}
    spent = 1000 * (time.process_time() - start) / sum(map(len, made.values()))
    sounds = {f"synthetic, {c}": [clip for _, clip in clips] for c, clips in made.items()}
    real = _real_cries(options.data)
    sounds |= {f"{name}, Crying": clips for name, (_, clips) in real.items()}
    tables = {name: facts(clips) for name, clips in sounds.items()}
    print(f"Synthesis of a clip: {spent:.1f} ms of CPU time\n")
    if options.yamnet:
        listener = Listener(options.yamnet)
        heard = {name: first_choices(listener, clips) for name, clips in sounds.items()}
        print(_markdown(pd.DataFrame(heard).T))
    else:
        print(HINT, file=sys.stderr)
    columns = {
        name: [
            " ".join(f"{v:.2f}" for v in np.nanpercentile(table[c], (10, 50, 90))) for c in FACTS
        ]
        for name, table in tables.items()
    }
    print(_markdown(pd.DataFrame(columns, index=list(FACTS))))
    if "Crying" in made:
        groups = [group for names, _ in real.values() for group in names]
        rows = np.concatenate([tables[f"{name}, Crying"].to_numpy() for name in real])
        children = np.asarray(pd.factorize(np.array([c for c, _ in made["Crying"]]))[0], np.int64)
        auc = realism(tables["synthetic, Crying"].to_numpy(), rows, children, pd.Series(groups))
        print(f"Synthetic against real cries: AUC {auc:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
