"""Figures of timelines, with intervals."""

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError
from vocalbaby.summary.config import SummaryConfig
from vocalbaby.summary.confusion import ConfusionTable
from vocalbaby.summary.correction import Correction, Draws, draws_of
from vocalbaby.summary.events import UNCLASSIFIED
from vocalbaby.summary.grid import Grid, grid_of
from vocalbaby.summary.metrics import METRICS, figures
from vocalbaby.summary.pooling import draw_children
from vocalbaby.summary.rare import unheard_bouts
from vocalbaby.summary.sampling import is_sample, sampling_of, tails
from vocalbaby.summary.units import BY, By, Member, Unit, check_by, child_key, members_of

__all__ = ["Estimate", "Figures", "Summary", "summarize", "summarize_grids"]

#: What is missing where a kind of unit has no row.
_LACK: Final[dict[By, str]] = {
    "recording": "there is no recorded time",
    "child": "no recording has a child",
    "hour": "there is no recorded time",
    "age": "no recording has the age of its child",
}

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval.

    Attributes:
        value: The figure; None where it has no value, as a proportion of nothing.
        low: Lower end of the interval; None without an interval.
        high: Upper end of the interval; None without an interval.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=3600.0)
        >>> (row,) = summary.summarize(day, by=["recording"]).figures
        >>> cries = row.given["cry_voc_chi_ph"]
        >>> cries.value, cries.low < 1 < cries.high
        (1.0, True)
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a unit.

    Attributes:
        unit: What they are about.
        recordings: Number of recordings.
        observed_s: Seconds of sound.
        given: Figures of the segments as they are, by the names in `METRICS`. Their intervals
            contain sampling only.
        corrected: Figures that are corrected for the classifier's errors, with intervals that
            contain these; None where they cannot be corrected.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=3600.0)
        >>> (row,) = summary.summarize(day, by=["recording"]).figures
        >>> row.unit.recording_id, row.observed_s, row.given["cry_voc_dur_chi"].value
        ('day1', 3600.0, 2000.0)
    """

    unit: Unit
    recordings: int
    observed_s: float
    given: Mapping[str, Estimate]
    corrected: Mapping[str, Estimate] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """The result of `summarize`.

    Attributes:
        figures: One entry for each unit, in the order of the kinds of units.
        warnings: What a reader of the figures should know.
        config: The settings.
        model_version: Version of the model in the confusion table; empty without one.
        grids: The binned recordings, for drawings.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Timeline
        >>> found = summary.summarize(Timeline("day1"), by=["recording"])
        >>> len(found.figures), found.warnings[0][:40]
        (1, 'The duration of day1 is not known: the l')
    """

    figures: tuple[Figures, ...]
    warnings: tuple[str, ...]
    config: SummaryConfig
    model_version: str
    grids: tuple[Grid, ...]


def summarize(
    timelines: Timeline | Iterable[Timeline],
    *,
    by: Sequence[str] = BY,
    confusion: ConfusionTable | None = None,
    config: SummaryConfig | None = None,
) -> Summary:
    """Compute figures of recordings, children, hours and ages, with intervals.

    Args:
        timelines: Segments of one recording or of several.
        by: Kinds of units: ``recording``, ``child``, ``hour``, ``age``.
        confusion: Errors of the model that made the segments. Recordings of another version
            of the model are not corrected. Without a table nothing is.
        config: Settings; by default those of `SummaryConfig`.

    Returns:
        The figures and remarks on them.

    Raises:
        DataError: Two timelines are of the same recording.
        ConfigError: A kind of unit is not known.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> cries = [Segment(60.0 * i, 60.0 * i + 1.5, "Crying") for i in range(120)]
        >>> day = Timeline("day1", tuple(cries), duration_s=7200.0)
        >>> (row,) = summary.summarize(day, by=["recording"]).figures
        >>> cries = row.given["cry_voc_chi"]
        >>> cries.value, cries.low, round(cries.high), row.given["cry_voc_chi_ph"].value
        (120.0, 120.0, 123, 60.0)
        >>> row.given["cp_n"]
        Estimate(value=None, low=None, high=None)
    """
    kinds = check_by(by)
    config = config or SummaryConfig()
    given = (timelines,) if isinstance(timelines, Timeline) else tuple(timelines)
    grids = tuple(grid_of(timeline, config) for timeline in given)
    return summarize_grids(grids, kinds, confusion, config)


def summarize_grids(
    grids: tuple[Grid, ...],
    kinds: Sequence[By],
    confusion: ConfusionTable | None,
    config: SummaryConfig,
) -> Summary:
    """Compute the figures of binned recordings; see `summarize`."""
    _refuse_twice(grids)
    correction, warnings = Correction.prepare(grids, confusion, config)
    warnings += _remarks(grids)
    rows = [
        _figures(unit, members, correction, config)
        for kind in kinds
        for unit, members in members_of(grids, kind)
    ]
    for kind in kinds:
        if grids and not any(row.unit.by == kind for row in rows):
            warnings.append(f"There are no figures by {kind}: {_LACK[kind]}.")
    version = confusion.model_version if confusion else ""
    return Summary(tuple(rows), tuple(warnings), config, version, grids)


def _refuse_twice(grids: Sequence[Grid]) -> None:
    seen: set[tuple[str, str]] = set()
    for grid in grids:
        key = (grid.child.corpus if grid.child else "", grid.recording_id)
        if key in seen:
            raise DataError(
                f"The recording {grid.recording_id} occurs twice.",
                hint="Name one file of annotations for each recording.",
            )
        seen.add(key)


def _remarks(grids: Sequence[Grid]) -> list[str]:
    found = []
    if unknown := [g.recording_id for g in grids if not g.duration_known]:
        found.append(
            f"The duration of {_names(unknown)} is not known: the last segment ends it, so "
            "figures per hour are too high."
        )
    if bare := [g.recording_id for g in grids if (g.events.kind == UNCLASSIFIED).any()]:
        found.append(
            f"Vocalizations of {_names(bare)} have no class: they are in no figure of a class."
        )
    if others := [g.recording_id for g in grids if g.events.others]:
        number = sum(grid.events.others for grid in grids)
        found.append(f"Segments of other speakers in {_names(others)} are not counted: {number}.")
    return found


def _names(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _figures(
    unit: Unit, members: Sequence[Member], correction: Correction, config: SummaryConfig
) -> Figures:
    children = _by_child(members)
    seed = (config.seed, zlib.crc32(repr(unit).encode()))
    several = config.sampling and is_sample(len(children))
    within = config.model_copy(update={"sampling": False}) if several else config
    parts = [
        draws_of(own, correction, within, ((*seed, 0), (*seed, index)), bouts)
        for index, (own, bouts) in enumerate(zip(children, unheard_bouts(children), strict=True), 1)
    ]
    if several:
        parts = [draw_children(parts, unheard_bouts([members])[0], (*seed, 3))]
    observed = sum(part.observed for part in parts)
    lengths = [part.blocks for part in parts]
    blocks = sum(lengths) if all(lengths) else 0.0
    given = _estimates([part.given for part in parts], observed, blocks, config)
    corrected = None
    if all(part.corrected is not None for part in parts) and parts:
        corrected = _estimates(
            [p.corrected for p in parts if p.corrected], observed, blocks, config
        )
    return Figures(unit, len(members), observed, given, corrected)


def _by_child(members: Sequence[Member]) -> list[list[Member]]:
    found: dict[object, list[Member]] = {}
    for member in members:
        key = child_key(member.grid) or member.grid.recording_id
        found.setdefault(key, []).append(member)
    return list(found.values())


def _estimates(
    parts: Sequence[Draws], observed: float, blocks: float, config: SummaryConfig
) -> dict[str, Estimate]:
    values = _array([p.counts for p in parts], [p.seconds for p in parts], observed)
    if not blocks or parts[0].is_fixed:
        return {
            name: Estimate(v if math.isfinite(v) else None)
            for name, v in zip(METRICS, values.tolist(), strict=True)
        }
    drawn = _array([p.drawn_counts for p in parts], [p.drawn_seconds for p in parts], observed)
    lows, highs = tails(config.level, blocks, *sampling_of(_left_out(parts, observed), drawn))
    found = {}
    for index, name in enumerate(METRICS):
        value, draws = float(values[index]), drawn[:, index]
        draws = draws[np.isfinite(draws)]
        if not math.isfinite(value):
            found[name] = Estimate(None)
        elif not draws.size:
            found[name] = Estimate(value)
        else:
            low, high = np.quantile(draws, [lows[index], highs[index]])
            # A ratio of means is not the mean of ratios, and a total of zero has draws above it.
            found[name] = Estimate(value, min(float(low), value), max(float(high), value))
    return found


def _left_out(parts: Sequence[Draws], observed: float) -> Floats:
    """Figures of the unit without each block of each child in turn."""
    found = []
    for own in parts:
        others = [part for part in parts if part is not own]
        counts = own.left_out_counts + sum(part.counts for part in others)
        seconds = own.left_out_seconds + sum(part.seconds for part in others)
        found.append(_array([counts], [seconds], observed))
    return np.concatenate(found)


def _array(counts: Sequence[Floats], seconds: Sequence[Floats], observed: float) -> Floats:
    """Figures of the sum of children's totals; the last axis is that of `METRICS`."""
    values = figures(np.sum(counts, axis=0), np.sum(seconds, axis=0), np.array(observed))
    return np.stack([values[name] for name in METRICS], axis=-1)
