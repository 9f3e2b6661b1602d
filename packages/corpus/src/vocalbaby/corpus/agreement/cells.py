"""Everything that is added up over a recording, in cells of blocks and hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.matching import match_segments
from vocalbaby.corpus.agreement.settings import AgreementConfig
from vocalbaby.corpus.agreement.stretches import Spans, clip_track, intersect, is_within, merge
from vocalbaby.corpus.agreement.time_units import error_seconds, unit_confusions
from vocalbaby.corpus.agreement.tracks import Track

__all__ = ["Cells", "band_of", "cells_of", "join_cells"]

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sums of both sides in cells of time; k is the number of classes.

    Attributes:
        hour: Hour of the clock of each cell, -1 where it is not known, intp, shape (n,).
        block: Number of the block, intp, shape (n,).
        seconds: Seconds that are compared, float64, shape (n,).
        units: Confusion of time units, float64, shape (n, k + 1, k + 1).
        errors: Seconds of errors, float64, shape (n, 8).
        segments: Confusion of segments, whose last row has those that only the other side has
            and whose last column those that only the reference has, float64, shape (n, k + 1,
            k + 1).
        snr_units: Units within segments of the reference of each band of signal-to-noise ratio,
            float64, shape (bands, n, k + 1, k + 1).
        snr_segments: Segments of the reference in each band, float64, shape (bands, n, k + 1,
            k + 1).
        shifts: Onset and offset of the other side minus those of the reference in matched
            pairs whose ends are both within the stretches, float64, shape (m, 2).
        shift_cell: Cell of each pair, intp, shape (m,).
    """

    hour: Integers
    block: Integers
    seconds: Floats
    units: Floats
    errors: Floats
    segments: Floats
    snr_units: Floats
    snr_segments: Floats
    shifts: Floats
    shift_cell: Integers

    @property
    def n(self) -> int:
        """Number of cells."""
        return int(self.seconds.size)


def band_of(values: Floats, limits: Sequence[float]) -> Integers:
    """Return the number of the band of each value, -1 for NaN.

    Args:
        values: float64, shape (n,).
        limits: Limits of the bands, which increase.

    Returns:
        intp, shape (n,).

    Examples:
        >>> band_of(np.array([-3.0, 0.0, 9.0, np.nan]), [0, 10]).tolist()
        [0, 1, 1, -1]
    """
    found = np.searchsorted(np.asarray(limits, float), values, "right")
    return np.where(np.isnan(values), -1, found).astype(np.intp)


def cells_of(  # noqa: PLR0913 - options by name
    reference: Track,
    other: Track,
    within: Spans,
    n_classes: int,
    config: AgreementConfig,
    *,
    clock: datetime | None = None,
    snr: Floats | None = None,
    junk: int = -1,
) -> Cells:
    """Add up a recording.

    Args:
        reference: Segments of the reference.
        other: Segments of the other side.
        within: The stretches that are compared, float64, shape (n, 2).
        n_classes: Number of classes.
        config: Settings.
        clock: Clock time at which the recording starts.
        snr: Signal-to-noise ratio of each segment of the reference in dB, float64, shape (m,).
        junk: Number of the class that is no infant sound for errors of detection; -1 for none.

    Returns:
        The sums.

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> a, b = track_of([(0, 2, "A")], ["A"]), track_of([(0, 1.5, "A")], ["A"])
        >>> cells = cells_of(a, b, np.array([[0.0, 600.0]]), 1, AgreementConfig())
        >>> cells.seconds.tolist(), cells.segments[0].tolist(), cells.shifts.tolist()
        ([300.0, 300.0], [[1.0, 0.0], [0.0, 0.0]], [[0.0, -0.5]])
    """
    cuts = _cell_cuts(within, config.block_s, clock)
    n, k = max(cuts.size - 1, 0), n_classes
    bands = 0 if snr is None else len(config.snr_bands) + 1
    if n == 0:
        empty = np.zeros((0, k + 1, k + 1))
        banded, none = np.zeros((bands, 0, k + 1, k + 1)), np.empty(0, np.intp)
        return Cells(none, none, np.zeros(0), empty, np.zeros((0, 8)), empty, banded, banded,
                     np.empty((0, 2)), none)  # fmt: skip
    units = unit_confusions(
        reference, other, within=within, cell_cuts=cuts, unit_s=config.unit_s, n_classes=k
    )
    heard = [track.select(track.kind != junk) for track in (reference, other)]
    errors = error_seconds(
        heard[0], heard[1], within=within, cell_cuts=cuts, collar_s=config.collar_s, n_classes=k
    )
    (a, of_a), (b, of_b) = clip_track(reference, within), clip_track(other, within)
    pairs = match_segments(a, b, config.iou)
    partner = np.full(a.size, k, np.intp)
    partner[pairs[:, 0]] = b.kind[pairs[:, 1]]
    cell_a, cell_b = (_cell((t.onset + t.offset) / 2, cuts) for t in (a, b))
    segments = np.zeros((n, k + 1, k + 1))
    np.add.at(segments, (cell_a, a.kind, partner), 1)
    alone = np.setdiff1d(np.arange(b.size), pairs[:, 1])
    np.add.at(segments, (cell_b[alone], np.full(alone.size, k), b.kind[alone]), 1)
    snr_units, snr_segments = np.zeros((2, bands, n, k + 1, k + 1))
    band = np.full(reference.size, -1) if snr is None else band_of(snr, config.snr_bands)
    for number in range(bands):
        own = reference.select(band == number)
        spans = intersect(within, merge(np.stack([own.onset, own.offset], axis=1)))
        snr_units[number] = unit_confusions(
            own, other, within=spans, cell_cuts=cuts, unit_s=config.unit_s, n_classes=k
        )
        chosen = band[of_a] == number
        np.add.at(snr_segments[number], (cell_a[chosen], a.kind[chosen], partner[chosen]), 1)
    shifts = np.stack(
        [
            b.onset[pairs[:, 1]] - a.onset[pairs[:, 0]],
            b.offset[pairs[:, 1]] - a.offset[pairs[:, 0]],
        ],
        axis=1,
    )
    whole = _is_whole(a, reference, of_a)[pairs[:, 0]] & _is_whole(b, other, of_b)[pairs[:, 1]]
    cell_within = _seconds(within, cuts)
    return Cells(
        _hours(cuts[:-1], clock),
        np.floor(cuts[:-1] / config.block_s + 1e-9).astype(np.intp),
        cell_within,
        units,
        errors,
        segments,
        snr_units,
        snr_segments,
        shifts[whole],
        cell_a[pairs[:, 0]][whole],
    )


