"""Separability of the synthetic classes, and their similarity to real recordings.

    python benchmarks/synthetic/run.py [--data FOLDER] [--children 40]

FOLDER holds the real clips: ``metadata.csv`` (columns clip_ID, child_ID, Answer, corpus) and
``clips/``. The benchmark prints Markdown tables of:

1. the recall of each class in child-disjoint cross-validation on synthetic clips;
2. the AUC with which a classifier distinguishes synthetic from real clips of a class (0.5 is
   ideal), with and without augmentation;
3. the predictions for real clips of a model trained on synthetic clips only.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.utils.class_weight import compute_sample_weight
from xgboost import XGBClassifier

from vocalbaby import audio, features
from vocalbaby.audio.acoustics import augment
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.exception import SilentAudioError

Clips = list[NDArray[np.float32]]
Rows = NDArray[np.float32]

SHARES: dict[Label, float] = {
    "Canonical": 0.2,
    "Non-canonical": 0.25,
    "Crying": 0.2,
    "Laughing": 0.12,
    "Junk": 0.23,
}


def _model() -> XGBClassifier:
    return XGBClassifier(
        n_estimators=250,
        max_depth=5,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.3,
        n_jobs=1,
        random_state=0,
    )


def _rows(clips: Clips, *, augmented: bool) -> Rows:
    if augmented:
        clips = [augment(clip, np.random.default_rng(i)) for i, clip in enumerate(clips)]
    return features.get("spectral_prosodic").extract(clips)


def _load(path: Path) -> NDArray[np.float32] | None:
    try:
        return audio.load(path).samples
    except SilentAudioError:  # some pauses between cries are digital silence
        return None


def separability(both: tuple[Rows, Rows], y: NDArray[np.int64], groups: NDArray[np.int64]) -> None:
    """Print recalls of child-disjoint cross-validation; training includes augmented copies."""
    plain, augmented = both
    predicted = np.empty_like(y)
    for train, test in GroupKFold(5).split(plain, y, groups):
        x, labels = np.concatenate([plain[train], augmented[train]]), np.tile(y[train], 2)
        model = _model().fit(x, labels, sample_weight=compute_sample_weight("balanced", labels))
        predicted[test] = model.predict(plain[test])
    recalls = 100 * recall_score(y, predicted, average=None)
    print(f"| UAR | {' | '.join(CLASSES)} |\n|{' --- |' * 6}")
    print(f"| {recalls.mean():.1f} | {' | '.join(f'{r:.1f}' for r in recalls)} |\n")


def realism(synthetic: Rows, real: Rows, children: NDArray[np.int64], babies: pd.Series) -> float:
    """AUC of synthetic against real clips in group-disjoint cross-validation."""
    x = np.concatenate([synthetic, real])
    y = np.repeat([0, 1], [len(synthetic), len(real)])
    groups = np.concatenate([children, -1 - pd.factorize(babies)[0]])
    scores = cross_val_predict(
        _model(), x, y, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    return float(roc_auc_score(y, scores[:, 1]))


def transfer(
    both: tuple[Rows, Rows], y: NDArray[np.int64], real: Rows, table: pd.DataFrame
) -> None:
    """Print the predictions for real clips of a model trained on synthetic clips only."""
    labels = np.tile(y, 2)
    weights = compute_sample_weight("balanced", labels)
    model = _model().fit(np.concatenate(both), labels, sample_weight=weights)
    scores = model.predict_proba(real)
    predicted = [CLASSES[i] for i in scores.argmax(axis=1)]
    shares = 100 * pd.crosstab([table.Answer, table.corpus], predicted, normalize="index")
    shares = shares.reindex(columns=list(CLASSES), fill_value=0.0).round(1)
    print(f"| real clips | {' | '.join(CLASSES)} |\n|{' --- |' * 6}")
    for name, row in zip(shares.index.to_list(), shares.to_numpy(), strict=True):
        print(f"| {', '.join(name)} | {' | '.join(map(str, row))} |")
    cry, junk = scores[:, CLASSES.index("Crying")], scores[:, CLASSES.index("Junk")]
    auc = roc_auc_score(table.Answer == "Crying", cry / (cry + junk))
    print(f"\nCrying against Junk: AUC {auc:.3f}")


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--children", type=int, default=40)
    args = parser.parse_args()
    config = SyntheticConfig(n_children=args.children, clips_per_child=40, shares=SHARES)
    corpus = list(generate(config))
    clips = [clip.samples for clip in corpus]
    y = np.array([CLASSES.index(clip.Answer) for clip in corpus])
    groups = pd.factorize(np.array([clip.child_ID for clip in corpus]))[0]
    both = _rows(clips, augmented=False), _rows(clips, augmented=True)
    separability(both, y, groups)
    if args.data is None:
        return
    table = pd.read_csv(args.data / "metadata.csv")
    table = table[table.groupby("child_ID").cumcount() < 25]
    loaded = [_load(args.data / "clips" / name) for name in table.clip_ID]
    table = table[[clip is not None for clip in loaded]].reset_index(drop=True)
    recordings = [clip for clip in loaded if clip is not None]
    real = _rows(recordings, augmented=False), _rows(recordings, augmented=True)
    print("| class | AUC | AUC augmented |\n| --- | --- | --- |")
    for label in ("Crying", "Junk"):
        synthetic_rows, real_rows = y == CLASSES.index(label), (table.Answer == label).to_numpy()
        plain, augmented = (
            realism(
                a[synthetic_rows], b[real_rows], groups[synthetic_rows], table.child_ID[real_rows]
            )
            for a, b in zip(both, real, strict=True)
        )
        print(f"| {label} | {plain:.2f} | {augmented:.2f} |")
    print()
    transfer(both, y, real[0], table)


if __name__ == "__main__":
    main()
