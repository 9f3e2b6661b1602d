"""The multivariate score: can a classifier tell the window from the reference?

A classifier two-sample test (Lopez-Paz & Oquab, 2017, "Revisiting classifier two-sample
tests"): the cross-validated AUC is 0.5 where nothing moved, 1 where every row shows which
side it is from. The classifier is a ridge regression on normal scores, their squares and
what is missing, so that it sees changes of place, of spread and of missingness, cannot
overfit a few hundred rows, and takes milliseconds: chance can be measured by doing it
hundreds of times.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["assign_folds", "design", "separability"]

#: A column's missingness counts where it is not (almost) always or never missing.
_RARELY = 0.01

Floats = NDArray[np.float64]


def design(values: Floats) -> Floats:
    """What the classifier sees of rows of both sides.

    Args:
        values: Shape (n, n_columns); NaN is missing.

    Returns:
        Shape (n, n_terms): normal scores of the ranks, their squares, missingness; each of
        mean 0 and variance about 1; 0 where missing.
    """
    missing = np.isnan(values)
    measured = np.maximum((~missing).sum(axis=0), 1)
    ranks = rankdata(np.where(missing, np.inf, values), axis=0)
    scores: Floats = ndtri((ranks - 0.5) / measured, where=~missing, out=np.zeros(values.shape))
    squares = np.where(missing, 0.0, (scores * scores - 1) / np.sqrt(2))
    share = missing.mean(axis=0)
    varies = (share > _RARELY) & (share < 1 - _RARELY)
    patterns = np.unique(missing[:, varies], axis=1)  # what depends on F0 is missing together
    share = patterns.mean(axis=0)
    gaps = (patterns - share) / np.sqrt(share * (1 - share))
    return np.hstack([scores, squares, gaps])


def assign_folds(groups: NDArray[np.intp], folds: int) -> NDArray[np.intp]:
    """A fold for each row, whole groups together, in the order in which they come.

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
    """Cross-validated AUC, averaged over the folds.

    Args:
        terms: From :func:`design`, shape (n, n_terms).
        current: Rows of the window, shape (n,).
        folds: Fold of each row, shape (n,).
        ridge: Weight of the penalty.
        weights: Of the rows, shape (n,); all the same when None.

    Raises:
        ValueError: No fold has rows of both sides.
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
        raise ValueError("no fold has rows of both sides")
    return float(np.mean(values))


def _both(current: NDArray[np.bool_]) -> bool:
    return bool(current.any() and not current.all())


def _fit(terms: Floats, current: NDArray[np.bool_], weights: Floats, ridge: float) -> Floats:
    """Ridge regression of the side, both sides weighing the same."""
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
    """Chance that a row of the window scores higher than one of the reference."""
    order = np.argsort(scores, kind="stable")
    mine = np.where(current, weights, 0.0)[order]
    others = np.where(current, 0.0, weights)[order]
    _, start = np.unique(scores[order], return_index=True)
    mine, others = np.add.reduceat(mine, start), np.add.reduceat(others, start)
    below = np.cumsum(others) - others / 2  # ties count half
    return float((mine * below).sum() / (mine.sum() * others.sum()))
