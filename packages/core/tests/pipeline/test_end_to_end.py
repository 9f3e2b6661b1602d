"""The stages from settings to predictions, through the files that each of them writes."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from vocalbaby import inference
from vocalbaby.audio import load
from vocalbaby.bundle.files import verify_bundle
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import (
    FeatureTable,
    read_feature_table,
    write_feature_table,
)
from vocalbaby.components.fitting import remember
from vocalbaby.components.manifest_checks import require_valid
from vocalbaby.components.manifests import read_manifest
from vocalbaby.components.metrics import EvaluationConfig, evaluate_by_corpus
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.exception import (
    BundleError,
    DataError,
    DataNotFoundError,
    FeatureSetError,
    SplitLeakError,
)
from vocalbaby.pipeline.evaluation import predict_table, run_evaluation
from vocalbaby.pipeline.features import run_features
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.training import run_training
from vocalbaby.pipeline.validation import run_validation
from vocalbaby.pipeline.workspace import Workspace

SHARES = dict.fromkeys(CLASSES, 0.2)
SETTINGS = {
    "data": {
        "ingestion": {
            "sources": [
                {
                    "adapter": "synthetic",
                    "seed": seed,
                    "n_children": 5,
                    "shares": SHARES,
                    "clips_per_child": 25,
                }
                for seed in (1, 2)
            ],
            "split": {"train": 0.5, "devel": 0.3, "test": 0.2},
        },
        "validation": {"min_clips": 1, "min_children": 1},
    },
    "features": {"feature_set": "mfcc", "augmentation": {"copies": 1}},
    "training": {
        "model": {"name": "tiny", "reference_rows": 50},
        "training": {"rounds": 25, "max_depth": 3, "learning_rate": 0.3},
        "calibration": {"folds": 2, "novelty_axes": 8},
    },
    "evaluation": {"resamples": 50},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which every stage has run; tests must not change it."""
    home = tmp_path_factory.mktemp("pipeline")
    workspace = Workspace(home / "configs", home / "artifacts")
    workspace.configs.mkdir()
    for name, settings in SETTINGS.items():
        (workspace.configs / f"{name}.yaml").write_text(yaml.safe_dump(settings))
    run_ingestion(workspace)
    require_valid(run_validation(workspace))
    run_features(workspace)
    run_training(workspace)
    run_evaluation(workspace)
    return workspace


def test_trains_a_valid_model_that_is_better_than_chance(trained: Workspace) -> None:
    assert verify_bundle(trained.bundle) == []
    metrics = json.loads((trained.evaluation / "metrics.json").read_text())
    assert metrics["uar"] > 0.4
    assert metrics["n_clips"] == 50
    manifest = inference.load(trained.bundle).manifest
    assert manifest.version.startswith("tiny-")
    assert manifest.metrics["test"]["uar"] == metrics["uar"]
    with (trained.training / "history.csv").open(newline="") as stream:
        history = list(csv.DictReader(stream))
    assert float(history[-1]["train_mlogloss"]) < float(history[0]["train_mlogloss"])


