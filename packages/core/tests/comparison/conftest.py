"""A small comparison: feature tables of planted classes, and a workspace with its settings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from vocalbaby import features
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable, write_feature_table
from vocalbaby.entity.labels import CLASSES
from vocalbaby.pipeline.workspace import Workspace

SPLITS = {"train": 6, "devel": 4, "test": 4}

TRAINING = {
    "model": {"name": "tiny", "reference_rows": 50},
    "training": {"rounds": 4, "early_stopping_rounds": 2, "max_depth": 2, "learning_rate": 0.4},
    "calibration": {"folds": 2, "novelty_axes": 2},
}
COMPARISON = {
    "feature_sets": ["mfcc"],
    "families": ["boosted_trees", "logistic_regression"],
    "modes": ["flat"],
    "resamples": 100,
}


def make_table(split: str, seed: int, corpus: str = "toy") -> FeatureTable:
    """Ten clips of each child of a split, two of each class, of which three columns say more."""
    rng = np.random.default_rng([seed, list(SPLITS).index(split)])
    label = np.tile(np.arange(5), SPLITS[split] * 2)
    child = np.repeat(np.arange(SPLITS[split]), 10)
    names = [column.name for column in features.get("mfcc").columns]
    values = rng.normal(size=(len(label), len(names)))
    values[:, :3] += label[:, np.newaxis] * np.array([0.9, -0.7, 0.5])
    rows = [
        (f"{split}{i}", f"{split}-{c}", CLASSES[k], corpus, split)
        for i, (c, k) in enumerate(zip(child, label, strict=True))
    ]
    meta = pd.DataFrame(rows, columns=list(META_COLUMNS)).astype(object)
    return FeatureTable(
        "mfcc",
        features.get("mfcc").version,
        meta,
        pd.DataFrame(values.astype(np.float32), columns=names),
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Settings and feature tables of two experiments."""
    found = Workspace(tmp_path / "configs", tmp_path / "artifacts")
    found.configs.mkdir()
    settings = {
        "training": TRAINING,
        "comparison": COMPARISON,
        "features": {"feature_set": "mfcc"},
        "evaluation": {"resamples": 20},
    }
    for name, content in settings.items():
        (found.configs / f"{name}.yaml").write_text(yaml.safe_dump(content))
    for split in SPLITS:
        write_feature_table(found.feature_table("mfcc", split), make_table(split, 1))
    return found
