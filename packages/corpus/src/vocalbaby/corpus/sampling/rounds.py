"""Several rounds of a sample, and their union."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.exception import DataError

__all__ = ["after_exclusion", "split", "union_of_rounds"]


def split(
    drawn: NDArray[np.int64], rounds: int, rng: np.random.Generator, first: int = 0
) -> list[NDArray[np.int64]]:
    """Divide a sample at random into rounds of nearly equal size.

    Each unit is in a round with the probability of the round's share of the sample.

    Args:
        drawn: Indices of the units of a stratum.
        rounds: Number of rounds.
        rng: Source of random numbers.
        first: The round that gets the first of the units that are left over, from 0, so that the
            rounds of several strata together have nearly equal sizes.

    Returns:
        Ascending indices of each round.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> [len(part) for part in split(np.arange(8), 3, rng, first=1)]
        [2, 3, 3]
    """
    order = rng.permutation(drawn) if rounds > 1 else drawn
    return [np.sort(order[(i - first) % rounds :: rounds]) for i in range(rounds)]


def union_of_rounds(rounds: Sequence[Sequence[SampledStretch]]) -> tuple[SampledStretch, ...]:
    """Join rounds of one draw (``--rounds``) to one probability sample.

    A unit is in the union with the sum of its probabilities to be in the rounds; these are the
    same for all units of a stratum but for a factor.

    Args:
        rounds: The samples of different rounds of the same sampler and seed.

    Returns:
        The stretches with the probabilities and the numbers of the union.

    Raises:
        DataError: Rounds are of different draws, or have a stretch in common.

    Examples:
        >>> first = SampledStretch("r1-1", "a", 0, 60, inclusion_probability=0.1, n_sample=1)
        >>> second = SampledStretch("r2-1", "b", 0, 60, inclusion_probability=0.1, n_sample=1)
        >>> [s.inclusion_probability for s in union_of_rounds([[first], [second]])]
        [0.2, 0.2]
    """
    stretches = [stretch for each in rounds for stretch in each]
    if len({(s.sampler, s.seed) for s in stretches}) > 1:
        raise DataError("The rounds are of different samplers or seeds.")
    _check_distinct(stretches)
    counts: dict[str, dict[int, int]] = {}
    for i, each in enumerate(rounds):
        for stretch in each:
            counts.setdefault(stretch.stratum, {})[i] = stretch.n_sample
    joined = []
    for stretch in stretches:
        if stretch.inclusion_probability is None:
            raise DataError(f"{stretch.sample_id} is not of a probability sample.")
        total = sum(counts[stretch.stratum].values())
        p = min(stretch.inclusion_probability * total / stretch.n_sample, 1.0)
        joined.append(replace(stretch, inclusion_probability=p, weight=1 / p, n_sample=total))
    return tuple(joined)


def after_exclusion(
    earlier: Sequence[SampledStretch], later: Sequence[SampledStretch]
) -> tuple[SampledStretch, ...]:
    """Join a sample to one that was drawn from the rest of the population (``--exclude``).

    The earlier stretches are known, so that they enter with certainty, as a stratum of their own;
    the later ones stand for the rest. An estimate from both is unbiased, whatever chose the
    earlier ones.

    Args:
        earlier: What was excluded from the later draw.
        later: The probability sample of the rest.

    Returns:
        Both, with the earlier ones in the stratum ``annotated``.

    Raises:
        DataError: Both have a stretch in common.

    Examples:
        >>> first = SampledStretch("r1-1", "a", 0, 60)
        >>> second = SampledStretch("r2-1", "b", 0, 60, inclusion_probability=0.1)
        >>> [each.weight for each in after_exclusion([first], [second])]
        [1.0, 10.0]
    """
    known = [
        replace(
            stretch,
            stratum="annotated",
            inclusion_probability=1.0,
            weight=1.0,
            n_population=len(earlier),
            n_sample=len(earlier),
        )
        for stretch in earlier
    ]
    _check_distinct([*known, *later])
    return (*known, *later)


def _check_distinct(stretches: Sequence[SampledStretch]) -> None:
    seen: set[tuple[Any, ...]] = set()
    for stretch in stretches:
        key = (stretch.recording_id, stretch.onset_s, stretch.offset_s)
        if key in seen:
            raise DataError(
                f"The stretch of {key[0]} at {key[1]:g} s is in two rounds.",
                hint="Draw with --rounds, or with --exclude.",
            )
        seen.add(key)
