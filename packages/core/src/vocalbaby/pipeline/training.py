"""Stage training: feature tables -> model bundle and learning history."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from vocalbaby.components.calibration import calibrate
from vocalbaby.components.feature_table import read_feature_table
from vocalbaby.components.packaging import package
from vocalbaby.components.training import train
from vocalbaby.components.transformation import FeaturesConfig
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.config import (
    CalibrationConfig,
    EvaluationConfig,
    ModelConfig,
    TrainingConfig,
)
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.pipeline.evaluation import answer, evaluate_by_corpus
from vocalbaby.pipeline.layout import Tell, Workspace, about
from vocalbaby.pipeline.prediction import load_predictor
from vocalbaby.utils.config import load_config

__all__ = ["run_training"]


def run_training(workspace: Workspace, tell: Tell | None = None) -> BundleManifest:
    """Train on train, calibrate on devel, and write the bundle with its test figures.

    The figures are for the record and the model card; nothing is chosen by them.

    Args:
        workspace: Settings and results.
        tell: Called with (``training``, rounds done, most rounds).

    Returns:
        The manifest of the bundle.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing, or cannot be learnt from.
    """
    settings = workspace.training_config
    training = load_config(settings, TrainingConfig, "training")
    calibration = load_config(settings, CalibrationConfig, "calibration")
    model = load_config(settings, ModelConfig, "model")
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig)
    feature_set = load_config(workspace.features_config, FeaturesConfig).feature_set
    fitted, held_out, test = (
        read_feature_table(workspace.feature_table(feature_set, split)) for split in SPLITS
    )
    trained = train(fitted, held_out, training, about("training", tell))
    calibrated = calibrate(trained, fitted, held_out, calibration)
    parts = (trained, calibrated, (fitted, held_out), model)
    with TemporaryDirectory() as scratch:
        draft = Path(scratch) / "bundle"
        package(draft, *parts, {})
        answers = answer(load_predictor(draft), test)
    manifest = package(workspace.bundle, *parts, evaluate_by_corpus(answers, evaluation))
    _write_history(workspace.training / "history.csv", trained.history)
    return manifest


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, history[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
