"""Learning curves: results of trainings on some of the children."""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import Experiment, settings_used
from vocalbaby.comparison.fingerprints import fingerprint
from vocalbaby.comparison.intervals import SPLITS, Scores, score
from vocalbaby.comparison.predictions import Tables, fit_and_predict
from vocalbaby.components.confusions import draw_children, interval, uar
from vocalbaby.components.feature_table import FeatureTable, children
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["COLUMNS", "curve_rows", "curve_table", "point_path", "run_points", "select_children"]

#: Draws of children after which a number of them cannot have all classes.
_ATTEMPTS = 50

#: Columns of ``comparison/learning_curves.csv``.
COLUMNS = ["feature_set", "family", "mode", "children", "repeat", "split", "uar"]


def select_children(
    train: FeatureTable, number: int, repeat: int, seed: int
) -> FeatureTable | None:
    """Select the clips of some children of train, with all their augmented copies.

    The smaller of two selections of one repeat is mostly a part of the larger one, so that a
    curve rises because of more children and not because of others.

    Args:
        train: Clips of all children.
        number: Number of children.
        repeat: Number of the repeat.
        seed: Seed of the random generator.

    Returns:
        A table with all classes of train; None if train has no more children than ``number``, or
        none was found that has all classes.

    Examples:
        >>> rows = [[f"{i}", f"kid{i}", "Junk", "A", "train"] for i in range(4)]
        >>> meta = pd.DataFrame(rows)
        >>> meta.columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> values = pd.DataFrame({"x": np.zeros(4, np.float32)})
        >>> table = select_children(FeatureTable("toy", "1", meta, values), 2, 0, seed=0)
        >>> len(table)
        2
    """
    numbers = children(train.meta)
    n_children = int(numbers.max()) + 1
    if number >= n_children:
        return None
    classes = set(train.meta.Answer) - {""}
    for attempt in range(_ATTEMPTS):
        order = np.random.default_rng([seed, repeat, attempt]).permutation(n_children)
        part = train.where(np.isin(numbers, order[:number]))
        if set(part.meta.Answer) >= classes:
            return part
    return None


def point_path(folder: Path, experiment: Experiment, number: int, repeat: int) -> Path:
    """Return the file of a point of a curve.

    Args:
        folder: Folder of the comparison.
        experiment: The experiment.
        number: Number of children.
        repeat: Number of the repeat.

    Examples:
        >>> point_path(Path("out"), Experiment("mfcc", "svm", "flat"), 8, 0).as_posix()
        'out/learning_curve_points/mfcc/svm/flat/8-0.json'
    """
    return folder / "learning_curve_points" / experiment.name / f"{number}-{repeat}.json"


def run_points(
    folder: Path,
    experiment: Experiment,
    tables: Tables,
    settings: TrainingSettings,
    config: ComparisonConfig,
    progress: TaskProgressCallback | None = None,
) -> list[str]:
    """Compute the points of a learning curve that are missing or stale.

    Args:
        folder: Folder of the comparison.
        experiment: The experiment.
        tables: Train, devel and test.
        settings: Settings of the training.
        config: Numbers of children, repeats and seed.
        progress: Called with (``learning curve``, points done, points in all).

    Returns:
        Texts about points that no selection of children has all classes for.

    Raises:
        DataError: The tables cannot be trained on.

    Examples:
        >>> list(curve_rows(Path("out"), Experiment("mfcc", "svm", "flat"), ComparisonConfig()))
        []
    """
    curve, skipped = config.learning_curve, []
    n_children = int(children(tables[0].meta).max()) + 1
    wanted = [
        (n, r) for n in sorted(set(curve.children)) if n < n_children for r in range(curve.repeats)
    ]
    for done, (number, repeat) in enumerate(wanted):
        if progress is not None:
            progress("learning curve", done, len(wanted))
        part = select_children(tables[0], number, repeat, config.seed)
        if part is None:
            skipped.append(f"{experiment.name} with {number} children, repeat {repeat}")
            continue
        key = fingerprint((part, *tables[1:]), settings_used(settings))
        path = point_path(folder, experiment, number, repeat)
        if _read(path).get("fingerprint") == key:
            continue
        _, answers = fit_and_predict((part, *tables[1:]), settings)
        splits = {}
        for split in SPLITS:
            found = score(experiment, split, answers[answers.split == split], bins=15)
            splits[split] = {
                "uar": float(uar(found.counts.sum(axis=0))),
                "counts": found.counts.astype(int).tolist(),
            }
        content = {"fingerprint": key, "children": number, "repeat": repeat, "splits": splits}
        _write(path, json.dumps(content) + "\n")
    if progress is not None and wanted:
        progress("learning curve", len(wanted), len(wanted))
    return skipped


