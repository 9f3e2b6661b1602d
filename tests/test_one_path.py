"""One path: the same clip has bit-identical features on every path."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from typer.testing import CliRunner

from vocalbaby.api.app import create_app
from vocalbaby.commands.main import app as command
from vocalbaby.components.feature_extraction import FeaturesConfig, extract_features
from vocalbaby.components.feature_table import read_feature_table, write_feature_table
from vocalbaby.corpora.synthetic import SyntheticConfig, write_corpus
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.entity.prediction import Prediction
from vocalbaby.inference.predictor import Predictor

Matrix = NDArray[np.float32]


@pytest.fixture
def corpus(tmp_path: Path) -> list[ClipRecord]:
    """Twenty clips of different lengths on disk."""
    config = SyntheticConfig(n_children=4, clips_per_child=5, seed=5)
    return [
        replace(record, path=str(tmp_path / record.path))
        for record in write_corpus(config, tmp_path).records
    ]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Matrix]:
    """The features that the model receives on any path, by the clip's name."""
    rows: dict[str, Matrix] = {}
    predict = Predictor.predict_from_features

    def watch(self: Predictor, clips: list[Clip], x: Matrix) -> list[Prediction]:
        rows.update({Path(clip.name).name: row for clip, row in zip(clips, x, strict=True)})
        return predict(self, clips, x)

    monkeypatch.setattr(Predictor, "predict_from_features", watch)
    return rows


def test_features_are_bit_identical_in_training_command_and_server(
    corpus: list[ClipRecord], seen: dict[str, Matrix], tmp_path: Path
) -> None:
    write_feature_table(tmp_path / "train.parquet", extract_features(corpus, FeaturesConfig()))
    table = read_feature_table(tmp_path / "train.parquet")
    trained = dict(zip(table.meta["clip_ID"], table.values.to_numpy(), strict=True))

    paths = [record.path for record in corpus]
    result = CliRunner().invoke(command, ["predict", *reversed(paths), "--format", "jsonl"])
    assert result.exit_code == 0, result.output
    commanded = dict(seen)
    seen.clear()

    with TestClient(create_app()) as client:
        for path in paths[:3]:
            client.post("/predict", files=[("files", (Path(path).name, Path(path).read_bytes()))])
        files = [("files", (Path(path).name, Path(path).read_bytes())) for path in paths[3:]]
        client.post("/predict", files=files)
    served = {name: row for name, row in seen.items() if name != "warm-up"}

    assert set(trained) == set(commanded) == set(served)
    for name, row in trained.items():
        assert row.dtype == np.float32
        assert row.tobytes() == commanded[name].tobytes() == served[name].tobytes(), name


def test_command_and_server_give_the_same_answer(corpus: list[ClipRecord]) -> None:
    path = Path(corpus[0].path)
    result = CliRunner().invoke(command, ["predict", str(path), "--format", "jsonl"])
    printed = json.loads(result.stdout.splitlines()[0])
    with TestClient(create_app()) as client:
        answer = client.post("/predict", files={"files": (path.name, path.read_bytes())})
    served = answer.json()["results"][0]
    assert printed["label"] == served["label"]
    assert printed["probabilities"] == served["probabilities"]
    assert printed["model_version"] == served["model_version"]
