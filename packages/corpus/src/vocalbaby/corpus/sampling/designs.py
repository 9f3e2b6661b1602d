"""Designs with known inclusion probabilities: strata, sizes of samples, and probabilities."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.allocation import allocate
from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.selection import groups, inclusion_probabilities
from vocalbaby.corpus.sampling.sizes import (
    expected_gain,
    levels,
    size_of,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import ConfigError, DataError

__all__ = ["DESIGNS", "Design", "gain_design", "pps_design", "random_design", "stratified_design"]

Floats = NDArray[np.floating[Any]]
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """With which probability each unit is drawn.

    Attributes:
        probabilities: Inclusion probabilities, float64, shape (n_units,). Their sum within each
            stratum is an integer.
        strata: Stratum of each unit, an index to `names`, shape (n_units,).
        names: Names of the strata; a single stratum has an empty one.
        gain: Expected gain of each unit; None where the design does not use it.
        notes: What differs from what was requested.
    """

    probabilities: Floats
    strata: NDArray[np.int64]
    names: tuple[str, ...] = ("",)
    gain: Floats | None = None
    notes: tuple[str, ...] = ()


def random_design(frame: Frame, n: int, options: SampleOptions) -> Design:
    """Every unit has the same probability, within each child if there are bounds per child."""
    return _of_sizes(frame, n, np.ones(len(frame)), options)


def pps_design(frame: Frame, n: int, options: SampleOptions) -> Design:
    """Probabilities are proportional to a size; see `sizes.size_of`."""
    return _of_sizes(frame, n, size_of(frame, options.size, options.floor), options)


def gain_design(frame: Frame, n: int, options: SampleOptions) -> Design:
    """Probabilities are proportional to the expected gain; see `sizes.expected_gain`."""
    gain = expected_gain(frame, options.floor, options.overhead_s)
    return replace(_of_sizes(frame, n, gain, options), gain=gain)


def _of_sizes(frame: Frame, n: int, sizes: Floats, options: SampleOptions) -> Design:
    n = min(n, len(frame))
    if not options.per_child:
        return Design(inclusion_probabilities(sizes, n), np.zeros(len(frame), np.int64))
    child = frame.child_indices()
    counts, notes = _per_child(frame, child, n, sizes, options)
    names = tuple("/".join(filter(None, pair)) for pair in frame.children)
    probabilities = _within(child, counts, sizes)
    return Design(probabilities, child, names, notes=notes)


def _within(strata: NDArray[np.int64], counts: NDArray[np.int64], sizes: Floats) -> Floats:
    """Inclusion probabilities within each stratum."""
    probabilities = np.zeros(len(strata))
    for at, units in groups(strata, len(counts)):
        probabilities[units] = inclusion_probabilities(sizes[units], int(counts[at]))
    return probabilities


def _per_child(
    frame: Frame, child: NDArray[np.int64], n: int, sizes: Floats, options: SampleOptions
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Size of each child's sample, and notes on children with less than requested."""
    n_children = len(frame.children)
    populations = np.bincount(child, minlength=n_children)
    sums = np.bincount(child, weights=sizes, minlength=n_children)
    wanted = np.ones(n_children) if options.balance_children else sums
    # `allocate` multiplies by the number of units.
    spreads = np.divide(wanted, populations, out=np.zeros(n_children), where=populations > 0)
    try:
        counts = allocate(
            n, populations, spreads, minimum=options.min_per_child, maximum=options.max_per_child
        )
    except ValueError as error:
        raise ConfigError(
            f"{n} units cannot have {options.min_per_child} of each of {n_children} children.",
            hint="Allow more minutes, or fewer per child.",
        ) from error
    notes = []
    if (short := int(((counts < options.min_per_child) & (populations > 0)).sum())) > 0:
        are = "1 child has" if short == 1 else f"{short} children have"
        notes.append(f"{are} fewer units than the minimum; all are drawn.")
    if int(counts.sum()) < n:
        notes.append(f"The bounds per child allow {counts.sum()} units, not {n}.")
    return counts, tuple(notes)


