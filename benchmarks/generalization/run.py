"""Generalization of feature sets to unseen children and corpora, for cries against other sounds.

The data folder holds ``metadata.csv`` (columns clip_ID, child_ID, Answer, corpus) and
``clips/``. The benchmark prints a Markdown table of UAR and recalls in:

1. child-disjoint cross-validation with five folds, for several shuffles;
2. leave-one-corpus-out validation;
3. the folds of 1, with the test clips low-passed at 4 kHz and attenuated by 20 dB.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

from vocalbaby import audio, features
from vocalbaby.exception import AudioError

Rows = NDArray[np.float32]
Labels = NDArray[np.int64]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class Classifier(Protocol):
    """A fitted classifier of scikit-learn or XGBoost."""

    def predict(self, x: Rows) -> Labels:
        """Predict the class of every row."""


def _xgboost(x: Rows, y: Labels) -> Classifier:
    share = y.mean()
    model = XGBClassifier(
        n_estimators=300,
        max_depth=4,
        learning_rate=0.08,
        subsample=0.8,
        colsample_bytree=0.5,
        n_jobs=1,
        random_state=0,
    )
    return model.fit(x, y, sample_weight=np.where(y == 1, 0.5 / share, 0.5 / (1 - share)))


def _standardised(model: SVC | LogisticRegression) -> Callable[[Rows, Labels], Classifier]:
    steps = SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), model
    return lambda x, y: make_pipeline(*steps).fit(x, y)


MODELS: dict[str, Callable[[Rows, Labels], Classifier]] = {
    "XGBoost": _xgboost,
    "SVM (RBF)": _standardised(SVC(class_weight="balanced")),
    "logistic": _standardised(LogisticRegression(C=0.03, class_weight="balanced", max_iter=1000)),
}


def _read(folder: Path) -> tuple[pd.DataFrame, list[Rows]]:
    """Read metadata and samples; clips that cannot be decoded are reported and left out."""
    table = pd.read_csv(folder / "metadata.csv")
    clips: list[Rows | None] = []
    for name in table["clip_ID"]:
        try:
            clips.append(audio.load(folder / "clips" / name).samples)
        except AudioError as error:
            print(f"{name} is left out: {error.message}")
            clips.append(None)
    kept = [clip is not None for clip in clips]
    return table[kept].reset_index(drop=True), [clip for clip in clips if clip is not None]


def _low_passed(samples: Rows) -> Rows:
    """Low-pass at 4 kHz (raised cosine from 3.7 kHz), and attenuate by 20 dB."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    hz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    fade = np.clip((4000 - hz) / 300, 0, 1)
    spectrum *= 0.1 * (0.5 - 0.5 * np.cos(np.pi * fade))
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def _predict(model: str, train: Rows, test: Rows, y: Labels, splits: Iterator[Split]) -> Labels:
    predicted = np.full(len(y), -1)
    for fit, held_out in splits:
        fitted = MODELS[model](train[fit], y[fit])
        predicted[held_out] = fitted.predict(test[held_out])
    return predicted


def _recalls(y: Labels, predicted: Labels) -> list[float]:
    return [100 * float((predicted[y == k] == k).mean()) for k in np.unique(y)]


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with metadata.csv, clips/")
    parser.add_argument("--seeds", type=int, default=3, help="shuffles of the folds")
    options = parser.parse_args()

    table, clips = _read(options.data)
    y = np.array(table["Answer"] == "Crying", np.int64)
    children, corpora = table["child_ID"].to_numpy(), table["corpus"].to_numpy()
    changed = [_low_passed(clip) for clip in clips]
    names = sorted(np.unique(corpora))

    def folds(seed: int) -> Iterator[Split]:
        cutter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        yield from cutter.split(clips, y, children)

    def corpus_folds() -> Iterator[Split]:
        for name in names:
            yield np.flatnonzero(corpora != name), np.flatnonzero(corpora == name)

    parts = [f"{name} {label}" for name in names for label in ("junk", "cry")]
    print("| features | model | CV UAR (sd) | LOCO UAR |", " | ".join(parts), "| changed UAR |")
    print("| --- | --- |", " | ".join(["---"] * (len(parts) + 3)), "|")
    for set_name in features.BUILT_IN:
        chosen = features.get(set_name)
        plain, other = chosen.extract(clips), chosen.extract(changed)
        for model in MODELS:
            runs = [_predict(model, plain, plain, y, folds(s)) for s in range(options.seeds)]
            cv = [float(np.mean(_recalls(y, run))) for run in runs]
            left_out = _predict(model, plain, plain, y, corpus_folds())
            per_part = []
            for name in names:
                for k in (0, 1):
                    rows = (corpora == name) & (y == k)
                    right = f"{100 * (left_out[rows] == k).mean():.0f}" if rows.any() else "-"
                    per_part.append(right)
            moved = _recalls(y, _predict(model, plain, other, y, folds(0)))
            cells = [
                f"{set_name} ({plain.shape[1]})",
                model,
                f"{np.mean(cv):.1f} ({np.std(cv):.1f})",
            ]
            cells += [f"{np.mean(_recalls(y, left_out)):.1f}", *per_part, f"{np.mean(moved):.1f}"]
            print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
