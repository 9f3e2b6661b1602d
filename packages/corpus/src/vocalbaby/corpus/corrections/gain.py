"""What corrections are worth: a model before and after adaptation, on recordings not corrected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import inference
from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.corpus.agreement.intervals import MIN_CLUSTERS
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError
from vocalbaby.inference import Predictor

__all__ = ["FIGURES", "Gain", "measure_gain"]

Ints = NDArray[np.int64]

#: Figures that are compared.
FIGURES: Final = ("uar", "accuracy", "canonical_proportion_error")


@dataclass(frozen=True, slots=True)
class Gain:
    """A figure before and after adaptation.

    Attributes:
        before: The figure of the former model.
        after: That of the adapted one.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end. Both ends are None where there are too few children and recordings, or
            where the figure is not defined.

    Examples:
        >>> Gain(0.75, 0.875, 0.05, 0.2).difference
        0.125
    """

    before: float
    after: float
    low: float | None
    high: float | None

    @property
    def difference(self) -> float:
        """The figure after minus the figure before."""
        return self.after - self.before


def measure_gain(
    labelled: Sequence[Timeline],
    recordings: Mapping[str, Path],
    before: Predictor,
    after: Predictor,
    *,
    draws: int = 2000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Gain]:
    """Classify annotated segments with two models, and compare the figures.

    Intervals are those of a bootstrap over children if there are at least 5, else over recordings
    if there are at least 5; otherwise there is none, since a bootstrap of few clusters is too
    narrow. Recordings that were corrected for the adaptation must not be among them.

    Args:
        labelled: Annotations of recordings; segments without a class are passed over.
        recordings: File of the sound of each.
        before: The former model.
        after: The adapted one.
        draws: Bootstrap draws.
        seed: Seed of the draws.
        progress: Called with the recordings that are done, and all.

    Returns:
        Gains by name: ``uar``, ``accuracy``, and ``canonical_proportion_error``, the absolute error
        of the canonical proportion, of which less is better.

    Raises:
        DataError: No annotated segment has a class.
    """
    tables: list[NDArray[np.int64]] = []
    names: list[str] = []
    for number, timeline in enumerate(labelled, 1):
        found = [(s, c) for s in timeline.segments if (c := infant_class(s)) is not None]
        if found and timeline.recording_id in recordings:
            path = recordings[timeline.recording_id]
            tables.append(np.stack([_confusion(path, found, model) for model in (before, after)]))
            child = timeline.child
            names.append(f"{child.corpus}/{child.child_id}" if child else timeline.recording_id)
        if progress is not None:
            progress(number, len(labelled))
    if not tables:
        raise DataError("No annotated segment has a class.", hint="Name recordings with labels.")
    clusters = _clusters(np.array(tables), names)
    enough = len(clusters) >= MIN_CLUSTERS
    weights = np.ones((1, len(clusters)), np.int64)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), draws)
    value, spread = (_figures(np.tensordot(w, clusters, 1)) for w in (weights, drawn))
    gains = {}
    for k, name in enumerate(FIGURES):
        differences = spread[:, 1, k] - spread[:, 0, k]
        low = high = None
        if enough and np.isfinite(differences).mean() >= 0.5:
            low, high = np.nanquantile(differences, (0.025, 0.975)).tolist()
        gains[name] = Gain(float(value[0, 0, k]), float(value[0, 1, k]), low, high)
    return gains


def _confusion(path: Path, found: Sequence[tuple[Segment, str]], model: Predictor) -> Ints:
    """Count labels of the model (columns) by those of the annotator (rows)."""
    given = [segment for segment, _ in found]
    timeline = inference.segment(path, model=model, given=given)
    labels = {
        (round(s.onset_s, 6), round(s.offset_s, 6)): s.label
        for s in timeline.segments
        if s.label in CLASSES
    }
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for segment, label in found:
        seen = labels.get((round(segment.onset_s, 6), round(segment.offset_s, 6)))
        if seen is not None:
            table[CLASSES.index(label), CLASSES.index(seen)] += 1
    return table


def _clusters(tables: Ints, names: Sequence[str]) -> Ints:
    """Add the tables of each child; those of recordings stay apart if there are few children."""
    unique = sorted(set(names))
    if len(unique) < MIN_CLUSTERS:
        return tables
    of_child = np.array([unique.index(name) for name in names])
    return np.array([tables[of_child == k].sum(axis=0) for k in range(len(unique))])


def _figures(tables: NDArray[Any]) -> NDArray[np.float64]:
    """Return the figures, float64, shape (n, 2, 3), of tables of shape (n, 2, 5, 5)."""
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    right = np.diagonal(tables, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        recalls = np.where(rows > 0, right / rows, np.nan)
        accuracy = right.sum(axis=-1) / rows.sum(axis=-1)
        proportions = [each[..., 0] / each[..., :2].sum(axis=-1) for each in (rows, columns)]
    uar = np.nanmean(recalls, axis=-1)
    return np.stack([uar, accuracy, np.abs(proportions[1] - proportions[0])], axis=-1)