def curve_rows(
    folder: Path, experiment: Experiment, config: ComparisonConfig
) -> Iterator[dict[str, object]]:
    """Read the points of a curve: rows of ``comparison/learning_curves.csv``.

    Args:
        folder: Folder of the comparison.
        experiment: The experiment.
        config: Numbers of children and repeats.

    Yields:
        One row per number of children, repeat and split.

    Examples:
        >>> list(curve_rows(Path("out"), Experiment("mfcc", "svm", "flat"), ComparisonConfig()))
        []
    """
    names = experiment.feature_set, experiment.family, experiment.mode
    for number in sorted(set(config.learning_curve.children)):
        for repeat in range(config.learning_curve.repeats):
            point = _read(point_path(folder, experiment, number, repeat))
            for split, found in point.get("splits", {}).items():
                cells = *names, number, repeat, split, found["uar"]
                yield dict(zip(COLUMNS, cells, strict=True))


def curve_table(
    folder: Path, scores: Sequence[Scores], n_children: int, config: ComparisonConfig
) -> pd.DataFrame:
    """Compute the mean UAR by number of children: ``results/learning_curves.csv``.

    The interval is that of a bootstrap over the children that are predicted, in which every
    repeat predicts the same children.

    Args:
        folder: Folder of the comparison.
        scores: Scores of the experiments that have a curve, by split.
        n_children: Number of children of train; their point is that of the experiment.
        config: Numbers of children, repeats, resamples, confidence and seed.

    Returns:
        One row per experiment, split and number of children.

    Examples:
        >>> list(curve_table(Path("out"), [], 9, ComparisonConfig()).columns)[-3:]
        ['uar', 'low', 'high']
    """
    rows = []
    for each in scores:
        points = {n: list(_counts(folder, each, n, config)) for n in config.learning_curve.children}
        whole = {n_children: [each.counts]}
        for number, repeats in sorted((points | whole).items()):
            if repeats:
                experiment = each.experiment
                names = experiment.feature_set, experiment.family, experiment.mode
                found = _mean(repeats, config)
                rows.append((*names, each.split, number, *found))
    columns = ["feature_set", "family", "mode", "split", "children", "uar", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _mean(
    repeats: Sequence[NDArray[np.float64]], config: ComparisonConfig
) -> tuple[float, float, float]:
    counts = np.stack(repeats)
    draws = draw_children(counts.shape[1], config.resamples, config.seed)
    drawn = np.einsum("rc,pcij->rpij", draws, counts, optimize=True)
    low, high = interval(uar(drawn).mean(axis=1), config.confidence)
    return float(uar(counts.sum(axis=1)).mean()), float(low), float(high)


def _counts(
    folder: Path, scores: Scores, number: int, config: ComparisonConfig
) -> Iterator[NDArray[np.float64]]:
    for repeat in range(config.learning_curve.repeats):
        point = _read(point_path(folder, scores.experiment, number, repeat))
        if scores.split in point.get("splits", {}):
            counts = np.array(point["splits"][scores.split]["counts"], np.float64)
            if counts.shape == scores.counts.shape:
                yield counts


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(name).replace(path)