def _is_whole(part: Track, track: Track, of: Integers) -> NDArray[np.bool_]:
    same = (part.onset == track.onset[of]) & (part.offset == track.offset[of])
    return np.asarray(same)


def _cell(times: Floats, cuts: Floats) -> Integers:
    return np.clip(np.searchsorted(cuts, times, "right") - 1, 0, cuts.size - 2).astype(np.intp)


def _cell_cuts(within: Spans, block_s: float, clock: datetime | None) -> Floats:
    """Begin of each cell that has compared time, and the end of the last one."""
    if not len(within):
        return np.empty(0)
    first, last = float(within[0, 0]), float(within[-1, 1])
    cuts = [np.arange(np.floor(first / block_s), np.ceil(last / block_s) + 1) * block_s]
    if clock is not None:
        to_hour = 3600 - (clock.minute * 60 + clock.second + clock.microsecond / 1e6)
        cuts.append(np.arange(to_hour % 3600, last, 3600.0))
    found: Floats = np.unique(np.clip(np.concatenate(cuts), first, last))
    return found


def _hours(begins: Floats, clock: datetime | None) -> Integers:
    if clock is None:
        return np.full(begins.size, -1, np.intp)
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    return (np.floor((begins + seconds) / 3600 + 1e-9) % 24).astype(np.intp)


def _seconds(within: Spans, cuts: Floats) -> Floats:
    ends = np.unique(np.r_[cuts, within.ravel()])
    inside = is_within(ends[:-1], within)
    found = np.zeros(cuts.size - 1)
    np.add.at(found, _cell(ends[:-1][inside], cuts), np.diff(ends)[inside])
    return found


def join_cells(parts: Sequence[Cells]) -> Cells:
    """Put the cells of recordings one after another.

    Args:
        parts: Cells of each recording, at least one.

    Returns:
        The cells of all recordings.

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> none = track_of([], ["A"])
        >>> one = cells_of(none, none, np.array([[0.0, 60.0]]), 1, AgreementConfig())
        >>> join_cells([one, one]).seconds.tolist()
        [60.0, 60.0]
    """
    begins = np.cumsum([0, *(part.n for part in parts)])
    added = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("hour", "block", "seconds", "units", "errors", "segments")
    )
    hour, block, seconds, units, errors, segments = added
    return Cells(
        hour,
        block,
        seconds,
        units,
        errors,
        segments,
        np.concatenate([part.snr_units for part in parts], axis=1),
        np.concatenate([part.snr_segments for part in parts], axis=1),
        np.concatenate([part.shifts for part in parts]),
        np.concatenate([p.shift_cell + b for p, b in zip(parts, begins[:-1], strict=True)]),
    )
