"""The population from which stretches are drawn, with what a model predicts for each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.predictions import Predictions, RecordingInfo, predictions_of
from vocalbaby.corpus.sampling.units import COLUMNS, Unit, cells, columns_of, unit_times
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError

__all__ = ["Frame", "build_frame", "child_of", "without"]

Floats = NDArray[np.floating[Any]]
_NOTED: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """All stretches of all recordings, as columns, without the segments themselves.

    Attributes:
        unit: ``stretches``, which divide each recording, or ``clips``, its segments.
        recordings: The recordings, in the order of corpus, child and name.
        recording: Index of each unit's recording, int32, shape (n_units,).
        onset_s: Begin of each unit in seconds, float64, shape (n_units,).
        offset_s: End of each unit in seconds, float64, shape (n_units,).
        values: Predictions of each unit, float32, by name: ``segments`` (number of predicted
            vocalizations), ``seconds`` (of these), ``canonical`` and ``speech`` (expected numbers
            of canonical, and of canonical and non-canonical vocalizations), ``cc``, ``cm`` and
            ``mm`` (sums over segments of the squares and the product of both), ``entropy`` (in
            nats, summed over segments), ``label`` (index of the class of a clip, or -1) and
            ``probability`` (of that class, or NaN).
        length_s: Length of stretches in seconds.
        notes: What had to be assumed.
        excluded: Recording, begin and end in seconds of stretches that are not in the population.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(70.0, 71.0, "Canonical"),), duration_s=180.0)
        >>> frame = build_frame([day], length_s=60.0)
        >>> len(frame), frame.values["segments"].tolist()
        (3, [0.0, 1.0, 0.0])
    """

    unit: Unit
    recordings: tuple[RecordingInfo, ...]
    recording: NDArray[np.int32]
    onset_s: NDArray[np.float64]
    offset_s: NDArray[np.float64]
    values: dict[str, NDArray[np.float32]]
    length_s: float = 60.0
    notes: tuple[str, ...] = ()
    excluded: tuple[tuple[str, float, float], ...] = ()

    def __len__(self) -> int:
        return len(self.recording)

    @property
    def durations_s(self) -> NDArray[np.float64]:
        """Length of each unit in seconds, shape (n_units,)."""
        return self.offset_s - self.onset_s

    @property
    def children(self) -> tuple[tuple[str, str], ...]:
        """The children as pairs of corpus and name; a recording without one counts as a child."""
        return tuple(dict.fromkeys(map(child_of, self.recordings)))

    def child_indices(self) -> NDArray[np.int64]:
        """Find the child of each unit.

        Returns:
            Indices in `children`, int64, shape (n_units,).
        """
        index = {child: i for i, child in enumerate(self.children)}
        of_recording = np.array([index[child_of(each)] for each in self.recordings], np.int64)
        return of_recording[self.recording] if len(of_recording) else np.zeros(0, np.int64)

    def take(self, kept: NDArray[Any]) -> "Frame":
        """Return the frame of some of the units.

        Args:
            kept: Indices (int64), or a mask (bool) of shape (n_units,).

        Returns:
            The frame, in the order of the indices.
        """
        return replace(
            self,
            recording=self.recording[kept],
            onset_s=self.onset_s[kept],
            offset_s=self.offset_s[kept],
            values={name: column[kept] for name, column in self.values.items()},
        )

    def cells(self) -> NDArray[np.int64]:
        """Divide the units by a grid of predictions; units of a cell are alike.

        Returns:
            Cell of each unit, int64, shape (n_units,).
        """
        return cells(self.values, self.unit)


def child_of(recording: RecordingInfo) -> tuple[str, str]:
    """Pair of corpus and child, or the recording's name where the child is not known."""
    return recording.corpus, recording.child_id or f"recording {recording.recording_id}"


