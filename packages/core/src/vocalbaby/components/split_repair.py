"""Moves of children between splits, by which every split gets every class that it can have.

The best set of (class, split) pairs is found exactly, by dynamic programming over the 2^15 sets of
pairs of five classes and three splits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS

__all__ = ["Move", "class_bits", "repair"]

_N_CLASSES: Final = len(CLASSES)
_N_SETS: Final = 1 << (_N_CLASSES * len(SPLITS))

#: Smallest cost of a move, so that no child moves in vain.
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Move:
    """A child that may move.

    Attributes:
        child: Number of the child.
        classes: Bits of its classes; see `class_bits`.
        at: Number of the split that it is in.
        costs: Cost of a move to each split.
    """

    child: int
    classes: int
    at: int
    costs: tuple[float, ...]


def class_bits(label: str, split: int = 0) -> int:
    """Return the bit of a class in a split; 0 for the empty label.

    Examples:
        >>> class_bits("Non-canonical"), class_bits("Non-canonical", split=1), class_bits("")
        (2, 64, 0)
    """
    return 1 << (CLASSES.index(label) + split * _N_CLASSES) if label in CLASSES else 0


def repair(children: Sequence[Move], present: int) -> dict[int, int]:
    """Find the cheapest moves after which as many splits as possible have as many classes.

    Args:
        children: Children that may move.
        present: Bits of the classes that other children bring to the splits.

    Returns:
        The new split by number of the child, of those that move; empty if no move adds a class
        to a split.

    Examples:
        >>> devel_and_test = class_bits("Junk", split=1) | class_bits("Junk", split=2)
        >>> junk = [Move(n, class_bits("Junk"), 1, (1.0 - n / 2, 0.0, 2.0)) for n in range(2)]
        >>> repair(junk, devel_and_test)
        {1: 0}
    """
    now = present
    for move in children:
        now |= move.classes << (move.at * _N_CLASSES)
    if now == _N_SETS - 1:
        return {}
    candidates = _cheapest(children)
    movers = {move.child for move in candidates}
    for move in children:
        if move.child not in movers:
            present |= move.classes << (move.at * _N_CLASSES)
    cost = np.full(_N_SETS, np.inf)
    cost[present] = 0.0
    trail: list[tuple[NDArray[np.int32], NDArray[np.int8]]] = []
    for move in candidates:
        cost, before, split = _step(cost, move)
        trail.append((before, split))
    counts = np.array([bits.bit_count() for bits in range(_N_SETS)])
    most = int(counts[np.isfinite(cost)].max())
    if now.bit_count() == most:
        return {}
    state = int(np.argmin(np.where(counts == most, cost, np.inf)))
    moved: dict[int, int] = {}
    for move, (before, split) in zip(reversed(candidates), reversed(trail), strict=True):
        if split[state] != move.at:
            moved[move.child] = int(split[state])
        state = int(before[state])
    return moved


def _cheapest(children: Iterable[Move]) -> list[Move]:
    """Select the children that may have to move, at most four of the same classes and split.

    Of children with the same classes in the same split, one suffices for each split: at most
    two move, the cheapest to either other split, and one stays.
    """
    alike: dict[tuple[int, int], list[Move]] = defaultdict(list)
    for move in children:
        if move.classes:
            alike[move.classes, move.at].append(move)
    chosen: dict[int, Move] = {}
    for group in alike.values():
        for split in range(len(SPLITS)):
            if split != group[0].at:
                best = sorted(group, key=lambda m: (m.costs[split], m.child))[:2]
                chosen |= {move.child: move for move in best}
    return sorted(chosen.values(), key=lambda move: move.child)


def _step(
    cost: NDArray[np.float64], move: Move
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int8]]:
    """Add a child: the cost of each set of pairs, the set before it, and the child's split."""
    new = np.full(_N_SETS, np.inf)
    before = np.zeros(_N_SETS, np.int32)
    chosen = np.zeros(_N_SETS, np.int8)
    (known,) = np.isfinite(cost).nonzero()
    for split in sorted(range(len(SPLITS)), key=lambda s: s != move.at):
        price = 0.0 if split == move.at else max(move.costs[split], _LEAST)
        reached = known | (move.classes << (split * _N_CLASSES))
        total = cost[known] + price
        # The cheapest way into each set: the last of equal indices is kept, so sort downwards.
        order = np.argsort(-total, kind="stable")
        reached, total, origin = reached[order], total[order], known[order]
        better = total < new[reached]
        reached, total, origin = reached[better], total[better], origin[better]
        new[reached], before[reached], chosen[reached] = total, origin, split
    return new, before, chosen
