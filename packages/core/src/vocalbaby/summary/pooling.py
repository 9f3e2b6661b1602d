"""Draws of the children of a unit, such as those of an age."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.correction import ChildDraws, Draws
from vocalbaby.summary.rare import add_unheard
from vocalbaby.summary.sampling import cluster_weights

__all__ = ["draw_children"]

Floats = NDArray[np.floating[Any]]


def draw_children(parts: Sequence[ChildDraws], bouts: Floats, seed: tuple[int, ...]) -> ChildDraws:
    """Draw children with replacement, each with all of its sound, and return them as one.

    Args:
        parts: Totals of each child, whose draws contain the classifier's error only.
        bouts: Segments that an unheard bout adds to each column, shape (7,).
        seed: Seed of the draws.
    """
    observed = np.array([part.observed for part in parts])
    draws = len(parts[0].given.drawn_counts)
    weights = cluster_weights(len(parts), draws, np.random.default_rng((*seed, 0)))
    # Figures per hour are compared, so draws of other observed time are scaled.
    weights *= observed.sum() / (weights @ observed)[:, None]
    left_out = 1 - np.eye(len(parts))
    left_out *= observed.sum() / (left_out @ observed)[:, None]
    given = _drawn([part.given for part in parts], weights, left_out)
    add_unheard(given.drawn_counts, given.drawn_seconds, bouts, (*seed, 1))
    corrected = [part.corrected for part in parts if part.corrected is not None]
    both = _drawn(corrected, weights, left_out) if len(corrected) == len(parts) else None
    return ChildDraws(float(observed.sum()), len(parts), given, both)


def _drawn(parts: Sequence[Draws], weights: Floats, left_out: Floats) -> Draws:
    counts = np.stack([part.counts for part in parts])
    seconds = np.stack([part.seconds for part in parts])
    return Draws(
        counts.sum(axis=0),
        seconds.sum(axis=0),
        np.einsum("dc,cdk->dk", weights, np.stack([part.drawn_counts for part in parts])),
        np.einsum("dc,cdk->dk", weights, np.stack([part.drawn_seconds for part in parts])),
        left_out @ counts,
        left_out @ seconds,
    )
