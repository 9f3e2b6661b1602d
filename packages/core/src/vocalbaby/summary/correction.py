"""Totals of a child's recordings and draws of them: sampling and the classifier's error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.summary.config import SummaryConfig
from vocalbaby.summary.confusion import ConfusionTable
from vocalbaby.summary.errors import ErrorModel
from vocalbaby.summary.events import UNCLASSIFIED
from vocalbaby.summary.grid import BOUTS, COLUMNS, Grid
from vocalbaby.summary.provenance import of_the_table
from vocalbaby.summary.quantification import invert, reweigh
from vocalbaby.summary.rare import add_unheard
from vocalbaby.summary.sampling import are_days, block_bins, day_rows, weight_rows
from vocalbaby.summary.units import Member, child_key

__all__ = ["Correction", "Draws", "draws_of"]

Floats = NDArray[np.floating[Any]]
Seed = tuple[int, ...]
_K = len(CLASSES)
_JUNK = CLASSES.index("Junk")


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Totals by column of a grid, and draws of them.

    Attributes:
        counts: Numbers of segments, shape (7,).
        seconds: Their seconds, shape (7,).
        drawn_counts: Draws of the numbers, shape (n, 7).
        drawn_seconds: Draws of the seconds, shape (n, 7).
        left_out_counts: The numbers without each block in turn, shape (n_blocks, 7).
        left_out_seconds: The seconds without each block in turn, shape (n_blocks, 7).
        is_fixed: The draws are all alike, since there is nothing that varies.
    """

    counts: Floats
    seconds: Floats
    drawn_counts: Floats
    drawn_seconds: Floats
    left_out_counts: Floats
    left_out_seconds: Floats
    is_fixed: bool = False

    @classmethod
    def of(cls, counts: Floats, seconds: Floats, draws: int, *, is_fixed: bool = False) -> "Draws":
        """Divide arrays whose rows are the totals, draws of them, and those without a block."""
        drawn, left_out = slice(1, 1 + draws), slice(1 + draws, None)
        totals = counts[0], seconds[0], counts[drawn], seconds[drawn]
        return cls(*totals, counts[left_out], seconds[left_out], is_fixed)


