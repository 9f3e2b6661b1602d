"""UAR without labels, from calibrated probabilities.

As NannyML's CBPE (confidence-based performance estimation): where a probability holds,
the expected confusion matrix follows from the probabilities alone. The model's hold where
the five classes are equally frequent (see ``calibrate``), so they are first brought to the
window's mixture, which is found by expectation-maximisation (Saerens, Latinne &
Decaestecker, 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "class_shares", "estimate_uar", "true_uar"]

Floats = NDArray[np.float64]

_ROUNDS = 500
_STILL = 1e-7
#: A class of which fewer clips are expected has no recall worth counting.
_FEWEST = 1.0


class Estimate(NamedTuple):
    """What the probabilities let expect."""

    uar: float
    shares: Floats


def class_shares(probabilities: Floats) -> Floats:
    """Most likely shares of the true classes, shape (n_classes,).

    Args:
        probabilities: Shape (n, n_classes), for classes that are equally frequent.
    """
    shares = np.full(probabilities.shape[1], 1 / probabilities.shape[1])
    for _ in range(_ROUNDS):
        before, shares = shares, _at(probabilities, shares).mean(axis=0)
        if np.abs(shares - before).max() < _STILL:
            break
    return shares


def estimate_uar(probabilities: Floats) -> Estimate:
    """Unweighted average recall of the most probable classes, as is to be expected.

    Args:
        probabilities: Shape (n, n_classes), n at least 1.
    """
    shares = class_shares(probabilities)
    chances = _at(probabilities, shares)
    right = np.arange(len(shares)) == probabilities.argmax(axis=1)[:, np.newaxis]
    expected = chances.sum(axis=0)
    counts = expected >= min(_FEWEST, expected.max())
    recalls = (chances * right).sum(axis=0)[counts] / expected[counts]
    return Estimate(float(recalls.mean()), shares)


def true_uar(
    probabilities: Floats, truth: NDArray[np.str_], classes: tuple[str, ...]
) -> float | None:
    """The same figure from labels; None where there are none."""
    said = np.array(classes)[probabilities.argmax(axis=1)]
    recalls = [float((said[truth == c] == c).mean()) for c in classes if (truth == c).any()]
    return float(np.mean(recalls)) if recalls else None


def _at(probabilities: Floats, shares: Floats) -> Floats:
    weighted = probabilities * shares
    found: Floats = weighted / np.maximum(weighted.sum(axis=1, keepdims=True), 1e-300)
    return found
