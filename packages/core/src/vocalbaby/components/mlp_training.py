"""Training of multilayer perceptrons on feature tables."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.models import mlp
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.metrics import log_loss, recall_score
    from sklearn.neural_network import MLPClassifier

__all__ = ["train_mlp"]

#: Shares of the clips beyond the range of a column.
_RANGE = (0.005, 0.995)


def train_mlp(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
) -> TrainedParts:
    """Train perceptrons from different random weights, and average their outputs.

    They have one hidden layer and learn by Adam for a fixed number of epochs. The mean of their
    outputs is that of one network with all their hidden units. Devel affects only the history. Rows
    without a label are ignored.

    Args:
        train: Clips to fit the perceptrons to.
        devel: Clips of other children.
        config: Settings of the training.
        progress: Called with (rounds done, ``config.rounds``) after every epoch, whose share of
            the rounds is its share of the epochs.

    Raises:
        DataError: Train has fewer than two classes, or devel has a class that train lacks.
    """
    train, devel = (table.where(table.meta.Answer != "") for table in (train, devel))
    classes = tuple(c for c in CLASSES if (train.meta.Answer == c).any())
    if len(classes) < 2:
        raise DataError(
            f"Train has only the classes {classes}.", hint="Training needs two classes or more."
        )
    ranges = _ranges(train.array)
    inputs = [_scaled(table.array, ranges) for table in (train, devel)]
    truth = [labels(table, classes) for table in (train, devel)]
    weights = [_weights(table, config) for table in (train, devel)]
    settings = config.mlp
    networks = [
        MLPClassifier(
            (settings.hidden,),
            alpha=settings.weight_decay,
            batch_size=min(settings.batch_size, len(train)),
            learning_rate_init=settings.learning_rate,
            random_state=config.seed + number,
        )
        for number in range(settings.networks)
    ]
    numbers = np.arange(len(classes))
    history = []
    for epoch in range(1, settings.epochs + 1):
        for network in networks:
            network.partial_fit(inputs[0], truth[0], sample_weight=weights[0], classes=numbers)
        found = [np.mean([n.predict_proba(x) for n in networks], axis=0) for x in inputs]
        loss = [
            float(log_loss(y, p, sample_weight=w, labels=numbers))
            for y, p, w in zip(truth, found, weights, strict=True)
        ]
        uar = float(recall_score(truth[1], found[1].argmax(axis=1), average="macro"))
        history.append(
            {
                "round": epoch,
                "train_mlogloss": loss[0],
                "devel_mlogloss": loss[1],
                "devel_uar": uar,
            }
        )
        if progress is not None:
            progress(round(config.rounds * epoch / settings.epochs), config.rounds)
    parts = {mlp.PART: _part(networks, ranges)}
    return TrainedParts(mlp.KIND, classes, train.columns, parts, history)


def _weights(table: FeatureTable, config: TrainingConfig) -> NDArray[np.float64]:
    return clip_weights(
        table.meta,
        classes=config.class_balance,
        children=config.child_balance,
        corpora=config.corpus_balance,
        prior=config.class_prior,
    )


def _ranges(x: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Range, mean and deviation of each column; a column without a value becomes 0."""
    measured = ~np.isnan(x).all(axis=0)
    values = np.where(measured, x, np.float32(0))
    low, high = np.nanquantile(values, _RANGE, axis=0).astype(np.float32)
    limited = np.clip(values, low, high)
    center, scale = np.nanmean(limited, axis=0), np.nanstd(limited, axis=0)
    return {"low": low, "high": high, "center": center, "scale": np.where(scale > 0, scale, 1)}


def _scaled(x: NDArray[np.float32], ranges: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    limited = np.clip(x, ranges["low"], ranges["high"])
    scaled: NDArray[np.float32] = (limited - ranges["center"]) / ranges["scale"]
    return np.nan_to_num(scaled)


def _part(networks: list[Any], ranges: dict[str, NDArray[np.float32]]) -> bytes:
    """Write the networks side by side as one, whose outputs are the mean of theirs."""
    layers = {
        **ranges,
        "hidden": np.concatenate([n.coefs_[0] for n in networks], axis=1),
        "hidden_bias": np.concatenate([n.intercepts_[0] for n in networks]),
        "output": np.concatenate([n.coefs_[1] for n in networks]) / len(networks),
        "output_bias": np.mean([n.intercepts_[1] for n in networks], axis=0),
    }
    # Nine digits determine a float32.
    rounded = {
        name: np.vectorize(lambda v: float(f"{v:.9g}"))(values.astype(np.float32)).tolist()
        for name, values in layers.items()
    }
    text = json.dumps(rounded, separators=(",", ":"))
    mlp.Layers.model_validate_json(text)
    return f"{text}\n".encode()
