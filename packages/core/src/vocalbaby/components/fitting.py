"""Fitting of a model: training and calibration, as the training stage and benchmarks do it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig, calibrate
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable, checksum
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.progress import ProgressCallback, TaskProgressCallback, for_task
from vocalbaby.utils.config import load_config

__all__ = ["FittedModel", "Trainer", "TrainingSettings", "fit", "remember"]

#: A function with the arguments and the result of `train_model`.
Trainer: TypeAlias = Callable[
    [FeatureTable, FeatureTable, TrainingConfig, ProgressCallback | None], TrainedClassifier
]


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The sections of ``training.yaml``."""

    training: TrainingConfig
    calibration: CalibrationConfig
    model: ModelConfig

    @classmethod
    def read(cls, path: Path) -> "TrainingSettings":
        """Read all sections.

        Raises:
            ConfigError: A section is missing or not valid.
        """
        return cls(
            load_config(path, TrainingConfig, "training", optional_file=True),
            load_config(path, CalibrationConfig, "calibration", optional_file=True),
            load_config(path, ModelConfig, "model", optional_file=True),
        )


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A trained and calibrated model.

    Attributes:
        model: The model.
        calibration: Its calibration.
        tables: Train and devel.
    """

    model: TrainedClassifier
    calibration: Calibration
    tables: tuple[FeatureTable, FeatureTable]


def fit(
    train: FeatureTable,
    devel: FeatureTable,
    settings: TrainingSettings,
    *,
    trainer: Trainer = train_model,
    progress: TaskProgressCallback | None = None,
    task: str = "training",
) -> FittedModel:
    """Train a model and calibrate it.

    With ``left_out_corpora`` in the settings of the calibration, this trains one more model
    for each group of corpora that the tables have.

    Args:
        train: Clips with augmented copies.
        devel: Clips of other children.
        settings: All settings of the training.
        trainer: Trains each model; see `remember`.
        progress: Called with (task, rounds done, maximum number of rounds).
        task: Name of the task. That of the other boosters is ``<task>, without <group>``.

    Raises:
        DataError: The tables cannot be trained on; see `train_model` and `calibrate`.
    """

    def retrain(known: FeatureTable, known_devel: FeatureTable, group: str) -> TrainedClassifier:
        report = for_task(progress, f"{task}, without {group}")
        return trainer(known, known_devel, settings.training, report)

    model = trainer(train, devel, settings.training, for_task(progress, task))
    calibration = calibrate(
        model, train, devel, settings.calibration, retrain, settings.training.class_prior
    )
    return FittedModel(model, calibration, (train, devel))


def remember(trainer: Trainer = train_model) -> Trainer:
    """Wrap a trainer so that it trains once on the same tables with the same settings.

    Models without one corpus that are calibrated without a second one share their boosters.
    """
    trained: dict[tuple[str, str], TrainedClassifier] = {}

    def train(
        fitted: FeatureTable,
        devel: FeatureTable,
        config: TrainingConfig,
        progress: ProgressCallback | None = None,
    ) -> TrainedClassifier:
        key = checksum((fitted, devel)), config.model_dump_json()
        if key not in trained:
            trained[key] = trainer(fitted, devel, config, progress)
        return trained[key]

    return train
