"""The units of a population: stretches or segments of a recording, and predictions for each."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["COLUMNS", "Unit", "cells", "class_probabilities", "columns_of", "unit_times"]

Floats = NDArray[np.floating[Any]]
#: What is drawn: stretches that divide a recording, or segments.
Unit = Literal["stretches", "clips"]
#: Names of the predictions of a unit; see `frame.Frame`.
COLUMNS: Final = (
    "segments",
    "seconds",
    "canonical",
    "speech",
    "cc",
    "cm",
    "mm",
    "entropy",
    "label",
    "probability",
)
#: Probability of a class that a segment names without giving probabilities.
_NAMED: Final = 0.8
#: Of a vocalization of the key child whose class is not known, in the order of the classes.
_UNKNOWN: Final = (0.15, 0.5, 0.2, 0.05, 0.1)
_SHORTEST_REST: Final = 0.5


def class_probabilities(segment: Segment) -> tuple[float, ...] | None:
    """Probability of each class, in the order of the classes, adding up to 1.

    A segment that names a class but gives no probabilities has 0.8 for it. A segment of the key
    child without a class has typical frequencies of the classes.

    Args:
        segment: The segment.

    Returns:
        Five probabilities; None for other segments.

    Examples:
        >>> class_probabilities(Segment(0, 1, "Crying"))
        (0.05, 0.05, 0.8, 0.05, 0.05)
    """
    given = segment.probabilities or {}
    values = [given.get(label, 0.0) for label in CLASSES]
    if (total := sum(values)) > 0:
        return tuple(value / total for value in values)
    label = infant_class(segment)
    if label is None:
        return _UNKNOWN if speaker_type(segment) == "CHI" else None
    rest = round((1 - _NAMED) / (len(CLASSES) - 1), 12)
    return tuple(_NAMED if each == label else rest for each in CLASSES)


def unit_times(
    timeline: Timeline, duration_s: float, unit: Unit, length_s: float
) -> tuple[Floats, Floats, list[tuple[Segment, Label | None, tuple[float, ...]]]]:
    """Begins and ends of the units of a recording, and its segments with predictions.

    Args:
        timeline: The recording.
        duration_s: Its length in seconds.
        unit: What the units are.
        length_s: Length of stretches in seconds.

    Returns:
        Begins and ends in seconds, each float64 of shape (n_units,), and segments in order of
        their begins with class and probabilities. Clips are these segments.
    """
    found = [
        (segment, infant_class(segment), probabilities)
        for segment in timeline.segments
        if (probabilities := class_probabilities(segment)) is not None
    ]
    found.sort(key=lambda each: (each[0].onset_s, each[0].offset_s))
    if unit == "clips":
        found = [each for each in found if each[0].offset_s > each[0].onset_s >= 0]
        return (
            np.array([s.onset_s for s, _, _ in found], np.float64),
            np.array([s.offset_s for s, _, _ in found], np.float64),
            found,
        )
    n = int(duration_s / length_s + _SHORTEST_REST)
    n = max(n, 1 if duration_s > 0 else 0)
    edges = length_s * np.arange(n + 1, dtype=np.float64)
    edges[n:] = duration_s
    return edges[:-1], edges[1:], found


def columns_of(
    found: Sequence[tuple[Segment, Label | None, tuple[float, ...]]], onsets: Floats, unit: Unit
) -> dict[str, NDArray[np.float32]]:
    """Predictions of the units of a recording.

    Args:
        found: Segments with class and probabilities, as of `unit_times`.
        onsets: Begins of the units in seconds, shape (n_units,).
        unit: What the units are.

    Returns:
        Columns of `COLUMNS`, each float32 of shape (n_units,).
    """
    n = len(onsets)
    p = np.array([probabilities for _, _, probabilities in found], np.float64).reshape(-1, 5)
    begins = np.array([s.onset_s for s, _, _ in found], np.float64)
    labels = np.array([-1 if c is None else CLASSES.index(c) for _, c, _ in found], np.int64)
    named = np.array([c is None or c != "Junk" for _, c, _ in found], np.float64)
    lengths = np.array([s.duration_s for s, _, _ in found], np.float64)
    is_clip = unit == "clips"
    at = np.arange(n) if is_clip else np.clip(np.searchsorted(onsets, begins, "right") - 1, 0, None)
    if not n:
        at, p, named, lengths = at[:0], p[:0], named[:0], lengths[:0]
    c, m = p[:, 0], p[:, 0] + p[:, 1]
    entropy = -np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0.0), axis=1)
    sums = {
        "segments": named,
        "seconds": named * lengths,
        "canonical": c,
        "speech": m,
        "cc": c * c,
        "cm": c * m,
        "mm": m * m,
        "entropy": entropy,
    }
    columns = {
        name: np.bincount(at, weights=each, minlength=n).astype(np.float32)
        for name, each in sums.items()
    }
    has_label = is_clip and n > 0
    columns["label"] = (labels if has_label else np.full(n, -1)).astype(np.float32)
    own = np.where(labels < 0, np.nan, p[np.arange(n), labels]) if has_label else np.full(n, np.nan)
    columns["probability"] = own.astype(np.float32)
    return columns


def cells(values: dict[str, NDArray[np.float32]], unit: Unit) -> NDArray[np.int64]:
    """Cell of each unit in a grid of predictions.

    Clips share a cell if they have the same class, and probabilities and entropies of the same
    tenth; stretches if the numbers of vocalizations (in doublings), the shares of canonical ones,
    and the entropies per segment are similar.

    Args:
        values: The columns of a frame.
        unit: What the units are.

    Returns:
        Numbers of cells, int64, shape (n_units,).
    """
    if unit == "clips":
        parts = [
            values["label"] + 1,
            np.floor(9.99 * np.nan_to_num(values["probability"])),
            np.floor(9.99 * values["canonical"]),
        ]
    else:
        speech = values["speech"]
        share = np.divide(values["canonical"], speech, out=np.zeros_like(speech), where=speech > 0)
        parts = [
            np.floor(np.log2(1 + values["segments"])),
            np.floor(np.log2(1 + speech)),
            np.floor(4.99 * share),
        ]
    number = np.zeros(len(values["label"]), np.int64)
    for part in parts:
        number = number * 32 + np.clip(part, 0, 31).astype(np.int64)
    return number
