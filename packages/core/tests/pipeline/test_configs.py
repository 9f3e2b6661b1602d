"""The settings files of the project are valid, without unknown keys."""

from pathlib import Path

import pytest

from vocalbaby import features
from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.classification import ClassificationConfig
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.manifest_building import IngestionConfig
from vocalbaby.components.manifest_checks import ValidationConfig
from vocalbaby.components.metrics import EvaluationConfig
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

CONFIGS = Path(__file__).parents[4] / "configs"


FOLDERS = [CONFIGS, CONFIGS / "default_model", CONFIGS / "accurate_model", CONFIGS / "babblecor"]


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
    load_config(workspace.training_config, ClassificationConfig, "classification", optional=True)
    load_config(workspace.evaluation_config, EvaluationConfig)


def test_the_default_model_is_trained_on_the_listed_licences_only() -> None:
    workspace = Workspace(CONFIGS / "default_model")
    data = load_config(workspace.data_config, IngestionConfig, "ingestion")
    tables = [s.where for s in data.sources if s.adapter == "babblecor"]
    recordings = [where["licence"] for where in tables if "licence" in where]
    assert len(recordings) == 3
    licences = {licence for accepted in recordings for licence in accepted}
    assert licences == {
        *("MIT", "CC-BY-3.0", "CC BY", "CC BY 3.0", "CC BY 4.0", "CC-BY (Attribution)"),
        *("CC0", "CC0-1.0", "ODbL-1.0 / DbCL-1.0"),
    }
    (generated,) = (where for where in tables if "licence" not in where)
    assert generated == {"corpus": ["espeak-train"]}


def test_every_corpus_of_the_default_model_is_credited_and_left_out_once() -> None:
    workspace = Workspace(CONFIGS / "default_model")
    model = load_config(workspace.training_config, ModelConfig, "model")
    recorded = {source.corpus for source in model.sources if source.kind == "real"}
    calibration = load_config(workspace.training_config, CalibrationConfig, "calibration")
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig)
    for groups in (calibration.left_out_corpora, evaluation.unseen_corpora):
        assert sorted(c for corpora in groups.values() for c in corpora) == sorted(recorded)
    assert all(source.licence and source.attribution for source in model.sources)


def test_the_accurate_model_is_the_default_one_with_a_second_member() -> None:
    default, accurate = (Workspace(CONFIGS / name) for name in ("default_model", "accurate_model"))
    for section in ("ingestion", "validation"):
        model = IngestionConfig if section == "ingestion" else ValidationConfig
        assert load_config(default.data_config, model, section) == load_config(
            accurate.data_config, model, section
        )
    texts = {w.evaluation_config.read_text("utf-8") for w in (default, accurate)}
    assert len(texts) == 1
    plain, ensemble = (
        load_config(w.training_config, TrainingConfig, "training") for w in (default, accurate)
    )
    assert ensemble == plain.model_copy(update={"kind": "ensemble"})
    limits = [
        load_config(w.training_config, CalibrationConfig, "calibration")
        for w in (default, accurate)
    ]
    assert limits[0] == limits[1]
    models = [load_config(w.training_config, ModelConfig, "model") for w in (default, accurate)]
    assert models[0].sources == models[1].sources
    chosen = load_config(accurate.features_config, FeaturesConfig)
    assert chosen.augmentation == load_config(default.features_config, FeaturesConfig).augmentation
    assert chosen.feature_set == "spectral_prosodic+embedding"
    assert chosen.embedding == EmbeddingConfig()  # YAMNet
    assert load_config(accurate.training_config, TrainingConfig, "training").kind == "ensemble"
