"""Numbers of the true classes, from the given ones: the correction of a classifier's error."""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["invert", "reweigh"]

Floats = NDArray[np.floating[Any]]


def invert(given: Floats, errors: Floats) -> Floats:
    """Estimate true totals by matrix inversion, with constraints.

    Solves ``given = errors @ true``. Where the solution has a negative total, the shares of the
    detected segments are the point of the simplex with the least squared error; found exactly,
    by the best of all sets of classes that occur. This is the adjusted count for several
    classes (Firat 2016, "Unified framework for quantification", arXiv:1606.00868).

    Args:
        given: Totals by given class, shape (..., k).
        errors: ``errors[..., g, t]`` is the share of the true class t that is given as g, shape
            (..., k, k). A column sums to less than 1 where segments are missed.

    Returns:
        Totals by true class, shape (..., k), none negative.

    Examples:
        >>> errors = np.array([[0.9, 0.2], [0.1, 0.8]])
        >>> invert(np.array([[31.0, 29.0], [1.0, 9.0]]), errors).round(6).tolist()
        [[27.142857, 32.857143], [0.0, 10.0]]
    """
    shape = np.broadcast_shapes(given.shape, errors.shape[:-1])
    k = shape[-1]
    given = np.broadcast_to(given, shape).reshape(-1, k)
    errors = np.broadcast_to(errors, (*shape, k)).reshape(-1, k, k)
    detected = np.maximum(errors.sum(axis=1), 1e-9)
    shares = errors / detected[:, None, :]
    total = given.sum(axis=1, keepdims=True)
    target = given / np.where(total > 0, total, 1.0)
    # A ridge of no effect on the result keeps singular draws from raising.
    inner = np.swapaxes(shares, 1, 2) @ shares + 1e-12 * np.eye(k)
    linear = np.swapaxes(shares, 1, 2) @ target[:, :, None]
    best = _on_support(inner, linear, tuple(range(k)))
    (bad,) = np.nonzero((best < -1e-9).any(axis=1))
    if bad.size:
        best[bad] = _constrained(inner[bad], linear[bad])
    totals: Floats = np.maximum(best, 0.0) * total / detected
    return totals.reshape(shape)


def _on_support(inner: Floats, linear: Floats, support: tuple[int, ...]) -> Floats:
    """Least squares under the sum 1, with zeros outside of the support."""
    s = len(support)
    system = np.ones((inner.shape[0], s + 1, s + 1))
    system[:, :s, :s] = inner[:, support, :][:, :, support]
    system[:, s, s] = 0.0
    right = np.concatenate([linear[:, support], np.ones_like(linear[:, :1])], axis=1)
    solution = np.zeros(linear.shape[:2])
    solution[:, support] = np.linalg.solve(system, right)[:, :s, 0]
    return solution


def _constrained(inner: Floats, linear: Floats) -> Floats:
    best, least = np.zeros(linear.shape[:2]), np.full(linear.shape[0], np.inf)
    k = linear.shape[1]
    for support in (c for size in range(1, k) for c in combinations(range(k), size)):
        found = _on_support(inner, linear, support)
        error = np.einsum("ni,nij,nj->n", found, inner, found) - 2 * (found * linear[:, :, 0]).sum(
            1
        )
        better = (error < least) & (found >= -1e-9).all(axis=1)
        best[better], least[better] = found[better], error[better]
    return best


def reweigh(probabilities: Floats, prior: Floats, weights: Floats, *, steps: int = 200) -> Floats:
    """Estimate shares of classes by the EM algorithm on probabilities.

    Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a
    priori probabilities", Neural Computation 14, 21-41.

    Args:
        probabilities: Calibrated probabilities, shape (n, k).
        prior: Frequencies of the classes to which they were calibrated, shape (k,), of any sum.
        weights: Weights of the segments, shape (n_draws, n).
        steps: Most iterations.

    Returns:
        Shares, shape (n_draws, k); NaN where the weights are all zero.

    Examples:
        >>> p = np.array([[0.9, 0.1]] * 9 + [[0.1, 0.9]])
        >>> reweigh(p, np.array([1.0, 1.0]), np.ones((1, 10))).round(2).tolist()
        [[1.0, 0.0]]
    """
    scaled = probabilities / (prior / prior.sum())
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        weights = weights / np.where(total > 0, total, np.nan)
    shares = np.full((weights.shape[0], prior.size), 1.0 / prior.size)
    for _ in range(steps):
        fit = np.maximum(shares @ scaled.T, 1e-300)
        new = shares * ((weights / fit) @ scaled)
        change = np.abs(new - shares).max(initial=0.0, where=np.isfinite(new))
        shares = new
        if change < 1e-6:
            break
    return shares
