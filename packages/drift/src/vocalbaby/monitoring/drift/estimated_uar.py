"""Unweighted average recall (UAR) without labels, from calibrated probabilities.

The method is CBPE (confidence-based performance estimation) of NannyML: if the probabilities are
calibrated, they determine the expected confusion matrix. The model is calibrated for given
frequencies of the classes, so its probabilities are first adjusted to the mixture of classes in the
window.
Expectation maximisation estimates this mixture (Saerens, Latinne & Decaestecker, 2002, "Adjusting
the outputs of a classifier to new a priori probabilities").
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "estimate_class_shares", "estimate_uar", "true_uar"]

Floats = NDArray[np.float64]

_MAX_ITERATIONS = 500
_TOLERANCE = 1e-7
#: Least number of expected clips of a class whose recall counts.
_MIN_EXPECTED = 1.0


class Estimate(NamedTuple):
    """Estimated UAR, and the estimated share of each class, shape (n_classes,)."""

    uar: float
    shares: Floats


def estimate_class_shares(probabilities: Floats, prior: Sequence[float] = ()) -> Floats:
    """Estimate the shares of the true classes by maximum likelihood.

    Args:
        probabilities: Shape (n, n_classes), calibrated for the frequencies ``prior``.
        prior: Frequencies of the classes up to a common factor; empty for equal ones.

    Returns:
        Shape (n_classes,).
    """
    probabilities = _without_prior(probabilities, prior)
    shares = np.full(probabilities.shape[1], 1 / probabilities.shape[1])
    for _ in range(_MAX_ITERATIONS):
        before, shares = shares, _adjusted(probabilities, shares).mean(axis=0)
        if np.abs(shares - before).max() < _TOLERANCE:
            break
    return shares


def estimate_uar(probabilities: Floats, prior: Sequence[float] = ()) -> Estimate:
    """Estimate the UAR of the most probable classes.

    Args:
        probabilities: Shape (n, n_classes), n at least 1, calibrated for the frequencies ``prior``.
        prior: Frequencies of the classes up to a common factor; empty for equal ones.
    """
    shares = estimate_class_shares(probabilities, prior)
    adjusted = _adjusted(_without_prior(probabilities, prior), shares)
    right = np.arange(len(shares)) == probabilities.argmax(axis=1)[:, np.newaxis]
    expected = adjusted.sum(axis=0)
    counts = expected >= min(_MIN_EXPECTED, expected.max())
    recalls = (adjusted * right).sum(axis=0)[counts] / expected[counts]
    return Estimate(float(recalls.mean()), shares)


def true_uar(
    probabilities: Floats, truth: NDArray[np.str_], classes: tuple[str, ...]
) -> float | None:
    """UAR of the most probable classes from labels; None without labels."""
    predicted = np.array(classes)[probabilities.argmax(axis=1)]
    recalls = [float((predicted[truth == c] == c).mean()) for c in classes if (truth == c).any()]
    return float(np.mean(recalls)) if recalls else None


def _without_prior(probabilities: Floats, prior: Sequence[float]) -> Floats:
    """Adjust probabilities to equally frequent classes."""
    return _adjusted(probabilities, 1 / np.array(prior)) if prior else probabilities


def _adjusted(probabilities: Floats, shares: Floats) -> Floats:
    weighted = probabilities * shares
    found: Floats = weighted / np.maximum(weighted.sum(axis=1, keepdims=True), 1e-300)
    return found
