"""Predictions of an experiment as counts by child, from which metrics and intervals follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.comparison.experiments import Experiment
from vocalbaby.components.confusions import (
    METRICS,
    bin_gaps,
    by_class,
    calibration_gap,
    confusions_by_child,
    draw_children,
    interval,
    metric,
)
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["SPLITS", "Figure", "Scores", "read_predictions", "score", "score_all"]

#: Splits with predictions: devel chooses, and test reports.
SPLITS = ("devel", "test")

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Predictions of an experiment for a split, counted by child.

    Attributes:
        experiment: The experiment.
        split: ``devel`` or ``test``.
        classes: Classes in the order of the counts.
        children: Corpus and ``child_ID`` of each child.
        counts: Clips by child, true and predicted class, float64, shape (n_children, n_classes,
            n_classes).
        gaps: Gaps of confidence and accuracy by child and bin, float64, shape (n_children, bins).
        reliability: Number of clips, mean confidence and accuracy by bin, float64, shape
            (bins, 3); NaN for bins without clips.

    Examples:
        >>> scores = score(Experiment("mfcc", "svm", "flat"), "test", pd.DataFrame({
        ...     "corpus": "A", "child_ID": ["1", "1", "2"], "clip_ID": ["a", "b", "c"],
        ...     "Answer": ["Junk", "Crying", "Junk"], "p_Crying": [0.1, 0.7, 0.8],
        ...     "p_Junk": [0.9, 0.3, 0.2]}), bins=10)
        >>> scores.n_clips, scores.counts.sum(axis=0).tolist()
        (3, [[1.0, 0.0], [1.0, 1.0]])
        >>> round(scores.figures(scores.draws(100, 0), 0.9)["uar"].value, 3)
        0.75
    """

    experiment: Experiment
    split: str
    classes: tuple[str, ...]
    children: tuple[tuple[str, str], ...]
    counts: Counts
    gaps: Counts
    reliability: Counts

    @property
    def n_clips(self) -> int:
        """Number of clips."""
        return int(self.counts.sum())

    def draws(self, resamples: int, seed: int) -> Counts:
        """Draw children; experiments with the same children and seed have the same draws.

        Args:
            resamples: Number of resamples.
            seed: Seed of the random generator.

        Returns:
            float64, shape (resamples, n_children).
        """
        return draw_children(len(self.children), resamples, seed)

    def drawn(self, draws: Counts) -> Counts:
        """Add up the counts of drawn children.

        Args:
            draws: How often each child is in each resample, shape (resamples, n_children).

        Returns:
            float64, shape (resamples, n_classes, n_classes).
        """
        n = len(self.classes)
        return (draws @ self.counts.reshape(len(self.counts), -1)).reshape(-1, n, n)

    def figures(self, draws: Counts, confidence: float) -> dict[str, Figure]:
        """Compute all metrics and the calibration error with their intervals.

        Args:
            draws: Draws of the children, float64, shape (resamples, n_children).
            confidence: Coverage of the intervals.
        """
        whole, resampled = self.counts.sum(axis=0), self.drawn(draws)
        found = {}
        for name in METRICS:
            found[name] = figure(metric(name, whole), metric(name, resampled), confidence)
        clips = self.counts.sum(axis=(1, 2))
        ece = calibration_gap(self.gaps.sum(axis=0), clips.sum())
        found["ece"] = figure(ece, calibration_gap(draws @ self.gaps, draws @ clips), confidence)
        return found

    def class_figures(self, draws: Counts, confidence: float) -> list[dict[str, Figure]]:
        """Compute precision, recall and F1 of each class with their intervals.

        Args:
            draws: Draws of the children, float64, shape (resamples, n_children).
            confidence: Coverage of the intervals.
        """
        whole, resampled = by_class(self.counts.sum(axis=0)), by_class(self.drawn(draws))
        return [
            {
                name: figure(value[i], values[:, i], confidence)
                for name, value, values in zip(
                    ("precision", "recall", "f1"), whole, resampled, strict=True
                )
            }
            for i in range(len(self.classes))
        ]

    def of_corpus(self, corpus: str) -> "Scores":
        """Select the children of one corpus.

        Args:
            corpus: Name of the corpus.
        """
        keep = np.array([name == corpus for name, _ in self.children], np.bool_)
        kept = tuple(child for child, is_kept in zip(self.children, keep, strict=True) if is_kept)
        return Scores(
            self.experiment,
            self.split,
            self.classes,
            kept,
            self.counts[keep],
            self.gaps[keep],
            self.reliability,
        )