def build_frame(
    timelines: Iterable[Timeline | Predictions],
    *,
    unit: Unit = "stretches",
    length_s: float = 60.0,
    progress: Callable[[int], None] | None = None,
) -> Frame:
    """Make the population from timelines, which are read one after another.

    A recording is divided into stretches of the given length. What is left at its end is a stretch
    of its own if it is at least half as long, and else belongs to the last one. A segment
    belongs to the stretch in which it begins. Memory grows with the number of units only, 60 bytes
    for each, and twice as much while the columns are joined.

    Args:
        timelines: A timeline for each recording, also those without segments, or what
            `dataset_files.read_predictions` has read.
        unit: ``stretches``, or ``clips`` for segments with one of the five classes.
        length_s: Length of the stretches in seconds.
        progress: Called with the number of recordings after each.

    Returns:
        The frame, which does not depend on the order of the recordings.

    Raises:
        DataError: Two timelines are of the same recording, or a length is not positive.

    Examples:
        >>> frame = build_frame([Timeline("day1", duration_s=200.0)], length_s=60.0)
        >>> frame.offset_s.tolist()
        [60.0, 120.0, 200.0]
    """
    if not length_s > 0:
        raise DataError(f"Stretches of {length_s} s are impossible.")
    parts: dict[str, tuple[RecordingInfo, Floats, Floats, dict[str, NDArray[np.float32]]]] = {}
    assumed: list[str] = []
    for n, given in enumerate(timelines, 1):
        found = predictions_of(given) if isinstance(given, Timeline) else given
        name = found.info.recording_id
        if name in parts:
            raise DataError(f"Two timelines are of the recording {name}.")
        if not found.is_length_known:
            assumed.append(name)
        chosen, onsets, offsets = unit_times(found, unit, length_s)
        parts[name] = (found.info, onsets, offsets, columns_of(chosen, onsets, unit))
        if progress is not None:
            progress(n)
    ordered = sorted(parts.values(), key=lambda part: (*child_of(part[0]), part[0].recording_id))
    return _joined(unit, length_s, ordered, _notes(assumed, ordered))


def _notes(assumed: Sequence[str], parts: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    notes = []
    if assumed:
        notes.append(
            f"The duration of {_names(assumed)} is not known; the end of the last segment is "
            "taken for it."
        )
    if empty := [part[0].recording_id for part in parts if not len(part[1])]:
        notes.append(f"Nothing can be drawn from {_names(empty)}.")
    versions = sorted({part[0].model_version for part in parts} - {""})
    if len(versions) > 1:
        notes.append(f"Predictions are of several models: {', '.join(versions[:_NOTED])}.")
    return tuple(notes)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NOTED} more" if len(names) > _NOTED else ""
    count = f"{len(names)} recording{'s' if len(names) > 1 else ''}"
    return f"{count} ({', '.join(names[:_NOTED])}{more})"


def _joined(
    unit: Unit, length_s: float, parts: Sequence[tuple[Any, ...]], notes: tuple[str, ...]
) -> Frame:
    counts = [len(part[1]) for part in parts]
    values = {}
    for name in COLUMNS:  # one column at a time, so that few parts are held twice
        values[name] = _stack([part[3].pop(name) for part in parts], np.float32)
    return Frame(
        unit,
        tuple(part[0] for part in parts),
        np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        _stack([part[1] for part in parts], np.float64),
        _stack([part[2] for part in parts], np.float64),
        values,
        length_s,
        notes,
    )


def _stack(columns: Sequence[NDArray[Any]], kind: type[np.floating[Any]]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *columns]).astype(kind, copy=False)


def without(frame: Frame, stretches: Iterable[tuple[str, float, float]]) -> Frame:
    """Leave out the units that were annotated already.

    Args:
        frame: The population.
        stretches: Recording, begin and end in seconds of each annotated stretch. A unit that
            overlaps one is left out.

    Returns:
        The frame of the other units.
    """
    index = {info.recording_id: i for i, info in enumerate(frame.recordings)}
    kept = np.ones(len(frame), bool)
    starts = np.searchsorted(frame.recording, np.arange(len(frame.recordings) + 1))
    excluded = tuple(stretches)
    for name, onset, offset in excluded:
        if (i := index.get(name)) is not None:
            part = slice(int(starts[i]), int(starts[i + 1]))
            kept[part] &= (frame.offset_s[part] <= onset) | (frame.onset_s[part] >= offset)
    return replace(frame.take(kept), excluded=(*frame.excluded, *excluded))
