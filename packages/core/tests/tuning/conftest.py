"""Feature tables of few simulated children."""

import numpy as np
import pandas as pd
import pytest

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.entity.labels import CLASSES

COLUMNS = 4


def make(split: str, n_children: int, seed: int, copies: int = 0) -> FeatureTable:
    """Create clips of five classes whose means differ, and copies of them with more noise."""
    rng = np.random.default_rng(seed)
    means = 1.2 * np.random.default_rng(0).normal(size=(5, COLUMNS))
    rows, meta = [], []
    for child in range(n_children):
        for clip in range(10):
            label = (clip + child) % 5
            for copy in range(copies + 1):
                rows.append(means[label] + rng.normal(size=COLUMNS))
                suffix = f"#{copy}" if copy else ""
                key = f"{split}{child}-{clip}.wav{suffix}"
                meta.append((key, f"{split}{child}", CLASSES[label], "made", split))
    return FeatureTable(
        "made",
        "1",
        pd.DataFrame(meta, columns=["clip_ID", "child_ID", "Answer", "corpus", "split"]),
        pd.DataFrame(np.array(rows, np.float32), columns=[f"f{i}" for i in range(COLUMNS)]),
    )


@pytest.fixture(scope="session")
def train() -> FeatureTable:
    return make("train", 8, 1, copies=1)


@pytest.fixture(scope="session")
def devel() -> FeatureTable:
    return make("devel", 5, 2)


@pytest.fixture(scope="session")
def training() -> TrainingConfig:
    return TrainingConfig(rounds=3, max_depth=2, learning_rate=0.3)
