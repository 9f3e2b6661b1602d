"""Fitting of a model: training and calibration, as the training stage and benchmarks do it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig, calibrate
from vocalbaby.components.classification import ClassificationConfig, overridden
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable, checksum
from vocalbaby.components.hierarchy_training import train_hierarchy
from vocalbaby.components.mode_choice import MODES, Mode, ModeChoice, choose
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.progress import ProgressCallback, TaskProgressCallback, for_task
from vocalbaby.utils.config import load_config

__all__ = ["FittedModel", "Trainer", "TrainingSettings", "fit", "remember"]

logger = logging.getLogger(__name__)

#: A function with the arguments and the result of `train_model`.
Trainer: TypeAlias = Callable[
    [FeatureTable, FeatureTable, TrainingConfig, ProgressCallback | None], TrainedClassifier
]


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The sections of ``training.yaml``.

    Examples:
        >>> settings = TrainingSettings(TrainingConfig(), CalibrationConfig(), ModelConfig())
        >>> settings.with_training({"mlp.hidden": 8}).with_mode("hierarchical").training.mlp.hidden
        8
    """

    training: TrainingConfig
    calibration: CalibrationConfig
    model: ModelConfig
    classification: ClassificationConfig = field(default_factory=ClassificationConfig)

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
            load_config(
                path, ClassificationConfig, "classification", optional=True, optional_file=True
            ),
        )

    def with_training(self, overrides: Mapping[str, object]) -> "TrainingSettings":
        """Return a copy in which settings of the section ``training`` are replaced.

        Args:
            overrides: New values by key, such as ``max_depth`` or ``mlp.hidden``.

        Raises:
            ConfigError: A key is unknown or a value is not valid.
        """
        return replace(self, training=overridden(self.training, overrides, "training"))

    def with_mode(self, mode: Mode) -> "TrainingSettings":
        """Return a copy that trains a ``flat`` or a ``hierarchical`` model."""
        chosen = self.classification.model_copy(update={"mode": mode})
        return replace(self, classification=chosen)


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A trained and calibrated model.

    Attributes:
        model: The model.
        calibration: Its calibration.
        tables: Train and devel.
        mode: Whether the model is flat or hierarchical.
        choice: Why it is, if the settings train both.
    """

    model: TrainedClassifier
    calibration: Calibration
    tables: tuple[FeatureTable, FeatureTable]
    mode: Mode = "flat"
    choice: ModeChoice | None = None


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
    for each group of corpora that the tables have. With the mode ``both``, it trains a flat and a
    hierarchical model, and calibrates the one with the higher UAR on devel.

    Args:
        train: Clips with augmented copies.
        devel: Clips of other children.
        settings: All settings of the training.
        trainer: Trains each model; see `remember`. Each node of a hierarchy is such a model.
        progress: Called with (task, rounds done, maximum number of rounds).
        task: Name of the task. That of the other boosters is ``<task>, without <group>``, and that
            of the second of two modes ``<task>, hierarchical``.

    Raises:
        DataError: The tables cannot be trained on; see `train_model`, `train_hierarchy` and
            `calibrate`.
    """

    def of_mode(
        mode: Mode, known: FeatureTable, known_devel: FeatureTable, task: str
    ) -> TrainedClassifier:
        report = for_task(progress, task)
        if mode == "flat":
            return trainer(known, known_devel, settings.training, report)
        return train_hierarchy(
            known, known_devel, settings.training, settings.classification, report, trainer
        )

    choice = None
    if settings.classification.mode == "both":
        tasks = (task, f"{task}, hierarchical")
        both = {m: of_mode(m, train, devel, t) for m, t in zip(MODES, tasks, strict=True)}
        choice = choose(both, devel, settings.training, settings.calibration)
        logger.info(choice.sentence)
        mode = choice.mode
        model = both[mode]
    else:
        mode = settings.classification.mode
        model = of_mode(mode, train, devel, task)

    def retrain(known: FeatureTable, known_devel: FeatureTable, group: str) -> TrainedClassifier:
        return of_mode(mode, known, known_devel, f"{task}, without {group}")

    calibration = calibrate(
        model, train, devel, settings.calibration, retrain, settings.training.class_prior
    )
    return FittedModel(model, calibration, (train, devel), mode, choice)


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
