"""Splitting of clips into train, devel and test by child."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from vocalbaby.components.split_repair import Move, class_bits, repair
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.identity import ChildKey
from vocalbaby.entity.manifest import SPLITS, ClipRecord

__all__ = ["SplitConfig", "assign_splits"]


class SplitConfig(StrictModel):
    """Settings of the split.

    Attributes:
        seed: Seed of the order in which children with equally many clips are assigned.
        train: Target share of the clips of each class in train.
        devel: Target share in devel.
        test: Target share in test.
        same_sound_together: Whether children whose clips contain the same sound are in one
            split, as one child would be. This decodes all clips once more.
    """

    seed: int = Field(default=0, ge=0)
    train: float = Field(default=0.6, gt=0.0, lt=1.0)
    devel: float = Field(default=0.2, gt=0.0, lt=1.0)
    test: float = Field(default=0.2, gt=0.0, lt=1.0)
    same_sound_together: bool = False

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(self.train + self.devel + self.test - 1.0) > 1e-6:
            raise ValueError("train, devel and test must sum to 1")
        return self


def assign_splits(
    records: Sequence[ClipRecord],
    config: SplitConfig,
    first_of: Mapping[ChildKey, ChildKey] = MappingProxyType({}),
) -> tuple[ClipRecord, ...]:
    """Assign every record to a split, so that no child is in two splits.

    Children are assigned in order of decreasing size. Each goes to the split where it most
    reduces the Kullback-Leibler divergence between target and actual shares, summed over
    every class of every corpus. If a split lacks a class that it could have, the fewest and
    smallest moves of children that bring as many classes as possible into as many splits as
    possible follow; see `split_repair.repair`. A class of three children thus reaches all
    three splits, unless no other class could then.

    Args:
        records: Clips. A ``split`` that is already set is kept, and applies to the other
            clips of the child.
        config: Target shares and seed.
        first_of: Children that stay together, each with the child that stands for its group;
            see `.same_sound.children_with_same_sound`.

    Returns:
        The records in the same order, each with a split.
    """
    strata = {key: i for i, key in enumerate(sorted({_stratum(r) for r in records}))}
    counts: dict[ChildKey, NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(strata)))
    names: dict[ChildKey, tuple[str, str]] = {}
    fixed: dict[ChildKey, str] = {}
    for record in records:
        child = _child(record, first_of)
        counts[child][strata[_stratum(record)]] += 1
        names.setdefault(child, (record.child_ID, record.corpus))
        if record.split:
            fixed.setdefault(child, record.split)
    totals = np.sum(list(counts.values()), axis=0) if counts else np.zeros(0)
    shares = {child: count / totals for child, count in counts.items()}
    reached = np.zeros((len(SPLITS), len(strata)))
    for child, split in fixed.items():
        reached[SPLITS.index(split)] += shares[child]
    target = np.array([config.train, config.devel, config.test])
    chosen = dict(fixed)
    free = sorted((c for c in shares if c not in fixed), key=names.__getitem__)
    for child in _order(free, shares, config.seed):
        split_index = _best(reached, shares[child], target)
        reached[split_index] += shares[child]
        chosen[child] = SPLITS[split_index]
    assigned = tuple(replace(r, split=r.split or chosen[_child(r, first_of)]) for r in records)
    moved = _repaired(assigned, free, first_of, shares, (reached, target))
    if not moved:
        return assigned
    return tuple(replace(r, split=moved.get(_child(r, first_of), r.split)) for r in assigned)


def _repaired(
    assigned: Sequence[ClipRecord],
    free: Sequence[ChildKey],
    first_of: Mapping[ChildKey, ChildKey],
    shares: Mapping[ChildKey, NDArray[np.float64]],
    reached_and_target: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> dict[ChildKey, str]:
    """Return the new splits of the children that have to move."""
    bits: dict[ChildKey, int] = defaultdict(int)
    at: dict[ChildKey, int] = {}
    movable = set(free)
    reached, target = reached_and_target
    present = 0
    for record in assigned:
        place = SPLITS.index(record.split)
        child = _child(record, first_of)
        if child in movable:
            bits[child] |= class_bits(record.Answer)
            at[child] = place
        else:
            present |= class_bits(record.Answer, place)
    children = [
        Move(number, bits[child], at[child], _costs(reached, shares[child], at[child], target))
        for number, child in enumerate(free)
    ]
    return {free[number]: SPLITS[split] for number, split in repair(children, present).items()}


def _child(record: ClipRecord, first_of: Mapping[ChildKey, ChildKey]) -> ChildKey:
    return first_of.get(record.child, record.child)


def _stratum(record: ClipRecord) -> tuple[str, str]:
    return record.corpus, record.Answer


def _order(
    children: list[ChildKey], shares: Mapping[ChildKey, NDArray[np.float64]], seed: int
) -> list[ChildKey]:
    """Order children by their largest share of a stratum, equal ones at random."""
    shuffled = [children[i] for i in np.random.default_rng(seed).permutation(len(children))]
    return sorted(shuffled, key=lambda child: -float(shares[child].max()))


_FLOOR = 1e-3  # assumed share of a class in an empty split


def _best(
    reached: NDArray[np.float64], share: NDArray[np.float64], target: NDArray[np.float64]
) -> int:
    """Index of the split with the largest gain of ``target * log(reached)``."""
    gain = np.log((reached + share + _FLOOR) / (reached + _FLOOR)).sum(axis=1)
    return int(np.argmax(target * gain))


def _costs(
    reached: NDArray[np.float64], share: NDArray[np.float64], at: int, target: NDArray[np.float64]
) -> tuple[float, ...]:
    """Loss of ``target * log(reached)`` by a move of the child to each split; 0 where it is."""
    gain = np.log((reached + share + _FLOOR) / (reached + _FLOOR)).sum(axis=1)
    rest = np.maximum(reached[at] - share, 0.0)
    loss = np.log((reached[at] + _FLOOR) / (rest + _FLOOR)).sum()
    costs = target[at] * loss - target * gain
    costs[at] = 0.0
    return tuple(costs.tolist())