def figure(value: Counts, resampled: Counts, confidence: float) -> Figure:
    """Return a value with the percentile interval of its resamples."""
    if np.isnan(value):
        return Figure(np.nan, np.nan, np.nan)
    low, high = interval(resampled, confidence)
    return Figure(float(value), float(low), float(high))


def read_predictions(folder: Path) -> pd.DataFrame:
    """Read the predictions of an experiment.

    Args:
        folder: Folder of the experiment.

    Raises:
        DataNotFoundError: There is no such file.

    Examples:
        >>> read_predictions(Path("nothing"))
        Traceback (most recent call last):
        vocalbaby.exception.DataNotFoundError: There are no predictions in nothing. Run ...
    """
    path = folder / "predictions.csv"
    texts = ("split", "corpus", "child_ID", "clip_ID", "Answer", "label", "predicted")
    try:
        return pd.read_csv(path, dtype=dict.fromkeys(texts, str), keep_default_na=False)
    except FileNotFoundError:
        raise DataNotFoundError(
            f"There are no predictions in {folder}.", hint="Run the stage comparison first."
        ) from None


def score(experiment: Experiment, split: str, answers: pd.DataFrame, bins: int) -> Scores:
    """Count the predictions of a split by child.

    Args:
        experiment: The experiment.
        split: Name of the split.
        answers: Columns ``corpus``, ``child_ID``, ``Answer`` and ``p_<class>``.
        bins: Number of bins of the calibration error.

    Raises:
        DataError: There is no clip.

    Examples:
        >>> table = pd.DataFrame({"corpus": "A", "child_ID": "1", "Answer": ["Junk"],
        ...                       "p_Junk": [0.9]})
        >>> score(Experiment("mfcc", "svm", "flat"), "test", table, 10).children
        (('A', '1'),)
    """
    if answers.empty:
        raise DataError(
            f"{experiment.name} has no labelled clip of {split}.",
            hint="Every split needs children of its own; change the shares in data.yaml.",
        )
    classes = tuple(c.removeprefix("p_") for c in answers.columns if c.startswith("p_"))
    probabilities = answers[[f"p_{name}" for name in classes]].to_numpy(np.float64)
    number = {name: i for i, name in enumerate(classes)}
    truth = np.array([number[label] for label in answers.Answer], np.int64)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    confidence, right = probabilities.max(axis=1), predicted == truth
    keys = list(zip(answers.corpus, answers.child_ID, strict=True))
    names = tuple(sorted(set(keys)))
    place = {key: i for i, key in enumerate(names)}
    child = np.array([place[key] for key in keys], np.int64)
    cell = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    n = np.bincount(cell, minlength=bins).astype(np.float64)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(cell, weights=w, minlength=bins) / n for w in (confidence, right)]
    return Scores(
        experiment,
        split,
        classes,
        names,
        confusions_by_child(truth, predicted, child, len(classes), len(names)),
        bin_gaps(confidence, right, child, bins, len(names)),
        np.stack([n, *means], axis=1),
    )


def score_all(folder: Path, experiments: Sequence[Experiment], bins: int) -> list[Scores]:
    """Read and count the predictions of all experiments.

    Args:
        folder: Folder of the experiments.
        experiments: The experiments.
        bins: Number of bins of the calibration error.

    Returns:
        Scores of each experiment for each of `SPLITS`.

    Raises:
        DataNotFoundError: An experiment has no predictions.
        DataError: The experiments have predicted different clips.

    Examples:
        >>> score_all(Path("nothing"), [], bins=15)
        []
    """
    found: list[Scores] = []
    clips: dict[str, set[tuple[str, str]]] = {}
    for experiment in experiments:
        answers = read_predictions(folder / experiment.name)
        for split in SPLITS:
            part = answers[answers.split == split]
            here = set(zip(part.corpus, part.clip_ID, strict=True))
            if clips.setdefault(split, here) != here:
                raise DataError(
                    f"{experiment.name} has predicted other clips of {split} than "
                    f"{experiments[0].name}.",
                    hint="Run the stages features and comparison again.",
                )
            found.append(score(experiment, split, part, bins))
    return found
