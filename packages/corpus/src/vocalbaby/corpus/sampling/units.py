"""The units of a population: stretches or segments of a recording, and predictions for each."""

from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.predictions import Predictions
from vocalbaby.entity.labels import CLASSES

__all__ = ["COLUMNS", "Unit", "cells", "columns_of", "unit_times"]

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
_JUNK: Final = CLASSES.index("Junk")
_SHORTEST_REST: Final = 0.5


def unit_times(
    found: Predictions, unit: Unit, length_s: float
) -> tuple[Predictions, Floats, Floats]:
    """Begins and ends of the units of a recording.

    Args:
        found: Predictions for its segments.
        unit: What the units are.
        length_s: Length of stretches in seconds.

    Returns:
        The segments that count, which are the units if these are clips, and begins and ends of the
        units in seconds, each float64 of shape (n_units,).
    """
    if unit == "clips":
        kept = (found.offset_s > found.onset_s) & (found.onset_s >= 0)
        clips = replace(
            found,
            onset_s=found.onset_s[kept],
            offset_s=found.offset_s[kept],
            label=found.label[kept],
            probabilities=found.probabilities[kept],
        )
        return clips, clips.onset_s, clips.offset_s
    duration_s = found.info.duration_s
    n = max(int(duration_s / length_s + _SHORTEST_REST), 1 if duration_s > 0 else 0)
    edges = length_s * np.arange(n + 1, dtype=np.float64)
    edges[n:] = duration_s
    return found, edges[:-1], edges[1:]


def columns_of(found: Predictions, onsets: Floats, unit: Unit) -> dict[str, NDArray[np.float32]]:
    """Predictions of the units of a recording.

    Args:
        found: Predictions for the segments that count, as of `unit_times`.
        onsets: Begins of the units in seconds, shape (n_units,).
        unit: What the units are.

    Returns:
        Columns of `COLUMNS`, each float32 of shape (n_units,).
    """
    n, is_clip = len(onsets), unit == "clips"
    kept = slice(None) if n else slice(0)
    p, labels = found.probabilities[kept], found.label[kept]
    named = (labels != _JUNK).astype(np.float64)
    at = np.arange(n)
    if not is_clip:
        at = np.clip(np.searchsorted(onsets, found.onset_s[kept], "right") - 1, 0, None)
    c, m = p[:, 0], p[:, 0] + p[:, 1]
    entropy = -np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0.0), axis=1)
    sums = {
        "segments": named,
        "seconds": named * (found.offset_s - found.onset_s)[kept],
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
