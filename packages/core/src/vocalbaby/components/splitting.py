"""Splitting of clips into train, devel and test by child."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.manifest import SPLITS, ClipRecord

__all__ = ["SplitConfig", "assign_splits"]


class SplitConfig(StrictModel):
    """Settings of the split.

    Attributes:
        seed: Seed of the order in which children with equally many clips are assigned.
        train: Target share of the clips of each class in train.
        devel: Target share in devel.
        test: Target share in test.
    """

    seed: int = Field(default=0, ge=0)
    train: float = Field(default=0.6, gt=0.0, lt=1.0)
    devel: float = Field(default=0.2, gt=0.0, lt=1.0)
    test: float = Field(default=0.2, gt=0.0, lt=1.0)

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(self.train + self.devel + self.test - 1.0) > 1e-6:
            raise ValueError("train, devel and test must sum to 1")
        return self


def assign_splits(records: Sequence[ClipRecord], config: SplitConfig) -> tuple[ClipRecord, ...]:
    """Assign every record to a split, so that no child is in two splits.

    Children are assigned in order of decreasing size. Each goes to the split where it most
    reduces the Kullback-Leibler divergence between target and actual shares, summed over
    every class of every corpus. Since a split without a class gains most from it, a
    class of three children is represented in all three splits.

    Args:
        records: Clips. A ``split`` that is already set is kept, and applies to the other
            clips of the child.
        config: Target shares and seed.

    Returns:
        The records in the same order, each with a split.
    """
    strata = {key: i for i, key in enumerate(sorted({_stratum(r) for r in records}))}
    counts: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(strata)))
    fixed: dict[str, str] = {}
    for record in records:
        counts[record.child_ID][strata[_stratum(record)]] += 1
        if record.split:
            fixed.setdefault(record.child_ID, record.split)
    totals = np.sum(list(counts.values()), axis=0) if counts else np.zeros(0)
    shares = {child: count / totals for child, count in counts.items()}
    reached = np.zeros((len(SPLITS), len(strata)))
    for child, split in fixed.items():
        reached[SPLITS.index(split)] += shares[child]
    target = np.array([config.train, config.devel, config.test])
    chosen = dict(fixed)
    for child in _order([c for c in shares if c not in fixed], shares, config.seed):
        split_index = _best(reached, shares[child], target)
        reached[split_index] += shares[child]
        chosen[child] = SPLITS[split_index]
    return tuple(replace(r, split=r.split or chosen[r.child_ID]) for r in records)


def _stratum(record: ClipRecord) -> tuple[str, str]:
    return record.corpus, record.Answer


def _order(children: list[str], shares: dict[str, NDArray[np.float64]], seed: int) -> list[str]:
    """Order children by their largest share of a stratum, equal ones at random."""
    shuffled = [str(c) for c in np.random.default_rng(seed).permutation(sorted(children))]
    return sorted(shuffled, key=lambda child: -float(shares[child].max()))


def _best(
    reached: NDArray[np.float64], share: NDArray[np.float64], target: NDArray[np.float64]
) -> int:
    """Index of the split with the largest gain of ``target * log(reached)``."""
    floor = 1e-3  # assumed share of a class in an empty split
    gain = np.log((reached + share + floor) / (reached + floor)).sum(axis=1)
    return int(np.argmax(target * gain))
