"""Results of a comparison as `vocalbaby compare` writes them, with figures that are made up."""

import csv
import json
import random
from pathlib import Path

METRICS = ("uar", "macro_f1", "weighted_f1", "precision", "recall", "accuracy", "ece")
NAMES = ("feature_set", "family", "mode")
CLASSES = ("Canonical", "Non-canonical", "Crying", "Laughing", "Junk")
SUPPORT = {"devel": (60, 150, 70, 14, 130), "test": (66, 160, 81, 9, 140)}
CHILDREN = {"devel": 11, "test": 14}
#: UAR on devel of each experiment.
EXPERIMENTS = {
    ("spectral_prosodic", "boosted_trees", "flat"): 0.668,
    ("spectral_prosodic", "boosted_trees", "hierarchical"): 0.661,
    ("spectral_prosodic", "svm", "flat"): 0.632,
    ("spectral_prosodic", "logistic_regression", "flat"): 0.617,
    ("spectral_prosodic", "soft_vote", "flat"): 0.659,
    ("mfcc", "boosted_trees", "flat"): 0.575,
    ("mfcc", "svm", "flat"): 0.531,
    ("spectral_prosodic+mfcc", "boosted_trees", "flat"): 0.684,
    ("spectral_prosodic+mfcc", "svm", "flat"): 0.651,
    ("spectral_prosodic+mfcc", "soft_vote", "flat"): 0.677,
}
Experiment = tuple[str, str, str]
Rows = list[dict[str, object]]


def write_sample(
    folder: Path, experiments: dict[Experiment, float] = EXPERIMENTS, *, optional: bool = True
) -> Path:
    """Write the tables.

    Args:
        folder: A folder that exists.
        experiments: UAR on devel by experiment.
        optional: Whether the optional tables are written, too.
    """
    rng = random.Random(7)
    results: Rows = []
    classes: Rows = []
    bins: Rows = []
    confusions = []
    for experiment, devel in experiments.items():
        for split, support in SUPPORT.items():
            uar = devel - (0.031 if split == "test" else 0) + rng.gauss(0, 0.008)
            head: dict[str, object] = dict(zip(NAMES, experiment, strict=True))
            head["split"] = split
            sizes = {"n_clips": sum(support), "n_children": CHILDREN[split]}
            figures = _metrics(uar, rng)
            results.append(head | sizes | figures)
            counts = [_counts(n, place, uar, rng) for place, n in enumerate(support)]
            confusions.append(head | {"classes": list(CLASSES), "counts": counts})
            for place, name in enumerate(CLASSES):
                recall = counts[place][place] / support[place]
                own = {m: max(recall + d, 0.0) for m, d in (("precision", -0.05), ("f1", -0.02))}
                row = head | {"class": name, "support": support[place]}
                for metric, value in ({"recall": recall} | own).items():
                    row |= _with_ends(metric, value, 0.4 / support[place] ** 0.5)
                classes.append(row)
            for number in range(10):
                confidence = 0.05 + number / 10
                n = max(round(sum(support) * (number + 1) / 60), 1) if number > 1 else 0
                row = head | {"bin": number, "n": n, "confidence": confidence if n else ""}
                bins.append(row | {"accuracy": round(confidence * 0.88, 4) if n else ""})
    _write(folder / "results.csv", results)
    _write(folder / "classes.csv", classes)
    _write(folder / "reliability.csv", bins)
    _write(folder / "differences.csv", _differences(experiments))
    (folder / "confusions.json").write_text(json.dumps(confusions), encoding="utf-8")
    if optional:
        _optional(folder, list(experiments), rng)
    return folder


def _metrics(uar: float, rng: random.Random) -> dict[str, object]:
    offsets = dict(zip(METRICS, (0, -0.02, 0.09, -0.01, 0, 0.1), strict=False))
    row: dict[str, object] = {}
    for metric in METRICS:
        value = uar + offsets[metric] if metric in offsets else 0.06 + rng.random() / 20
        row |= _with_ends(metric, value, 0.055 if metric != "ece" else 0.02)
    return row


def _with_ends(name: str, value: float, half: float) -> dict[str, object]:
    ends = (max(value - 1.1 * half, 0), min(value + 0.9 * half, 1))
    return {
        name: round(value, 6),
        f"{name}_low": round(ends[0], 6),
        f"{name}_high": round(ends[1], 6),
    }


def _counts(n: int, place: int, uar: float, rng: random.Random) -> list[int]:
    counts = [0] * len(CLASSES)
    right = min(max(uar + (0.14, 0.04, 0.12, -0.27, 0.05)[place], 0.1), 0.97)
    for _ in range(n):
        wrong = rng.choices(range(len(CLASSES)), (4, 6, 3, 1, 4))[0]
        counts[place if rng.random() < right else wrong] += 1
    return counts


def _differences(experiments: dict[Experiment, float]) -> Rows:
    rows: Rows = []
    names = ["/".join(each) for each in experiments]
    values = list(experiments.values())
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            for split in ("devel", "test"):
                value = values[i] - values[j]
                row: dict[str, object] = {"first": first, "second": names[j], "split": split}
                ends = {
                    "metric": "uar",
                    "difference": value,
                    "low": value - 0.03,
                    "high": value + 0.028,
                }
                p = max(0.0005, 0.9 - 16 * abs(value))
                rows.append(row | ends | {"p_value": p, "p_value_holm": min(3 * p, 1.0)})
    return rows


def _optional(folder: Path, names: list[Experiment], rng: random.Random) -> None:
    curves: Rows = []
    corpora: Rows = []
    for place, experiment in enumerate(names):
        head: dict[str, object] = dict(zip(NAMES, experiment, strict=True))
        if place in {0, 2, 7}:
            for children, lost in ((5, 0.14), (10, 0.08), (20, 0.03), (34, 0.0)):
                uar = 0.66 - lost - place / 200
                ends = {"uar": uar, "low": uar - 0.05, "high": uar + 0.04}
                curves.append(head | {"split": "test", "children": children} | ends)
        for corpus, shift in (("Warlaumont", 0.05), ("Casillas-Yélî", -0.13), ("Seedlings", 0.02)):
            sizes = {"n_clips": 152, "n_children": 4 + rng.randrange(3)}
            ends_of_uar = _with_ends("uar", 0.65 + shift, 0.1)
            corpora.append(head | {"corpus": corpus, "split": "test"} | sizes | ends_of_uar)
    _write(folder / "learning_curves.csv", curves)
    _write(folder / "corpora.csv", corpora)
    detail = "82 % of the clips of Laughing are from Warlaumont."
    _write(folder / "findings.csv", [{"finding": "class_entangled_with_corpus", "detail": detail}])
    settings = {"comparison": {"objective": "uar", "resamples": 1000, "seed": 0}}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
