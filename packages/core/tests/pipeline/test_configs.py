"""The settings files of the project are valid, without unknown keys."""

from pathlib import Path

import pytest

from vocalbaby import features
from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.manifest_building import IngestionConfig
from vocalbaby.components.manifest_checks import ValidationConfig
from vocalbaby.components.metrics import EvaluationConfig
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

CONFIGS = Path(__file__).parents[4] / "configs"


@pytest.mark.parametrize("folder", [CONFIGS, CONFIGS / "default_model"], ids=lambda f: f.name)
def test_every_settings_file_is_valid(folder: Path) -> None:
    workspace = Workspace(folder)
    assert load_config(workspace.data_config, IngestionConfig, "ingestion").sources
    load_config(workspace.data_config, ValidationConfig, "validation")
    chosen = load_config(workspace.features_config, FeaturesConfig)
    assert chosen.feature_set in features.names()
    model = load_config(workspace.training_config, ModelConfig, "model")
    assert "synthetic" in {source.corpus for source in model.sources}
    load_config(workspace.training_config, TrainingConfig, "training")
    load_config(workspace.training_config, CalibrationConfig, "calibration")
    load_config(workspace.evaluation_config, EvaluationConfig)


def test_the_default_model_is_trained_on_permissive_licences_only() -> None:
    data = load_config(
        Workspace(CONFIGS / "default_model").data_config, IngestionConfig, "ingestion"
    )
    (real,) = (source for source in data.sources if source.adapter == "babblecor")
    assert real.where == {"licence": ["MIT", "CC-BY-3.0"]}
