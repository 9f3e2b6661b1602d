"""Predictions of devel and test by a model that has not seen them."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable, checksum, children
from vocalbaby.components.fitting import FittedModel, Trainer, TrainingSettings, fit
from vocalbaby.components.metrics import tabulate
from vocalbaby.components.packaging import draft_bundle
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.progress import ProgressCallback, TaskProgressCallback
from vocalbaby.inference.predictor import Predictor
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["Tables", "fit_and_predict", "folds_by_child", "train_once"]

#: Feature tables of train, devel and test.
Tables: TypeAlias = tuple[FeatureTable, FeatureTable, FeatureTable]


def fit_and_predict(
    tables: Tables,
    settings: TrainingSettings,
    progress: TaskProgressCallback | None = None,
) -> tuple[FittedModel, pd.DataFrame]:
    """Fit a model to train and devel, and predict devel and test.

    The clips of devel are predicted in folds of children, each with the calibration that the
    other folds give, so that their figures are not those of clips that the calibration has
    seen. The model itself is trained on train once.

    Args:
        tables: Train, devel and test.
        settings: Settings of the training; the number of folds is that of its calibration.
        progress: Called with (task, rounds done, maximum number of rounds).

    Returns:
        The model with its calibration on all of devel, and the predictions of the labelled
        clips of devel and test, as `vocalbaby.components.metrics.tabulate` returns them.

    Raises:
        DataError: The tables cannot be trained on.

    Examples:
        >>> [folds_by_child(np.array([0, 0, 1, 2]), 2).tolist()]
        [[0, 0, 1, 0]]
    """
    train, *held_out = tables
    devel, test = (table.where(table.meta.Answer != "") for table in held_out)
    trainer = train_once(train_model)
    fitted = fit(train, devel, settings, trainer=trainer, progress=progress)
    parts = []
    folds = folds_by_child(children(devel.meta), settings.calibration.folds)
    for number in np.unique(folds):
        here = folds == number
        rest = devel.where(~here if not here.all() else here)
        other = fit(train, rest, settings, trainer=trainer)
        parts.append(_predict(other, devel.where(here), settings))
    parts.append(_predict(fitted, test, settings))
    return fitted, pd.concat(parts, ignore_index=True)


def folds_by_child(numbers: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """Divide children into folds.

    Args:
        numbers: Number of the child of each clip, int64, shape (n,).
        folds: Number of folds, limited to the number of children.

    Returns:
        Fold of each clip, int64, shape (n,).

    Examples:
        >>> folds_by_child(np.array([0, 0, 1, 2, 3]), 3).tolist()
        [0, 0, 1, 2, 0]
    """
    unique, child = np.unique(numbers, return_inverse=True)
    return np.asarray(child % max(min(folds, len(unique)), 1), np.int64)


def train_once(trainer: Trainer) -> Trainer:
    """Wrap a trainer so that it trains once on the same train, whatever devel is.

    Args:
        trainer: Trains a model.

    Returns:
        A trainer that gives the first model of a train and settings for every further devel.

    Examples:
        >>> calls = []
        >>> def trainer(train, devel, config, progress=None):
        ...     calls.append(devel)
        >>> meta = pd.DataFrame([["a", "kid", "Junk", "A", "train"]])
        >>> meta.columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> table = FeatureTable("toy", "1", meta, pd.DataFrame({"x": np.zeros(1, np.float32)}))
        >>> once = train_once(trainer)
        >>> for devel in (table, table):
        ...     _ = once(table, devel, TrainingConfig(), None)
        >>> len(calls)
        1
    """
    trained: dict[tuple[str, tuple[str, ...], str], TrainedClassifier] = {}

    def train(
        known: FeatureTable,
        devel: FeatureTable,
        config: TrainingConfig,
        progress: ProgressCallback | None = None,
    ) -> TrainedClassifier:
        key = checksum([known]), known.columns, config.model_dump_json()
        if key not in trained:
            trained[key] = trainer(known, devel, config, progress)
        return trained[key]

    return train


def _predict(fitted: FittedModel, table: FeatureTable, settings: TrainingSettings) -> pd.DataFrame:
    """Predict the clips of a table through the bundle, as the service does."""
    bundle = draft_bundle(fitted.model, fitted.calibration, fitted.tables, settings.model)
    silence = np.empty(0, np.float32)
    clips = [Clip(name, silence, duration_s=0.0) for name in table.meta.clip_ID]
    found = Predictor(bundle).predict_from_features(clips, table.array)
    return tabulate(table.meta, found)
