"""Feature tables of simulated children whose classes are easy to separate."""

import numpy as np
import pandas as pd
import pytest

from vocalbaby import features
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.entity.labels import CLASSES


def make(split: str, n_children: int, seed: int) -> FeatureTable:
    """Create a table with class means, an offset per child, noise and some missing values."""
    chosen = features.get("mfcc")
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(0).normal(size=(5, len(chosen.columns)))
    rows, meta = [], []
    for child in range(n_children):
        voice = 0.5 * rng.normal(size=len(chosen.columns))
        for clip in range(12):
            label = int(rng.choice(5, p=[0.15, 0.4, 0.15, 0.05, 0.25]))
            rows.append(means[label] + voice + 0.8 * rng.normal(size=len(chosen.columns)))
            key = f"{split}{child}-{clip}.wav"
            corpus = "made" if child % 3 else "other"
            meta.append((key, f"{split}{child}", CLASSES[label], corpus, split))
    values = np.array(rows, np.float32)
    values[rng.random(values.shape) < 0.02] = np.nan
    return FeatureTable(
        chosen.name,
        chosen.version,
        pd.DataFrame(meta, columns=["clip_ID", "child_ID", "Answer", "corpus", "split"]),
        pd.DataFrame(values, columns=[column.name for column in chosen.columns]),
    )


@pytest.fixture(scope="session")
def fitted() -> FeatureTable:
    return make("train", 40, 1)


@pytest.fixture(scope="session")
def devel() -> FeatureTable:
    return make("devel", 15, 2)


@pytest.fixture(scope="session")
def test_table() -> FeatureTable:
    return make("test", 15, 3)
