"""Training of multilayer perceptrons on feature tables."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.standardized_data import history_row, standardized_data
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.models import mlp
from vocalbaby.models.standardization import Standardization
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.neural_network import MLPClassifier

__all__ = ["train_mlp"]


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
            the rounds is the rounds is its share of the epochs.

    Returns:
        The perceptrons as one network.

    Raises:
        DataError: Train has fewer than two classes, or devel has a class that train lacks.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> trained = train_mlp(table, table, TrainingConfig())
        >>> trained.classes, list(trained.parts), len(trained.history)
        (('Crying', 'Junk'), ['mlp.json'], 12)
    """
    data = standardized_data(train, devel, config)
    settings = config.mlp
    networks = [
        MLPClassifier(
            (settings.hidden,),
            alpha=settings.weight_decay,
            batch_size=min(settings.batch_size, len(data.inputs[0])),
            learning_rate_init=settings.learning_rate,
            random_state=config.seed + number,
        )
        for number in range(settings.networks)
    ]
    numbers, history = np.arange(len(data.classes)), []
    for epoch in range(1, settings.epochs + 1):
        for network in networks:
            network.partial_fit(
                data.inputs[0], data.truth[0], sample_weight=data.weights[0], classes=numbers
            )
        found = [np.mean([n.predict_proba(x) for n in networks], axis=0) for x in data.inputs]
        history.append(history_row(data, epoch, found))
        if progress is not None:
            progress(round(config.rounds * epoch / settings.epochs), config.rounds)
    parts = {mlp.PART: _part(networks, data.standardization)}
    return TrainedParts(mlp.KIND, data.classes, train.columns, parts, history)


def _outputs(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return one column per class; of two classes scikit-learn has only the logit of the second."""
    return np.concatenate([-values / 2, values / 2], axis=-1) if values.shape[-1] == 1 else values


def _part(networks: list[Any], standardization: Standardization) -> bytes:
    """Write the networks side by side as one, whose outputs are the mean of theirs."""
    layers = {
        **{f.name: getattr(standardization, f.name) for f in fields(standardization)},
        "hidden": np.concatenate([n.coefs_[0] for n in networks], axis=1),
        "hidden_bias": np.concatenate([n.intercepts_[0] for n in networks]),
        "output": np.concatenate([_outputs(n.coefs_[1]) for n in networks]) / len(networks),
        "output_bias": np.mean([_outputs(n.intercepts_[1]) for n in networks], axis=0),
    }
    # Nine digits determine a float32.
    rounded = {
        name: np.vectorize(lambda v: float(f"{v:.9g}"))(values.astype(np.float32)).tolist()
        for name, values in layers.items()
    }
    part = f"{json.dumps(rounded, separators=(',', ':'))}\n".encode()
    mlp.Mlp.from_parts({mlp.PART: part})
    return part