def stratified_design(frame: Frame, n: int, options: SampleOptions) -> Design:
    """Units of a stratum have the same probability.

    Strata are levels of activity, predicted classes (of clips) or children, or combinations. Sizes
    of their samples are proportional, or optimal for the size measure.
    If there are more strata than half of the sample, children are not distinguished.
    """
    n = min(n, len(frame))
    kinds, notes = list[str](options.strata), list[str]()
    strata, names = _strata(frame, kinds, options)
    if len(names) * _FEWEST > n and "child" in kinds and len(kinds) > 1:
        notes.append(f"{len(names)} strata are too many for {n} units: not divided by child.")
        kinds.remove("child")
        strata, names = _strata(frame, kinds, options)
    populations = np.bincount(strata, minlength=len(names))
    spreads = None
    if options.allocation == "optimal":
        sizes = size_of(frame, options.size, options.floor)
        spreads = _spreads(sizes, strata, len(names))
    if options.per_child and "child" not in kinds:
        raise ConfigError(
            "Bounds per child need strata by child.", hint="Use --strata child,level and more."
        )
    if options.per_child:
        counts = _two_levels(
            frame,
            n,
            options,
            strata=strata,
            names=names,
            populations=populations,
            spreads=spreads,
            notes=notes,
        )
    else:
        least = min(_FEWEST, n // max(len(names), 1))
        if least < _FEWEST:
            notes.append("Some strata have a single unit, so that variances are approximate.")
        counts = allocate(n, populations, spreads, minimum=least)
    if ((counts == 0) & (populations > 0)).any():
        raise DataError(
            f"{n} units are too few for {len(names)} strata.",
            hint="Allow more minutes, or fewer strata.",
        )
    share = counts / np.maximum(populations, 1)
    return Design(share[strata], strata, names, notes=tuple(notes))


def _two_levels(  # noqa: PLR0913 - of the strata
    frame: Frame,
    n: int,
    options: SampleOptions,
    *,
    strata: NDArray[np.int64],
    names: tuple[str, ...],
    populations: NDArray[np.int64],
    spreads: Floats | None,
    notes: list[str],
) -> NDArray[np.int64]:
    """Divide the sample among children, and each child's among its strata."""
    child = frame.child_indices()
    sizes = np.ones(len(frame)) if spreads is None else spreads[strata]
    per_child, more = _per_child(frame, child, n, sizes, options)
    notes.extend(more)
    owner = np.zeros(len(names), np.int64)
    owner[strata] = child
    counts = np.zeros(len(names), np.int64)
    for c in np.flatnonzero(per_child):
        own = np.flatnonzero(owner == c)
        counts[own] = allocate(
            int(per_child[c]),
            populations[own],
            None if spreads is None else spreads[own],
            minimum=min(_FEWEST, int(per_child[c]) // len(own)),
        )
    return counts


def _strata(
    frame: Frame, kinds: list[str], options: SampleOptions
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    keys: list[tuple[NDArray[np.int64], list[str]]] = []
    for kind in kinds:
        if kind == "child":
            names = ["/".join(filter(None, pair)) for pair in frame.children]
            keys.append((frame.child_indices(), names))
        elif kind == "level":
            level = levels(size_of(frame, options.size, options.floor), options.levels)
            keys.append((level, [f"level{i}" for i in range(options.levels)]))
        elif kind == "class":
            if frame.unit != "clips":
                raise ConfigError("Only clips have classes.", hint="Use --strata level.")
            label = frame.values["label"].astype(np.int64)
            keys.append((np.where(label < 0, len(CLASSES), label), [*CLASSES, "other"]))
        else:
            raise ConfigError(f"There are no strata {kind!r}.", hint="Use child, level or class.")
    joint = np.zeros(len(frame), np.int64)
    for index, labels in keys:
        joint = joint * len(labels) + index
    used, strata = np.unique(joint, return_inverse=True)
    names_of = []
    for value in used.tolist():
        parts, rest = [], value
        for _, labels in reversed(keys):
            rest, at = divmod(rest, len(labels))
            parts.append(labels[at])
        names_of.append("|".join(reversed(parts)))
    return strata.astype(np.int64), tuple(names_of)


def _spreads(sizes: Floats, strata: NDArray[np.int64], n: int) -> Floats:
    """Standard deviation of z within each stratum, if it is proportional to the sizes."""
    counts = np.maximum(np.bincount(strata, minlength=n), 1)
    spreads: Floats = np.sqrt(np.bincount(strata, weights=sizes**2, minlength=n) / counts)
    return spreads


#: Functions that make the designs with known inclusion probabilities, by name of the sampler.
DESIGNS: Final[dict[str, Callable[[Frame, int, SampleOptions], Design]]] = {
    "random": random_design,
    "stratified": stratified_design,
    "pps": pps_design,
    "expected-gain": gain_design,
}
