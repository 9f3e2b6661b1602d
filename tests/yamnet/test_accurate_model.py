"""configs/accurate_model, from YAMNet's file to the served model, on a small corpus."""

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from typer.testing import CliRunner

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.commands.main import app as command
from vocalbaby.components.feature_table import read_feature_table
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.features.embedding.model_files import VARIABLE, open_model
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.workspace import Workspace

SOURCE = {"adapter": "synthetic", "seed": 1, "n_children": 10, "clips_per_child": 15}
STAGES = ("ingest", "features", "train", "evaluate")


@pytest.fixture(scope="module")
def file() -> Path:
    path = Path(os.environ.get(VARIABLE, ""))
    if not path.is_file():
        pytest.fail(f"YAMNet's file is needed: set {VARIABLE} to its path.")
    return path


@pytest.fixture(scope="module")
def workspace(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The recipe on a small synthetic corpus, trained by the commands of the documentation."""
    folder = tmp_path_factory.mktemp("accurate")
    workspace = Workspace(folder / "configs", folder / "artifacts")
    shutil.copytree("configs/accurate_model", workspace.configs)
    for path, change in (
        (workspace.data_config, {"ingestion": {"sources": [SOURCE]}}),
        (workspace.features_config, {"augmentation": {"copies": 0}}),
        (
            workspace.training_config,
            {"training": {"rounds": 10}, "calibration": {"left_out_corpora": {}}},
        ),
        (workspace.evaluation_config, {"unseen_corpora": [], "resamples": 0}),
    ):
        settings = yaml.safe_load(path.read_text("utf-8"))
        for key, value in change.items():
            settings[key] = settings[key] | value if isinstance(value, dict) else value
        path.write_text(yaml.safe_dump(settings), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(file))
        for stage in STAGES:
            options = ["--config-dir", str(workspace.configs), "--out", str(workspace.out)]
            result = CliRunner().invoke(command, [stage, *options])
            assert result.exit_code == 0, result.output
    return workspace


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, NDArray[np.float32]]:
    """The features that the model receives, by the clip's name."""
    rows: dict[str, NDArray[np.float32]] = {}
    predict = Predictor.predict_from_features

    def watch(self: Predictor, clips: list[Clip], x: NDArray[np.float32]) -> list[Prediction]:
        rows.update({Path(clip.name).name: row for clip, row in zip(clips, x, strict=True)})
        return predict(self, clips, x)

    monkeypatch.setattr(Predictor, "predict_from_features", watch)
    return rows


def test_features_are_bit_identical_in_training_command_and_server(
    workspace: Workspace,
    file: Path,
    seen: dict[str, NDArray[np.float32]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, str(file))
    table = read_feature_table(workspace.feature_table("spectral_prosodic+embedding", "test"))
    trained = dict(zip(table.meta["clip_ID"], table.values.to_numpy(), strict=True))
    assert next(iter(trained.values())).shape == (105 + 478,)
    paths = [p for p in (workspace.ingestion / "audio").rglob("*.wav") if p.name in trained]
    model = str(workspace.bundle)

    result = CliRunner().invoke(
        command, ["predict", *map(str, reversed(paths)), "--model", model, "--format", "jsonl"]
    )
    assert result.exit_code == 0, result.output
    printed = {Path(r["file"]).name: r for r in map(json.loads, result.stdout.splitlines())}
    commanded = dict(seen)
    seen.clear()
    with TestClient(create_app(Settings(model=model))) as client:
        files = [("files", (path.name, path.read_bytes())) for path in paths]
        answers = client.post("/predict", files=files).json()["results"]
    for name, row in trained.items():
        assert row.tobytes() == commanded[name].tobytes() == seen[name].tobytes(), name
    for answer in answers:
        assert answer["probabilities"] == printed[answer["filename"]]["probabilities"]


def test_a_server_without_the_file_refuses_with_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    open_model.cache_clear()
    with TestClient(create_app(Settings(model=str(workspace.bundle)))) as client:
        deadline = time.monotonic() + 30
        while "loading" in client.get("/ready").text and time.monotonic() < deadline:
            time.sleep(0.05)
        answer = client.get("/ready")
    assert answer.status_code == 503
    assert "needs the model file with the SHA-256" in answer.text
    assert f"Set {VARIABLE} to its path." in answer.text
