"""The two-sample score: can a classifier separate the window from the reference?

A classifier two-sample test (Lopez-Paz & Oquab, 2017, "Revisiting classifier two-sample
tests"): the cross-validated AUC is 0.5 if the samples do not differ, and 1 if every row reveals
its sample. The classifier is a ridge regression on normal scores, their squares and missing
values. So it sees changes of location, scale and missing values, it does not overfit a few
hundred rows, and it takes milliseconds, so that its null distribution can be estimated by
hundreds of repetitions.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["assign_folds", "design", "separability"]

#: Missing values of a column count unless they are rarer than this, or values are.
_RARELY = 0.01

Floats = NDArray[np.float64]


def design(values: Floats) -> Floats:
    """Build the terms of the classifier from the rows of both samples.

    Args:
        values: Shape (n, n_columns); NaN marks a missing value.

    Returns:
        Shape (n, n_terms): normal scores of the ranks, their squares, and indicators of missing
        values. Each term has mean 0 and variance about 1, and is 0 where the value is missing.
    """
    missing = np.isnan(values)
    measured = np.maximum((~missing).sum(axis=0), 1)
    ranks = rankdata(np.where(missing, np.inf, values), axis=0)
    scores: Floats = ndtri((ranks - 0.5) / measured, where=~missing, out=np.zeros(values.shape))
    squares = np.where(missing, 0.0, (scores * scores - 1) / np.sqrt(2))
    share = missing.mean(axis=0)
    varies = (share > _RARELY) & (share < 1 - _RARELY)
    patterns = np.unique(missing[:, varies], axis=1)  # features of F0 are missing together
    share = patterns.mean(axis=0)
    gaps = (patterns - share) / np.sqrt(share * (1 - share))
    return np.hstack([scores, squares, gaps])


def assign_folds(groups: NDArray[np.intp], folds: int) -> NDArray[np.intp]:
    """Assign a fold to each row, with whole groups in one fold, in the order of the rows.

    Rows near in time, and rows of a child, are alike: in one fold they cannot give each
    other away. With fewer groups than folds the rows themselves are dealt out, in blocks.

    Args:
        groups: Group of each row, shape (n,).
        folds: How many.
    """
    _, first, inverse, sizes = np.unique(
        groups, return_index=True, return_inverse=True, return_counts=True
    )
    if len(first) < folds:
        return np.arange(len(groups)) * folds // len(groups)
    order = np.argsort(first)
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    of_group = np.empty(len(first), np.intp)
    of_group[order] = (middle / len(groups) * folds).astype(np.intp)
    dealt: NDArray[np.intp] = of_group[inverse]
    return dealt


def separability(
    terms: Floats,
    current: NDArray[np.bool_],
    folds: NDArray[np.intp],
    ridge: float,
    weights: Floats | None = None,
) -> float:
    """Compute the cross-validated AUC, averaged over the folds.

    Args:
        terms: From `design`, shape (n, n_terms).
        current: Whether each row is of the window, shape (n,).
        folds: Fold of each row, shape (n,).
        ridge: Weight of the ridge penalty.
        weights: Weights of the rows, shape (n,); equal if None.

    Raises:
        ValueError: No fold has rows of both samples.
    """
    weights = np.ones(len(terms)) if weights is None else weights
    values = []
    for fold in np.unique(folds):
        here = folds == fold
        if not (_both(current[here]) and _both(current[~here])):
            continue
        axis = _fit(terms[~here], current[~here], weights[~here], ridge)
        values.append(_auc(terms[here] @ axis, current[here], weights[here]))
    if not values:
        raise ValueError("no fold has rows of both samples")
    return float(np.mean(values))


def _both(current: NDArray[np.bool_]) -> bool:
    return bool(current.any() and not current.all())


def _fit(terms: Floats, current: NDArray[np.bool_], weights: Floats, ridge: float) -> Floats:
    """Ridge regression of the sample, with the same total weight for both samples."""
    balanced = weights * np.where(
        current, 0.5 / weights[current].sum(), 0.5 / weights[~current].sum()
    )
    centred = terms - balanced @ terms
    weighted = centred * balanced[:, np.newaxis]
    scatter = weighted.T @ centred
    scatter[np.diag_indices_from(scatter)] += ridge
    axis: Floats = np.linalg.solve(scatter, weighted.T @ np.where(current, 1.0, -1.0))
    return axis


def _auc(scores: Floats, current: NDArray[np.bool_], weights: Floats) -> float:
    """Probability that a row of the window scores higher than a row of the reference."""
    order = np.argsort(scores, kind="stable")
    mine = np.where(current, weights, 0.0)[order]
    others = np.where(current, 0.0, weights)[order]
    _, start = np.unique(scores[order], return_index=True)
    mine, others = np.add.reduceat(mine, start), np.add.reduceat(others, start)
    below = np.cumsum(others) - others / 2  # ties count half
    return float((mine * below).sum() / (mine.sum() * others.sum()))
