"""What chance alone would do: the reference against itself.

The reference is halved again and again, by whole children, and one half (of the window's
size, if that is smaller) is compared with the other as if it were production. A half has
fewer children than the reference or a real window, so these limits are on the safe side.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.monitoring.drift.config import ScoreConfig
from vocalbaby.monitoring.drift.distances import class_distance, wasserstein_distances
from vocalbaby.monitoring.drift.sample import Sample
from vocalbaby.monitoring.drift.two_sample import assign_folds, design, separability

__all__ = ["Limits", "compare", "halve", "limits"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What only a few of the halvings exceed.

    Attributes:
        score: AUC.
        classes: Distance of the predicted classes.
        columns: Distance of each column, shape (n_columns,).
        missing: Change of each column's share of missing values, shape (n_columns,).
    """

    score: float
    classes: float
    columns: Floats
    missing: Floats


def compare(
    reference: Sample,
    current: Sample,
    config: ScoreConfig,
    *,
    matched: bool = False,
) -> float:
    """The score of a window.

    Args:
        reference: One side.
        current: The other.
        config: Folds, penalty, seed.
        matched: Weigh the reference so that its predicted classes are as frequent as in
            the window: what is left is not a matter of the mixture of classes.
    """
    rng = np.random.default_rng(config.seed)
    shuffled = reference.rows(_by_groups(rng, reference.groups))
    folds = [assign_folds(side.groups, config.folds) for side in (shuffled, current)]
    weights = np.ones(len(reference) + len(current))
    if matched:
        weights[: len(reference)] = _matching(shuffled, current)
    return separability(
        design(np.concatenate([shuffled.values, current.values])),
        np.arange(len(reference) + len(current)) >= len(reference),
        np.concatenate(folds),
        config.ridge,
        weights,
    )


def limits(
    reference: Sample,
    rows: int,
    config: ScoreConfig,
    tell: Callable[[int, int], None] | None = None,
) -> Limits:
    """Limits for windows of a size.

    Args:
        reference: All of it.
        rows: Of the window.
        config: Number of halvings, and how many may exceed the limits.
        tell: Called with halvings done and all.
    """
    rng = np.random.default_rng(config.seed)
    scores, classes = np.empty(config.resamples), np.empty(config.resamples)
    width = reference.values.shape[1]
    columns, missing = np.empty((2, config.resamples, width))
    for turn in range(config.resamples):
        one, other = halve(rng, reference, rows)
        scores[turn] = compare(one, other, config)
        classes[turn] = class_distance(one.answers.labels, other.answers.labels)
        columns[turn] = wasserstein_distances(one.values, other.values)
        missing[turn] = np.abs(
            np.isnan(one.values).mean(axis=0) - np.isnan(other.values).mean(axis=0)
        )
        if tell is not None:
            tell(turn + 1, config.resamples)
    share = 1 - config.false_positive_rate
    return Limits(
        float(np.quantile(scores, share)),
        float(np.quantile(classes, share)),
        np.quantile(columns, share, axis=0),
        np.quantile(missing, share, axis=0),
    )


def halve(rng: np.random.Generator, sample: Sample, rows: int) -> tuple[Sample, Sample]:
    """Two parts that share no group; the second has at most ``rows`` rows."""
    places = _by_groups(rng, sample.groups)
    _, starts = np.unique(_runs(sample.groups[places]), return_index=True)
    wanted = max(len(sample) - rows, len(sample) // 2)
    cut = int(starts[np.argmin(np.abs(starts - wanted))]) or wanted
    return sample.rows(places[:cut]), sample.rows(places[cut : cut + rows])


def _by_groups(rng: np.random.Generator, groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rows in a random order of their groups."""
    order: NDArray[np.intp] = np.argsort(
        rng.permutation(int(groups.max()) + 1)[groups], kind="stable"
    )
    return order


def _runs(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number of the run of equal groups that each row stands in."""
    starts: NDArray[np.intp] = np.concatenate([[0], np.cumsum(groups[1:] != groups[:-1])])
    return starts


def _matching(reference: Sample, current: Sample) -> Floats:
    labels, mine = np.unique(reference.answers.labels, return_inverse=True)
    wanted = np.array([(current.answers.labels == label).mean() for label in labels])
    weights: Floats = (wanted / np.bincount(mine) * len(reference))[mine]
    # A class that the window lacks keeps a trace of its weight: no side may be empty.
    return np.maximum(weights, 1e-3)
