"""Null distribution: how much samples differ if there is no drift.

The reference is halved many times, by whole children, and one half (with at most as many rows as
the window) is compared with the other as if it were production. A half has fewer children than the
reference or a real window, so that the limits are conservative.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.monitoring.drift.config import ScoreConfig
from vocalbaby.monitoring.drift.distances import class_distance, wasserstein_distances
from vocalbaby.monitoring.drift.sample import Sample
from vocalbaby.monitoring.drift.two_sample import assign_folds, design, separability

__all__ = ["Limits", "compare", "halve", "limits"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Quantiles of the null distribution.

    Attributes:
        score: AUC of the two-sample classifier.
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
    """Compute the two-sample score: the AUC of a classifier that separates two samples.

    Args:
        reference: Reference sample.
        current: Sample of the window.
        config: Number of folds, ridge penalty and seed.
        matched: Whether to weight the reference so that its predicted classes are as frequent as
            in the window, which leaves out a change of the mixture of classes.
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
    progress: ProgressCallback | None = None,
) -> Limits:
    """Estimate the limits for a window.

    Args:
        reference: The whole reference sample.
        rows: Number of rows of the window.
        config: Number of halves, and the false positive rate.
        progress: Called with the number of halves done and in total.
    """
    rng = np.random.default_rng(config.seed)
    scores, classes = np.empty(config.resamples), np.empty(config.resamples)
    width = reference.values.shape[1]
    columns, missing = np.empty((2, config.resamples, width))
    for index in range(config.resamples):
        one, other = halve(rng, reference, rows)
        scores[index] = compare(one, other, config)
        classes[index] = class_distance(one.predictions.labels, other.predictions.labels)
        columns[index] = wasserstein_distances(one.values, other.values)
        missing[index] = np.abs(
            np.isnan(one.values).mean(axis=0) - np.isnan(other.values).mean(axis=0)
        )
        if progress is not None:
            progress(index + 1, config.resamples)
    share = 1 - config.false_positive_rate
    return Limits(
        float(np.quantile(scores, share)),
        float(np.quantile(classes, share)),
        np.quantile(columns, share, axis=0),
        np.quantile(missing, share, axis=0),
    )


def halve(rng: np.random.Generator, sample: Sample, rows: int) -> tuple[Sample, Sample]:
    """Split a sample into two that share no group; the second has at most ``rows`` rows."""
    indices = _by_groups(rng, sample.groups)
    _, starts = np.unique(_runs(sample.groups[indices]), return_index=True)
    target = max(len(sample) - rows, len(sample) // 2)
    cut = int(starts[np.argmin(np.abs(starts - target))]) or target
    return sample.rows(indices[:cut]), sample.rows(indices[cut : cut + rows])


def _by_groups(rng: np.random.Generator, groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Indices of the rows in a random order of their groups."""
    order: NDArray[np.intp] = np.argsort(
        rng.permutation(int(groups.max()) + 1)[groups], kind="stable"
    )
    return order


def _runs(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number of the run of equal groups that each row belongs to."""
    starts: NDArray[np.intp] = np.concatenate([[0], np.cumsum(groups[1:] != groups[:-1])])
    return starts


def _matching(reference: Sample, current: Sample) -> Floats:
    labels, mine = np.unique(reference.predictions.labels, return_inverse=True)
    target = np.array([(current.predictions.labels == label).mean() for label in labels])
    weights: Floats = (target / np.bincount(mine) * len(reference))[mine]
    # A class that the window lacks keeps a small weight, so that no side is empty.
    return np.maximum(weights, 1e-3)
