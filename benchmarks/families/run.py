"""Cost of a prediction, and size of the parts, of each family of models.

The models are fitted to simulated clips with the number of columns of `spectral_prosodic`; the
figures depend on the number of clips for support vector machines, and not on what they hold.
"""

import argparse
import statistics
import time

import numpy as np
import pandas as pd

from vocalbaby import features
from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.labels import CLASSES
from vocalbaby.models import registry

__all__ = ["main"]

_FAMILIES: dict[str, dict[str, object]] = {
    "boosted_trees": {},
    "logistic_regression": {"kind": "logistic_regression"},
    "mlp": {"kind": "mlp"},
    "svm": {"kind": "svm"},
    "soft_vote": {
        "kind": "ensemble",
        "combination": "probabilities",
        "members": ("boosted_trees", "svm", "logistic_regression"),
    },
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=2000, help="clips of the training")
    parser.add_argument("--repeats", type=int, default=7, help="runs; the median is shown")
    options = parser.parse_args()
    train, devel = _simulated("train", options.clips, 1), _simulated("devel", 500, 2)
    print("| family | one clip | a clip of a batch of 64 | parts |\n| --- | ---: | ---: | ---: |")
    for family, settings in _FAMILIES.items():
        model = train_model(train, devel, TrainingConfig.model_validate({"rounds": 150} | settings))
        size = sum(map(len, model.parts.values()))
        cost = [1e6 * _cost(model, devel.array[:n], options.repeats) for n in (1, 64)]
        print(f"| `{family}` | {cost[0]:.0f} µs | {cost[1]:.0f} µs | {size / 1e6:.2f} MB |")


def _simulated(split: str, clips: int, seed: int) -> FeatureTable:
    """Clips of children whose classes overlap."""
    chosen, rng = features.get("spectral_prosodic"), np.random.default_rng(seed)
    means = np.random.default_rng(0).normal(size=(len(CLASSES), len(chosen.columns)))
    truth = rng.integers(0, len(CLASSES), clips)
    values = (means[truth] + 3 * rng.normal(size=(clips, len(chosen.columns)))).astype(np.float32)
    rows = [
        (f"{split}{i}.wav", f"{split}{i % 40}", CLASSES[k], "simulated", split)
        for i, k in enumerate(truth)
    ]
    return FeatureTable(
        chosen.name,
        chosen.version,
        pd.DataFrame(rows, columns=list(META_COLUMNS)),
        pd.DataFrame(values, columns=[column.name for column in chosen.columns]),
    )


def _cost(model: TrainedClassifier, x: np.ndarray, repeats: int) -> float:
    """CPU seconds per clip, the median of some runs."""
    loaded = registry.load(model.kind, model.parts)
    calls = 2000 // len(x)
    found = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(calls):
            loaded.margins(x)
        found.append((time.process_time() - start) / (calls * len(x)))
    return statistics.median(found)


if __name__ == "__main__":
    main()
