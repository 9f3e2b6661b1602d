"""Draws of bouts that might have been heard, and were not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.events import UNCLASSIFIED
from vocalbaby.summary.grid import BOUTS, COLUMNS
from vocalbaby.summary.units import Member

__all__ = ["add_unheard", "unheard_bouts"]

Floats = NDArray[np.floating[Any]]


def unheard_bouts(children: Sequence[Sequence[Member]]) -> Floats:
    """Mean number of segments that a bout adds to a unit, in parts of each child's sound.

    A bout has as many segments as there are in the mean in a minute and class that has any.
    Unclassified vocalizations have none, since they do not occur beside the classes.

    Returns:
        Means by child and column, shape (n_children, 7).
    """
    counts = np.concatenate([m.grid.counts[m.bins, :BOUTS] for own in children for m in own])
    heard = np.array([sum(m.grid.observed[m.bins].sum() for m in own) for own in children])
    sizes = np.full(COLUMNS, counts.sum() / max(np.count_nonzero(counts), 1) or 1.0)
    sizes[UNCLASSIFIED], sizes[BOUTS] = 0.0, 1.0
    parts: Floats = heard[:, None] / max(heard.sum(), 1e-9) * sizes
    return parts


def add_unheard(counts: Floats, seconds: Floats, sizes: Floats, seed: tuple[int, ...]) -> None:
    """Add bouts that were not heard to draws of totals.

    The bootstrap draws nothing that did not occur, and too little of what occurred once or twice.
    The rate of a Poisson process has a gamma distribution whose shape is half an event more than
    those seen, under the prior of Jeffreys (Brown, Cai and DasGupta 2003, "Interval estimation
    in exponential families", Statistica Sinica 13, 19-49). So half a bout is added in the
    mean. Segments are as long as vocalizations are in the mean.

    Args:
        counts: Draws of numbers, shape (n, 7), which are changed.
        seconds: Draws of seconds, shape (n, 7), which are changed.
        sizes: Segments in a bout, shape (7,).
        seed: Seed of the draws.
    """
    drawn = sizes * np.random.default_rng(seed).standard_gamma(0.5, counts.shape)
    number = counts[:, :BOUTS].sum()
    counts += drawn
    seconds += drawn * (seconds[:, :BOUTS].sum() / number if number else 1.0)
