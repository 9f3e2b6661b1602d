"""The stage of training with hierarchies, from feature tables to the served bundle."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from vocalbaby import features, inference
from vocalbaby.bundle.files import verify_bundle
from vocalbaby.commands.main import app
from vocalbaby.components.feature_table import (
    FeatureTable,
    read_feature_table,
    write_feature_table,
)
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.packaging import draft_bundle
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import ConfigError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.training import run_training
from vocalbaby.pipeline.workspace import Workspace

TREE: dict[str, Any] = {
    "infant": {"emotional": ["Crying", "Laughing"], "speech": ["Canonical", "Non-canonical"]},
    "other": "Junk",
}


def table(split: str, n_children: int, seed: int) -> FeatureTable:
    """Features of children who each have two clips of each class."""
    chosen = features.get("mfcc")
    columns = [column.name for column in chosen.columns]
    rng = np.random.default_rng(seed)
    means = 0.4 * np.random.default_rng(0).normal(size=(5, len(columns)))
    labels = np.tile(np.arange(5), 2 * n_children)
    values = (means[labels] + rng.normal(size=(len(labels), len(columns)))).astype(np.float32)
    meta = [
        (f"{split}{i}.wav", f"{split}{i // 10}", CLASSES[label], "made", split)
        for i, label in enumerate(labels)
    ]
    names = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
    return FeatureTable(
        chosen.name,
        chosen.version,
        pd.DataFrame(meta, columns=names),
        pd.DataFrame(values, columns=columns),
    )


def workspace(folder: Path, **classification: object) -> Workspace:
    """Settings, and the tables of all splits."""
    found = Workspace(folder / "configs", folder / "artifacts")
    found.configs.mkdir()
    settings = {
        "features": {"feature_set": "mfcc"},
        "training": {
            "model": {"name": "tree", "reference_rows": 50},
            "training": {"rounds": 4, "max_depth": 2, "learning_rate": 0.3},
            "calibration": {"folds": 2, "novelty_axes": 4},
            "classification": classification,
        },
        "evaluation": {"resamples": 0},
    }
    for name, values in settings.items():
        (found.configs / f"{name}.yaml").write_text(yaml.safe_dump(values))
    for number, (split, n_children) in enumerate({"train": 10, "devel": 6, "test": 4}.items()):
        path = found.feature_table("mfcc", split)
        write_feature_table(path, table(split, n_children, number))
    return found


@pytest.mark.parametrize("routing", ["soft", "hard"])
def test_a_hierarchy_is_served_as_it_was_trained(routing: str, tmp_path: Path) -> None:
    given = workspace(
        tmp_path,
        mode="hierarchical",
        routing=routing,
        tree=TREE,
        nodes={
            "speech": {"kind": "mlp", "mlp.hidden": 4, "mlp.epochs": 2},
            "emotional": {"kind": "ensemble", "members": ["boosted_trees", "svm"]},
        },
    )
    manifest = run_training(given)
    assert (manifest.kind, manifest.classes) == ("hierarchical", CLASSES)
    assert {*manifest.parts} >= {
        *("root.booster.json", "speech.mlp.json", "emotional.ensemble.json"),
        "emotional.mfcc-boosted_trees.booster.json",
    }
    assert "classification" not in manifest.metrics
    assert verify_bundle(given.bundle) == []
    with (given.training / "history.csv").open(newline="") as stream:
        assert {row["node"] for row in csv.DictReader(stream)} == {
            *("root", "infant", "emotional", "speech")
        }

    train, devel, test = (
        read_feature_table(given.feature_table("mfcc", split))
        for split in ("train", "devel", "test")
    )
    settings = TrainingSettings.read(given.training_config)
    trained = fit(train, devel, settings)
    own = Predictor(
        draft_bundle(trained.model, trained.calibration, trained.tables, settings.model)
    )
    served = inference.load(given.bundle)
    clips = [Clip(name, np.empty(0, np.float32), duration_s=0.0) for name in test.meta.clip_ID]
    together = served.predict_from_features(clips, test.array)
    alone = [
        own.predict_from_features([clip], row[np.newaxis])[0]
        for clip, row in zip(clips, test.array, strict=True)
    ]
    assert [p.probabilities for p in together] == [p.probabilities for p in alone]
    found = np.array([list(p.probabilities.values()) for p in together])
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
    excluded = (found == 0).sum(axis=1)
    assert set(excluded) <= ({0} if routing == "soft" else {3, 4})


def test_devel_chooses_between_both_modes(tmp_path: Path) -> None:
    given = workspace(tmp_path, mode="both")
    command = ["train", "--config-dir", str(given.configs), "--out", str(given.out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    manifest = inference.load(given.bundle).manifest
    chosen = manifest.metrics["classification"]
    assert chosen["choice"] in result.output
    figures = chosen["devel_uar"]
    assert set(figures) == {"flat", "hierarchical"}
    best = "hierarchical" if figures["hierarchical"] > figures["flat"] else "flat"
    kind = {"flat": "boosted_trees", "hierarchical": "hierarchical"}
    assert (chosen["mode"], manifest.kind) == (best, kind[best])
    assert chosen["choice"] in (given.bundle / "card.md").read_text()
    written = json.loads((given.bundle / "manifest.json").read_text())
    assert written["metrics"]["classification"] == chosen


def test_errors_of_the_section_say_where(tmp_path: Path) -> None:
    given = workspace(tmp_path, mode="hierarchical", tree={"a": ["Crying"], "b": ["Singing"]})
    with pytest.raises(ConfigError, match=r"'tree': .*tree\.b has the unknown class 'Singing'"):
        run_training(given)
