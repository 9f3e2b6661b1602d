"""The stages with an ensemble of which one member uses a model file, up to the command."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from vocalbaby import inference
from vocalbaby.commands.main import app
from vocalbaby.entity.bundle import ModelFile
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.features.embedding.model_files import VARIABLE, open_model
from vocalbaby.pipeline.evaluation import run_evaluation
from vocalbaby.pipeline.features import run_features
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.training import run_training
from vocalbaby.pipeline.workspace import Workspace

SOURCE = {"adapter": "synthetic", "seed": 1, "n_children": 10, "clips_per_child": 20}


@pytest.fixture
def workspace(onnx_file: EmbeddingConfig, tmp_path: Path) -> Workspace:
    """Settings of a small ensemble, with the features of all splits."""
    shares = {"train": 0.5, "devel": 0.3, "test": 0.2}
    settings = {
        "data": {"ingestion": {"sources": [SOURCE], "split": shares}},
        "features": {
            "feature_set": "mfcc+embedding",
            "embedding": onnx_file.model_dump(),
            "augmentation": {"copies": 0},
        },
        "training": {
            "model": {"name": "two", "reference_rows": 50},
            "training": {"kind": "ensemble", "rounds": 15, "max_depth": 3, "learning_rate": 0.3},
            "calibration": {},
        },
        "evaluation": {"resamples": 0},
    }
    (tmp_path / "configs").mkdir()
    for name, values in settings.items():
        (tmp_path / f"configs/{name}.yaml").write_text(yaml.safe_dump(values))
    workspace = Workspace(tmp_path / "configs", tmp_path / "artifacts")
    run_ingestion(workspace)
    run_features(workspace)
    return workspace


def test_an_ensemble_is_trained_evaluated_and_used(
    workspace: Workspace, onnx_file: EmbeddingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = run_training(workspace)
    file = ModelFile(**onnx_file.model_dump(exclude={"dimensions"}))
    assert (manifest.kind, manifest.feature_set) == ("ensemble", "mfcc+embedding")
    assert [record.file for record in manifest.feature_sets] == [None, file]
    history = (workspace.training / "history.csv").read_text().splitlines()
    assert history[0].startswith("member,round,")
    assert {line.split(",")[0] for line in history[1:]} == {"mfcc", "embedding"}
    evaluated = run_evaluation(workspace)["test"]
    assert evaluated.n_clips == 40

    clip = next((workspace.ingestion / "audio").rglob("*.wav"))
    (prediction,) = inference.predict(str(clip), model=inference.load(workspace.bundle))
    command = ["predict", str(clip), "--model", str(workspace.bundle), "--format", "jsonl"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert prediction.model_version in result.output

    # Evaluation and the drift job need only the features; a clip needs the file.
    monkeypatch.delenv(VARIABLE)
    open_model.cache_clear()
    assert run_evaluation(workspace)["test"] == evaluated
    result = CliRunner().invoke(app, command)
    assert f"Set {VARIABLE}" in str(result.exception) + result.output
    assert result.exit_code != 0