def test_training_and_prediction_use_bit_identical_features(
    trained: Workspace,
) -> None:
    records = [r for r in read_manifest(trained.ingestion).records if r.split == "test"]
    table = read_feature_table(trained.feature_table("mfcc", "test"))
    predictor = inference.load(trained.bundle)
    clips = [load(record.path) for record in records]
    assert list(table.meta.clip_ID) == [record.clip_ID for record in records]
    np.testing.assert_array_equal(predictor.extract(clips), table.array)
    with (trained.evaluation / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row, prediction in zip(rows, predictor.predict(clips), strict=True):
        assert row["label"] == (prediction.label or "")
        assert float(row["p_Crying"]) == pytest.approx(prediction.probabilities["Crying"], abs=1e-6)


def test_training_again_gives_the_same_version(trained: Workspace, tmp_path: Path) -> None:
    again = Workspace(trained.configs, tmp_path / "artifacts")
    again.out.mkdir()
    (again.out / "features").symlink_to(trained.out / "features")
    version = inference.load(trained.bundle).manifest.version
    assert run_training(again).version == version
    one, another = (w.training / "history.csv" for w in (trained, again))
    assert one.read_bytes() == another.read_bytes()


def test_training_rejects_a_child_in_two_splits(trained: Workspace, tmp_path: Path) -> None:
    leaking = Workspace(trained.configs, tmp_path)
    for split in SPLITS:
        table = read_feature_table(trained.feature_table("mfcc", split))
        table.meta.loc[0, "child_ID"] = "shared" if split != "devel" else "other"
        write_feature_table(leaking.feature_table("mfcc", split), table)
    with pytest.raises(SplitLeakError, match=r"1 child in common.*shared of synthetic"):
        run_training(leaking)


def test_trains_without_the_unseen_corpus_to_measure_it(
    trained: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Workspace(trained.configs, tmp_path)
    for split in SPLITS:
        table = read_feature_table(trained.feature_table("mfcc", split))
        half = sorted(set(table.meta.child_ID))[::2]
        table.meta.loc[table.meta.child_ID.isin(half), "corpus"] = "other"
        write_feature_table(two.feature_table("mfcc", split), table)
    trained_on: list[set[str]] = []

    def spy(fitted: FeatureTable, devel: FeatureTable, *rest: Any) -> TrainedClassifier:
        trained_on.append({*fitted.meta.corpus, *devel.meta.corpus})
        return train_model(fitted, devel, *rest)

    monkeypatch.setattr("vocalbaby.pipeline.training.remember", lambda: remember(spy))
    monkeypatch.setenv("VOCALBABY_EVALUATION__UNSEEN_CORPORA", "[other]")
    assert "other, left out of training" in run_training(two).metrics
    assert trained_on == [{"synthetic", "other"}, {"synthetic"}]
    card = inference.load(two.bundle).bundle.card
    assert card.index("## Recordings from elsewhere") < card.index("## Figures: test")
    assert "| other | " in card
    # To calibrate with the left-out corpus takes no third booster.
    trained_on.clear()
    monkeypatch.setenv("VOCALBABY_CALIBRATION__LEFT_OUT_CORPORA", "[other]")
    run_training(two)
    assert trained_on == [{"synthetic", "other"}, {"synthetic"}]
    monkeypatch.setenv("VOCALBABY_CALIBRATION__LEFT_OUT_CORPORA", "[nowhere]")
    with pytest.raises(DataError, match="nowhere"):
        run_training(two)


def test_evaluates_each_of_several_corpora(trained: Workspace) -> None:
    table = read_feature_table(trained.feature_table("mfcc", "test"))
    table.meta.loc[::2, "corpus"] = "other"
    answers = predict_table(inference.load(trained.bundle), table)
    evaluations = evaluate_by_corpus(answers, EvaluationConfig(resamples=0))
    assert list(evaluations) == ["test", "test, other", "test, synthetic"]
    assert [e.n_clips for e in evaluations.values()] == [50, 25, 25]


def test_rejects_a_table_of_another_feature_set(trained: Workspace, toy_bundle: Path) -> None:
    table = read_feature_table(trained.feature_table("mfcc", "test"))
    other = type(table)("other", "1", table.meta, table.values)
    with pytest.raises(FeatureSetError, match="the model toy"):
        predict_table(inference.load(toy_bundle), other)


def test_a_stage_requires_the_files_of_the_one_before(trained: Workspace, tmp_path: Path) -> None:
    empty = Workspace(trained.configs, tmp_path)
    with pytest.raises(DataNotFoundError, match=r"train\.parquet"):
        run_training(empty)
    with pytest.raises(BundleError, match="no model bundle"):
        run_evaluation(empty)
