"""Stage training: train, calibrate and package a model."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from vocalbaby.components.elsewhere import measure_elsewhere
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import FeatureTable, read_feature_table
from vocalbaby.components.fitting import FittedModel, TrainingSettings, fit, remember
from vocalbaby.components.left_out import leave_out, require_corpora
from vocalbaby.components.metrics import EvaluationConfig, evaluate_by_corpus
from vocalbaby.components.packaging import draft_bundle, package
from vocalbaby.components.split_leaks import require_disjoint, require_distinct_sounds
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.evaluation import predict_table
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["run_training"]


def run_training(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> BundleManifest:
    """Train on train, calibrate on devel, evaluate on test, and write the bundle.

    The results on test are recorded in the bundle and its card; no choice depends on them. With
    the mode ``both`` of the section ``classification``, devel chooses between a flat and a
    hierarchical model; the metrics of the manifest have both figures as ``classification``.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (task, rounds done, maximum number of rounds) for each booster:
            ``training``, ``without <corpus>`` for each corpus that is left out to be evaluated
            on, and ``<task>, without <corpus>`` for each that is left out to calibrate.

    Returns:
        The manifest of the bundle.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing or cannot be trained on.
        SplitLeakError: A child or a sound is in more than one split.
    """
    settings = TrainingSettings.read(workspace.training_config)
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig, optional_file=True)
    feature_set = load_config(
        workspace.features_config, FeaturesConfig, optional_file=True
    ).feature_set
    train, devel, test = (
        read_feature_table(workspace.feature_table(feature_set, split)) for split in SPLITS
    )
    require_disjoint((train, devel, test))
    require_distinct_sounds((train, devel, test))
    left_out = settings.calibration.left_out_corpora
    require_corpora(left_out, (train, devel), "left_out_corpora in training.yaml")
    trainer = remember()

    def predict(fitted: FittedModel, table: FeatureTable) -> pd.DataFrame:
        bundle = draft_bundle(fitted.model, fitted.calibration, fitted.tables, settings.model)
        return predict_table(Predictor(bundle), table)

    fitted = fit(train, devel, settings, trainer=trainer, progress=progress)
    settings = settings.with_mode(fitted.mode)
    evaluations = evaluate_by_corpus(predict(fitted, test), evaluation)
    unseen: dict[str, pd.DataFrame] = {}
    for name, corpora in evaluation.unseen_corpora.items():
        known, clips = leave_out(name, corpora, (train, devel, test))
        task = f"without {name}"
        other = fit(*known, settings, trainer=trainer, progress=progress, task=task)
        unseen[name] = predict(other, clips)
    chosen = {"classification": fitted.choice} if fitted.choice else {}
    manifest = package(
        workspace.bundle,
        fitted.model,
        fitted.calibration,
        fitted.tables,
        settings.model,
        {**evaluations, **chosen},
        measure_elsewhere(unseen, evaluation) if unseen else None,
    )
    _write_history(workspace.training / "history.csv", fitted.model.history)
    return manifest


def _write_history(path: Path, history: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, history[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
