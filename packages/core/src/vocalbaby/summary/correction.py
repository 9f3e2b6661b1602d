"""Totals of a child's recordings and draws of them: sampling and the classifier's error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.summary.config import SummaryConfig
from vocalbaby.summary.confusion import ConfusionTable
from vocalbaby.summary.errors import ErrorModel
from vocalbaby.summary.events import UNCLASSIFIED
from vocalbaby.summary.grid import BOUTS, COLUMNS, Grid
from vocalbaby.summary.quantification import invert, reweigh
from vocalbaby.summary.sampling import block_bins, block_weights
from vocalbaby.summary.units import Member

__all__ = ["Correction", "Draws", "draws_of"]

Floats = NDArray[np.floating[Any]]
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
        given: Of the segments as they are.
        corrected: Corrected ones; None where there is no correction.
    """

    observed: float
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
        warnings = []
        other = [g for g in grids if g.model_version not in ("", table.model_version)]
        warnings += [
            f"Segments of the model {version} are not corrected: the confusion table is of "
            f"{table.model_version}. Their intervals lack the classifier's error."
            for version in sorted({grid.model_version for grid in other})
        ]
        versions = {table.model_version, *([""] if config.assume_model else [])}
        chosen = [grid for grid in grids if grid.model_version in versions]
        if lacking := [g for g in chosen if g.events.onset.size and not g.counts[:, _JUNK].any()]:
            warnings.append(
                f"{lacking[0].recording_id} has no segments of Junk, which the correction needs, "
                "so it is not corrected."
            )
            chosen = [grid for grid in chosen if grid not in lacking]
        if len(table.groups) < 2:
            warnings.append(
                "The confusion table has one group, so intervals lack how children differ."
            )
        if any((grid.events.kind == UNCLASSIFIED).any() for grid in chosen):
            warnings.append("Corrected figures leave out vocalizations without a class.")
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
        return cls(errors, table.prior or (), frozenset(map(id, chosen))), warnings


def _classed(grid: Grid) -> Floats:
    return grid.events.probabilities[grid.events.kind < UNCLASSIFIED]


