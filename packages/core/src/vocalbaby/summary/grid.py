"""Counts and seconds of a recording in bins of a minute, which the clock's hours divide."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.timeline import Child, Timeline
from vocalbaby.summary.config import BIN_S, SummaryConfig
from vocalbaby.summary.events import UNCLASSIFIED, Events, bouts_of, events_of, unheard

__all__ = ["BOUTS", "COLUMNS", "Grid", "binned", "grid_of"]

#: Column of cry bouts, after those of the five classes and of unclassified vocalizations.
BOUTS = UNCLASSIFIED + 1
COLUMNS = BOUTS + 1

Floats = NDArray[np.floating[Any]]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A recording, binned.

    Attributes:
        recording_id: Name of the recording.
        child: The child; None when not known.
        model_version: Version of the model that made the segments; empty when not known.
        listener: Checksum of the listener that heard the recording as well; empty without one.
        start: Clock time of the recording's start; None when not known.
        duration_known: Whether the timeline has its duration. Else the last segment ends it.
        first: Begin of the first bin in seconds, at most 0.
        observed: Seconds of sound in each bin, shape (n_bins,).
        counts: Segments that begin in each bin, shape (n_bins, 7): the five classes, unclassified
            vocalizations, cry bouts.
        seconds: Their seconds in each bin.
        hours: Number of the hour of each bin: of the clock, counted from the first, or of the
            recording.
        events: The segments.
        bin_of: The bin in which each segment begins.
    """

    recording_id: str
    child: Child | None
    model_version: str
    listener: str
    start: datetime | None
    duration_known: bool
    first: float
    observed: Floats
    counts: Floats
    seconds: Floats
    hours: NDArray[np.intp]
    events: Events
    bin_of: NDArray[np.intp]

    def clock(self, hour: int) -> datetime | None:
        """Begin of an hour on the clock; None when the clock is not known."""
        if self.start is None:
            return None
        return self.start.replace(minute=0, second=0, microsecond=0) + hour * _HOUR


def grid_of(timeline: Timeline, config: SummaryConfig) -> Grid:
    """Bin a timeline.

    A segment is counted where it begins; its seconds are divided among the bins. Segments
    beyond the end of the recording, which rounding of times makes, count in the last bin.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(50, 80, "Crying"),), duration_s=100.0)
        >>> grid = grid_of(day, SummaryConfig())
        >>> grid.observed.tolist(), grid.seconds[:, 2].tolist()
        ([60.0, 40.0], [10.0, 20.0])
    """
    end = timeline.duration_s
    if end is None:
        end = max((segment.offset_s for segment in timeline.segments), default=0.0)
    return binned(timeline, events_of(timeline), max(end, 0.0), config)


def binned(timeline: Timeline, events: Events, end: float, config: SummaryConfig) -> Grid:
    """Bin the events of a timeline, whose own segments are only asked for gaps of the sound.

    Args:
        timeline: What is known of the recording.
        events: Its segments.
        end: End of the recording in seconds.
        config: Settings of bouts.
    """
    start = timeline.clock_start
    into_hour = 0.0 if start is None else start.minute * 60 + start.second + start.microsecond / 1e6
    first = -(into_hour % BIN_S)
    n_bins = max(int(np.ceil((end - first) / BIN_S - 1e-9)), int(events.onset.size > 0))
    edges = first + BIN_S * np.arange(n_bins + 1)
    observed = _divided(np.array([[0.0, end]]), edges)
    observed = np.maximum(observed - _divided(unheard(timeline).clip(0.0, end), edges), 0.0)
    bouts = bouts_of(events, config.bout_gap_s, config.bout_min_s)
    counts, seconds = np.zeros((n_bins, COLUMNS)), np.zeros((n_bins, COLUMNS))
    spans = np.stack([events.fresh, events.offset], axis=1)
    for column in range(COLUMNS):
        own = events.kind == column
        onsets = bouts[:, 0] if column == BOUTS else events.onset[own]
        counts[:, column] = np.bincount(_bins(onsets, first, n_bins), minlength=n_bins)
        seconds[:, column] = _divided(bouts if column == BOUTS else spans[own], edges)
    return Grid(
        timeline.recording_id,
        timeline.child,
        timeline.attributes.get("model_version", ""),
        timeline.attributes.get("listener_sha256", ""),
        start,
        timeline.duration_s is not None,
        first,
        observed,
        counts,
        seconds,
        ((edges[:-1] + into_hour + 1e-6) // 3600.0).astype(np.intp),
        events,
        _bins(events.onset, first, n_bins),
    )


def _bins(times: Floats, first: float, n_bins: int) -> NDArray[np.intp]:
    if not n_bins:
        return np.zeros(0, np.intp)
    return ((times - first) // BIN_S).astype(np.intp).clip(0, n_bins - 1)


def _divided(spans: Floats, edges: Floats) -> Floats:
    """Divide disjoint stretches among bins; what is outside goes to the first and last one."""
    if edges.size < 2:
        return np.zeros(0)
    lengths = spans[:, 1] - spans[:, 0]
    # The covered time up to each edge, by interpolation between begins and ends of stretches.
    times = spans.ravel()
    covered = np.stack([np.cumsum(lengths) - lengths, np.cumsum(lengths)], axis=1).ravel()
    if not times.size:
        return np.zeros(edges.size - 1)
    cumulated = np.interp(edges, times, covered)
    cumulated[0], cumulated[-1] = 0.0, covered[-1]
    return np.diff(cumulated)