@dataclass(frozen=True, slots=True, eq=False)
class ChildDraws:
    """Totals of one child in a unit.

    Attributes:
        observed: Seconds of sound.
        blocks: Number of blocks of the bootstrap; infinite without sampling, 0 where the
            recordings are too short.
        given: Of the segments as they are.
        corrected: Corrected ones; None where there is no correction.
    """

    observed: float
    blocks: float
    given: Draws
    corrected: Draws | None


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What corrects the totals.

    Attributes:
        errors: Errors of numbers of segments and of seconds; None without a table.
        prior: Frequencies of the classes to which probabilities were calibrated.
        corrected: Recordings that are corrected.
    """

    errors: tuple[ErrorModel, ErrorModel] | None = None
    prior: tuple[float, ...] = ()
    corrected: frozenset[int] = frozenset()

    @classmethod
    def prepare(
        cls, grids: Sequence[Grid], table: ConfusionTable | None, config: SummaryConfig
    ) -> "tuple[Correction, list[str]]":
        """Choose the recordings that a table corrects, and say why others are not."""
        if table is None:
            return cls(), []
        try:
            errors = ErrorModel.of(table), ErrorModel.of(table, seconds=True)
        except DataError as error:
            return cls(), [f"Nothing is corrected for the classifier's errors: {error.message}"]
        chosen, warnings = of_the_table(grids, table, assume_model=config.assume_model)
        with_junk = {child_key(g) or g for g in chosen if g.counts[:, _JUNK].any()}
        if lacking := [
            g for g in chosen if g.events.onset.size and (child_key(g) or g) not in with_junk
        ]:
            warnings.append(
                f"{lacking[0].recording_id} has no segments of Junk, which the correction needs, "
                "so it is not corrected."
            )
            chosen = [grid for grid in chosen if grid not in lacking]
        if config.method == "em":
            if table.prior is None:
                raise DataError(
                    "The method em needs the prior of the probabilities in the confusion table.",
                    hint="Add it to the JSON, or use the method matrix.",
                )
            if lacking := [g for g in chosen if np.isnan(_classed(g)).any()]:
                warnings.append(
                    f"{lacking[0].recording_id} has segments without probabilities, so it is "
                    "not corrected by the method em."
                )
                chosen = [grid for grid in chosen if grid not in lacking]
        warnings += _limits(grids, chosen, table)
        return cls(errors, table.prior or (), frozenset(map(id, chosen))), warnings


def _limits(grids: Sequence[Grid], chosen: Sequence[Grid], table: ConfusionTable) -> list[str]:
    """Say what the reader of corrected figures should know."""
    found = []
    if unnamed := [g for g in grids if not g.model_version and g not in chosen]:
        more = f" and {len(unnamed) - 1} more" if unnamed[1:] else ""
        found.append(
            f"Not corrected, since the model of their segments is not known: "
            f"{unnamed[0].recording_id}{more}."
        )
    if chosen and table.source:
        found.append(f"What the correction was measured on: {table.source}")
    if len(table.groups) < 2:
        found.append("The confusion table has one group, so intervals lack how children differ.")
    if any((grid.events.kind == UNCLASSIFIED).any() for grid in chosen):
        found.append("Corrected figures leave out vocalizations without a class.")
    return found


def _classed(grid: Grid) -> Floats:
    return grid.events.probabilities[grid.events.kind < UNCLASSIFIED]


def draws_of(
    members: Sequence[Member],
    correction: Correction,
    config: SummaryConfig,
    seeds: tuple[Seed, Seed],
    bouts: Floats,
) -> ChildDraws:
    """Compute and draw the totals of one child's recordings in a unit.

    Args:
        members: The recordings, or their parts in the unit. Blocks are drawn from all of them,
            or, where there are many long ones, whole recordings.
        correction: What corrects the totals.
        config: Settings.
        seeds: Seed of what all children of the unit have in common, and of this child.
        bouts: Segments that an unheard bout adds to each column, shape (7,).
    """
    rng = np.random.default_rng((*seeds[1], 2))
    counts, seconds, observed = (
        np.concatenate(v) for v in zip(*map(_binned, members), strict=True)
    )
    sizes, draws, total = [m.bins.size for m in members], config.draws, float(observed.sum())
    length = block_bins(sizes, config.block_s) if config.sampling else 0
    sampled, days = length > 0, length > 0 and are_days(sizes, config.block_s)
    rows = day_rows(sizes, draws, rng) if days else weight_rows(len(observed), length, draws, rng)
    held = [np.concatenate([*rows])] if config.method == "em" else []
    columns = np.concatenate([counts, seconds, observed[:, None]], axis=1)
    totals = np.concatenate([row @ columns for row in held or rows])
    # Draws of other observed time are scaled to that of the unit, so that rates are compared.
    heard = totals[:, -1:]
    scale = np.where(heard > 0, total / np.where(heard > 0, heard, 1.0), 1.0)
    counts, seconds = np.split(totals[:, :-1] * scale, 2, axis=1)
    if sampled:
        add_unheard(counts[1 : 1 + draws], seconds[1 : 1 + draws], bouts, (*seeds[0], 2))
    given = Draws.of(counts, seconds, draws, is_fixed=not sampled)
    blocks = observed.size / length if sampled else 0.0 if config.sampling else math.inf
    blocks = len(sizes) if days else blocks
    errors = correction.errors
    if errors is None or not all(id(m.grid) in correction.corrected for m in members):
        return ChildDraws(total, blocks, given, None)
    grid = members[0].grid
    child = (config.seed, crc32(repr(child_key(grid) or grid.recording_id).encode()))
    drawn = [_matrices(e, draws, (config.seed, 0), child) for e in errors]
    left_out = counts.shape[0] - len(drawn[0])
    matrices = [np.concatenate([m, np.repeat(m[:1], left_out, axis=0)]) for m in drawn]
    if config.method == "em":
        parts = _by_probabilities(members, held[0], scale, matrices, correction.prior)
    else:
        each = (None, None) if sampled else (1.0, _seconds_per_event(members))
        parts = [
            _inverted(values[:, :_K], matrix, rng, events=events)
            for values, matrix, events in zip((counts, seconds), matrices, each, strict=True)
        ]
    full = [_with_bouts(part) for part in parts]
    return ChildDraws(total, blocks, given, Draws.of(full[0], full[1], draws))


@lru_cache(maxsize=64)
def _matrices(errors: ErrorModel, draws: int, table_seed: Seed, child_seed: Seed) -> Floats:
    """Error matrices of the mean child and of draws, the same ones for all units of a child."""
    return np.concatenate([errors.mean()[None], errors.draw(draws, table_seed, child_seed)])


def _binned(member: Member) -> tuple[Floats, Floats, Floats]:
    grid, bins = member.grid, member.bins
    return grid.counts[bins], grid.seconds[bins], grid.observed[bins]


def _with_bouts(values: Floats) -> Floats:
    """Add the columns that are not corrected: none is unclassified, and bouts have no value."""
    full = np.zeros((values.shape[0], COLUMNS))
    full[:, :_K] = values
    full[:, BOUTS] = np.nan
    return full


def _inverted(
    values: Floats, matrices: Floats, rng: np.random.Generator, *, events: float | None
) -> Floats:
    """Correct totals and their draws.

    Args:
        values: The totals, draws of them, and those without a block, shape (n, 5).
        matrices: Errors of the classifier, shape (n, 5, 5).
        rng: Source of the draws.
        events: How much one segment adds, where sampling is not drawn: the draws are then
            of the classes that the same segments might have been given.
    """
    if events is None:
        return invert(values, matrices)
    best = invert(values[:1], matrices[:1])[0]
    noise = np.zeros_like(values)
    for true in range(_K):
        number = round(best[true] / events)
        shares = matrices[1:, :, true]
        rest = np.maximum(1.0 - shares.sum(axis=1, keepdims=True), 0.0)
        drawn = rng.multinomial(number, _normalised(np.concatenate([shares, rest], axis=1)))
        noise[1:] += events * (drawn[:, :_K] - number * shares)
    return invert(np.maximum(values + noise, 0.0), matrices)


def _normalised(shares: Floats) -> Floats:
    normalised: Floats = shares / shares.sum(axis=1, keepdims=True)
    return normalised


def _seconds_per_event(members: Sequence[Member]) -> float:
    """Seconds of a segment, in the mean over seconds, for the variance of sums of seconds."""
    lengths = np.concatenate([m.grid.events.offset - m.grid.events.fresh for m in members])
    return float((lengths**2).sum() / lengths.sum()) if lengths.sum() > 0 else 1.0


def _by_probabilities(
    members: Sequence[Member],
    weights: Floats,
    scale: Floats,
    matrices: Sequence[Floats],
    prior: Sequence[float],
) -> list[Floats]:
    """Correct by the EM algorithm on probabilities, and for misses by the confusion table."""
    pairs = [(member, _own(member)) for member in members]
    probabilities = np.concatenate([m.grid.events.probabilities[c] for m, c in pairs])
    lengths = np.concatenate([(m.grid.events.offset - m.grid.events.fresh)[c] for m, c in pairs])
    firsts = np.cumsum([0, *(m.bins.size for m in members)])
    bins = [
        first + np.searchsorted(m.bins, m.grid.bin_of[c])
        for (m, c), first in zip(pairs, firsts, strict=False)
    ]
    own = weights[:, np.concatenate(bins)]
    found = []
    for used, matrix in zip((own, own * lengths), matrices, strict=True):
        shares = reweigh(probabilities, np.array(prior), used)
        totals = np.nan_to_num(shares) * used.sum(axis=1, keepdims=True) * scale
        found.append(totals / np.maximum(matrix.sum(axis=1), 1e-9))
    return found


def _own(member: Member) -> NDArray[np.intp]:
    events = member.grid.events
    inside = np.isin(member.grid.bin_of, member.bins)
    return np.flatnonzero(inside & (events.kind < UNCLASSIFIED))
