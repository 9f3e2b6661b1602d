"""Rows of the tables of a comparison."""

from collections.abc import Mapping
from typing import NamedTuple

from vocalbaby.comparison.report.estimate import Estimate

__all__ = [
    "Bin",
    "ClassFigures",
    "Confusion",
    "CorpusFigures",
    "CurvePoint",
    "Difference",
    "Figures",
    "UnseenFigures",
]


class Figures(NamedTuple):
    """A row of results.csv: the metrics of an experiment on a split.

    Examples:
        >>> Figures("a/svm/flat", "test", 90, 9, {"uar": Estimate(0.7, 0.6, 0.8)}).n_children
        9
    """

    experiment: str
    split: str
    n_clips: int
    n_children: int
    metrics: Mapping[str, Estimate]


class ClassFigures(NamedTuple):
    """A row of classes.csv: the figures of a class."""

    experiment: str
    split: str
    name: str
    support: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


class Confusion(NamedTuple):
    """A confusion matrix: counts by true class (rows) and label (columns)."""

    experiment: str
    split: str
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Bin(NamedTuple):
    """A row of reliability.csv: clips whose highest probability lies in a bin."""

    experiment: str
    split: str
    n: int
    confidence: float | None
    accuracy: float | None


class Difference(NamedTuple):
    """A row of differences.csv: first minus second, over the same children."""

    first: str
    second: str
    split: str
    metric: str
    estimate: Estimate
    p_value: float | None
    p_holm: float | None

    def distinguished(self, confidence: float) -> bool | None:
        """Whether interval and p-value say that the two differ; None if they disagree."""
        inside, p = self.estimate.includes(0), self.p_value
        if inside is None or p is None:
            return None if inside is None else not inside
        return None if inside == (p <= 1 - confidence) else not inside


class CurvePoint(NamedTuple):
    """A row of learning_curves.csv: the UAR with a number of children in training."""

    experiment: str
    split: str
    children: int
    uar: Estimate


class CorpusFigures(NamedTuple):
    """A row of corpora.csv: the UAR of an experiment on the clips of one corpus."""

    experiment: str
    corpus: str
    split: str
    n_clips: int
    n_children: int
    uar: Estimate


class UnseenFigures(NamedTuple):
    """A row of unseen_corpora.csv: the recall of a class of a corpus that was left out.

    Examples:
        >>> UnseenFigures("LabA", "Junk", 9, 3, Estimate(0.7, 0.6, 0.8)).recall.low
        0.6
    """

    corpus: str
    label: str
    n_clips: int
    n_children: int
    recall: Estimate