def draws_of(
    members: Sequence[Member],
    correction: Correction,
    config: SummaryConfig,
    rng: np.random.Generator,
) -> ChildDraws:
    """Compute and draw the totals of one child's recordings in a unit."""
    lengths = [block_bins(member.bins.size, config.block_s) for member in members]
    sampled = config.sampling and all(lengths)
    draws = config.draws
    blocks = [-(-m.bins.size // n) if sampled else 0 for m, n in zip(members, lengths, strict=True)]
    rows = 1 + draws + sum(blocks)
    counts, seconds = np.zeros((2, rows, COLUMNS))
    total, observed, weights_of = 0.0, np.zeros(rows), []
    for index, (member, length) in enumerate(zip(members, lengths, strict=True)):
        grid, bins = member.grid, member.bins
        weights = np.ones((rows, bins.size))
        if sampled:
            weights[1 : 1 + draws] = block_weights(bins.size, length, draws, rng)
            first = 1 + draws + sum(blocks[:index])
            weights[first : first + blocks[index]] = _without_blocks(bins.size, length)
        counts += weights @ grid.counts[bins]
        seconds += weights @ grid.seconds[bins]
        observed += weights @ grid.observed[bins]
        total += float(grid.observed[bins].sum())
        weights_of.append(weights)
    # Draws of other observed time are scaled to that of the unit, so that rates are compared.
    scale = np.where(observed > 0, total / np.where(observed > 0, observed, 1.0), 1.0)[:, None]
    counts, seconds = counts * scale, seconds * scale
    if sampled:
        _draw_none(counts[: 1 + draws], seconds[: 1 + draws], rng)
    given = Draws.of(counts, seconds, draws, is_fixed=not sampled)
    errors = correction.errors
    if errors is None or not all(id(m.grid) in correction.corrected for m in members):
        return ChildDraws(total, given, None)
    if config.method == "em":
        prior = correction.prior
        parts = _by_probabilities(members, weights_of, scale, errors, prior, draws, rng)
    else:
        each = (None, None) if sampled else (1.0, _seconds_per_event(members))
        parts = [
            _inverted(values[:, :_K], error, draws, rng, events=events)
            for values, error, events in zip((counts, seconds), errors, each, strict=True)
        ]
    full = [_with_bouts(part) for part in parts]
    return ChildDraws(total, given, Draws.of(full[0], full[1], draws))


def _without_blocks(n_bins: int, length: int) -> Floats:
    block = np.arange(n_bins) // length
    weights: Floats = (block != np.arange(block[-1] + 1)[:, None]).astype(float)
    return weights


def _draw_none(counts: Floats, seconds: Floats, rng: np.random.Generator) -> None:
    """Draw numbers of what did not occur, since a rate need not be zero.

    The rate of a Poisson process of which nothing was seen has an exponential posterior
    distribution under a uniform prior. Segments are as long as vocalizations are in the mean.
    """
    columns = np.flatnonzero(counts[0] == 0)
    drawn = rng.standard_exponential((counts.shape[0] - 1, columns.size))
    number = counts[0, :BOUTS].sum()
    counts[1:, columns] = drawn
    seconds[1:, columns] = drawn * (seconds[0, :BOUTS].sum() / number if number else 1.0)


def _with_bouts(values: Floats) -> Floats:
    """Add the columns that are not corrected: none is unclassified, and bouts have no value."""
    full = np.zeros((values.shape[0], COLUMNS))
    full[:, :_K] = values
    full[:, BOUTS] = np.nan
    return full


def _inverted(
    values: Floats,
    errors: ErrorModel,
    draws: int,
    rng: np.random.Generator,
    *,
    events: float | None,
) -> Floats:
    """Correct totals and their draws.

    Args:
        values: The totals, draws of them, and those without a block, shape (n, 5).
        errors: Errors of the classifier.
        draws: Number of draws.
        rng: Source of the draws.
        events: How much one segment adds, where sampling is not drawn: the draws are then
            of the classes that the same segments might have been given.
    """
    matrices = _matrices(errors, values.shape[0], draws, rng)
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


def _matrices(errors: ErrorModel, rows: int, draws: int, rng: np.random.Generator) -> Floats:
    """Error matrices of rows of totals: draws for the draws, and else the mean."""
    matrices = np.repeat(errors.mean()[None], rows, axis=0)
    matrices[1 : 1 + draws] = errors.draw(draws, rng)
    return matrices


def _normalised(shares: Floats) -> Floats:
    normalised: Floats = shares / shares.sum(axis=1, keepdims=True)
    return normalised


def _seconds_per_event(members: Sequence[Member]) -> float:
    """Seconds of a segment, in the mean over seconds, for the variance of sums of seconds."""
    lengths = np.concatenate([m.grid.events.offset - m.grid.events.fresh for m in members])
    return float((lengths**2).sum() / lengths.sum()) if lengths.sum() > 0 else 1.0


def _by_probabilities(
    members: Sequence[Member],
    weights_of: Sequence[Floats],
    scale: Floats,
    errors: Sequence[ErrorModel],
    prior: Sequence[float],
    draws: int,
    rng: np.random.Generator,
) -> list[Floats]:
    """Correct by the EM algorithm on probabilities, and for misses by the confusion table."""
    pairs = [(member, _own(member)) for member in members]
    probabilities = np.concatenate([m.grid.events.probabilities[c] for m, c in pairs])
    lengths = np.concatenate([(m.grid.events.offset - m.grid.events.fresh)[c] for m, c in pairs])
    weights = np.concatenate(
        [
            w[:, np.searchsorted(m.bins, m.grid.bin_of[c])]
            for (m, c), w in zip(pairs, weights_of, strict=True)
        ],
        axis=1,
    )
    found = []
    for own, model in zip((weights, weights * lengths), errors, strict=True):
        shares = reweigh(probabilities, np.array(prior), own)
        totals = np.nan_to_num(shares) * own.sum(axis=1, keepdims=True) * scale
        matrices = _matrices(model, own.shape[0], draws, rng)
        found.append(totals / np.maximum(matrices.sum(axis=1), 1e-9))
    return found


def _own(member: Member) -> NDArray[np.intp]:
    events = member.grid.events
    inside = np.isin(member.grid.bin_of, member.bins)
    return np.flatnonzero(inside & (events.kind < UNCLASSIFIED))
