"""Stage training: train, calibrate and package a model."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from vocalbaby.components.boosting import TrainedModel, TrainingConfig, train_booster
from vocalbaby.components.calibration_fitting import CalibrationConfig, calibrate
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import FeatureTable, concat, read_feature_table
from vocalbaby.components.metrics import EvaluationConfig, evaluate
from vocalbaby.components.packaging import ModelConfig, draft_bundle, package
from vocalbaby.entity.bundle import BundleManifest, Calibration
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.exception import DataError, SplitLeakError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.evaluation import evaluate_by_corpus, predict_table
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["leave_out", "require_disjoint", "run_training"]


@dataclass(frozen=True, slots=True)
class _Fitted:
    model: TrainedModel
    calibration: Calibration
    tables: tuple[FeatureTable, FeatureTable]


def run_training(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> BundleManifest:
    """Train on train, calibrate on devel, evaluate on test, and write the bundle.

    The results on test are recorded in the bundle and its card; no choice depends on them.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (``training``, rounds done, maximum number of rounds), and
            with ``without <corpus>`` for each corpus that is left out.

    Returns:
        The manifest of the bundle.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing or cannot be trained on.
        SplitLeakError: A child is in more than one split.
    """
    path = workspace.training_config
    training = load_config(path, TrainingConfig, "training")
    calibration = load_config(path, CalibrationConfig, "calibration")
    model = load_config(path, ModelConfig, "model")
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig)
    feature_set = load_config(workspace.features_config, FeaturesConfig).feature_set
    train, devel, test = (
        read_feature_table(workspace.feature_table(feature_set, split)) for split in SPLITS
    )
    require_disjoint((train, devel, test))

    def fit(train: FeatureTable, devel: FeatureTable, task: str) -> _Fitted:
        booster = train_booster(train, devel, training, for_task(progress, task))
        return _Fitted(booster, calibrate(booster, train, devel, calibration), (train, devel))

    def predict(fitted: _Fitted, table: FeatureTable) -> pd.DataFrame:
        bundle = draft_bundle(fitted.model, fitted.calibration, fitted.tables, model)
        return predict_table(Predictor(bundle), table)

    fitted = fit(train, devel, "training")
    evaluations = evaluate_by_corpus(predict(fitted, test), evaluation)
    for corpus in evaluation.unseen_corpora:
        known, unseen = leave_out(corpus, (train, devel, test))
        predictions = predict(fit(*known, f"without {corpus}"), unseen)
        evaluations[f"{corpus}, left out of training"] = evaluate(predictions, evaluation)
    manifest = package(
        workspace.bundle, fitted.model, fitted.calibration, fitted.tables, model, evaluations
    )
    _write_history(workspace.training / "history.csv", fitted.model.history)
    return manifest


def require_disjoint(tables: Sequence[FeatureTable]) -> None:
    """Raise an exception if two tables share a child, even if validation was not run.

    Raises:
        SplitLeakError: A child is in more than one table.
    """
    count = Counter(child for table in tables for child in set(table.meta.child_ID))
    if shared := sorted(child for child, n in count.items() if n > 1):
        raise SplitLeakError(
            f"{len(shared)} children are in more than one split, e.g. {shared[:3]}.",
            hint="Correct the `split` column of the corpus, then run all stages again.",
        )


def leave_out(
    corpus: str, tables: tuple[FeatureTable, FeatureTable, FeatureTable]
) -> tuple[tuple[FeatureTable, FeatureTable], FeatureTable]:
    """Separate a corpus from the others, to train without it and evaluate on it.

    Args:
        corpus: Name of the corpus.
        tables: Train, devel and test.

    Returns:
        Train and devel without the corpus; and its clips from all tables, without
        augmented copies.

    Raises:
        DataError: The corpus has no clips, or train or devel has no others.
    """
    inside = [table.meta.corpus == corpus for table in tables]
    known = tuple(t.where(~own) for t, own in zip(tables[:2], inside[:2], strict=True))
    unseen = concat([t.where(own).originals for t, own in zip(tables, inside, strict=True)])
    if not len(unseen) or not all(map(len, known)):
        raise DataError(
            f"The corpus '{corpus}' cannot be left out: it has {len(unseen)} clips, "
            f"the others {sum(map(len, known))}.",
            hint="List corpora of the manifest as unseen_corpora in evaluation.yaml.",
        )
    return (known[0], known[1]), unseen


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, history[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
