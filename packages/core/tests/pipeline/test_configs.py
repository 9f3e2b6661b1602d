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
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

CONFIGS = Path(__file__).parents[4] / "configs"


FOLDERS = [CONFIGS, CONFIGS / "default_model", CONFIGS / "accurate_model"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_every_settings_file_is_valid(folder: Path) -> None:
    workspace = Workspace(folder)
    assert load_config(workspace.data_config, IngestionConfig, "ingestion").sources
    load_config(workspace.data_config, ValidationConfig, "validation")
    chosen = load_config(workspace.features_config, FeaturesConfig)
    assert features.get(chosen.feature_set, chosen.embedding).columns
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


def test_the_accurate_model_is_the_default_one_with_a_second_member() -> None:
    default, accurate = (Workspace(CONFIGS / name) for name in ("default_model", "accurate_model"))
    for section in ("ingestion", "validation"):
        model = IngestionConfig if section == "ingestion" else ValidationConfig
        assert load_config(default.data_config, model, section) == load_config(
            accurate.data_config, model, section
        )
    chosen = load_config(accurate.features_config, FeaturesConfig)
    assert chosen.feature_set == "spectral_prosodic+embedding"
    assert chosen.embedding == EmbeddingConfig()  # YAMNet
    assert load_config(accurate.training_config, TrainingConfig, "training").kind == "ensemble"
