"""Labelled clips, standardized for models that need columns of one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.resampling import resampled
from vocalbaby.components.standardizing import fit_standardization
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.models.calibration import probabilities
from vocalbaby.models.classifier import Classifier
from vocalbaby.models.standardization import Standardization
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.metrics import log_loss, recall_score

__all__ = ["StandardizedData", "history_row", "model_row", "standardized_data"]


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedData:
    """What a model is fitted to, and devel; each pair is (train, devel).

    Attributes:
        classes: Classes of train in the order of the numbers in ``truth``.
        tables: The clips themselves, train with the synthetic ones.
        standardization: Fitted to train.
        inputs: Standardized features, float32, shape (n, n_columns).
        truth: Numbers of the classes, int64, shape (n,).
        weights: Weights of the clips, float64, shape (n,).

    Examples:
        `standardized_data` makes one:

        >>> StandardizedData.__slots__[:2]
        ('classes', 'tables')
    """

    classes: tuple[str, ...]
    tables: tuple[FeatureTable, FeatureTable]
    standardization: Standardization
    inputs: tuple[NDArray[np.float32], NDArray[np.float32]]
    truth: tuple[NDArray[np.int64], NDArray[np.int64]]
    weights: tuple[NDArray[np.float64], NDArray[np.float64]]


def standardized_data(
    train: FeatureTable, devel: FeatureTable, config: TrainingConfig
) -> StandardizedData:
    """Select labelled clips, resample those of train, and standardize both by train.

    Args:
        train: Clips to fit a model to.
        devel: Clips of other children; they affect nothing that is fitted.
        config: Settings of the training.

    Returns:
        The clips of both.

    Raises:
        DataError: Train has fewer than two classes, or devel has a class that train lacks.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> data = standardized_data(table, table, TrainingConfig())
        >>> data.classes, data.inputs[0].shape
        (('Crying', 'Junk'), (6, 1))
    """
    train, devel = (table.where(table.meta.Answer != "") for table in (train, devel))
    classes = tuple(c for c in CLASSES if (train.meta.Answer == c).any())
    if len(classes) < 2:
        raise DataError(
            f"Train has only the classes {list(classes)}.",
            hint="Training needs two classes or more.",
        )
    train = resampled(train, config)
    standardization = fit_standardization(train.array)
    return StandardizedData(
        classes,
        (train, devel),
        standardization,
        (standardization.apply(train.array), standardization.apply(devel.array)),
        (labels(train, classes), labels(devel, classes)),
        (_weights(train, config), _weights(devel, config)),
    )


def history_row(
    data: StandardizedData, number: int, found: Sequence[NDArray[np.float64]]
) -> dict[str, float]:
    """Compute a row of the history of a training, with the keys of `.boosting.TrainedModel`.

    Args:
        data: The clips.
        number: Number of the round.
        found: Probabilities of the classes, of train and of devel, each of shape (n, n_classes).

    Returns:
        ``round``, ``train_mlogloss``, ``devel_mlogloss`` and ``devel_uar``.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> data = standardized_data(table, table, TrainingConfig())
        >>> round(history_row(data, 1, [np.full((6, 2), 0.5)] * 2)["devel_mlogloss"], 3)
        0.693
    """
    numbers = np.arange(len(data.classes))
    loss = [
        float(log_loss(y, p, sample_weight=w, labels=numbers))
        for y, p, w in zip(data.truth, found, data.weights, strict=True)
    ]
    uar = float(recall_score(data.truth[1], found[1].argmax(axis=1), average="macro"))
    return {
        "round": number,
        "train_mlogloss": loss[0],
        "devel_mlogloss": loss[1],
        "devel_uar": uar,
    }


def model_row(data: StandardizedData, model: Classifier) -> dict[str, float]:
    """Compute the only row of the history of a model that is fitted in one step.

    Args:
        data: The clips.
        model: The model, whose margins are not calibrated yet.

    Returns:
        The row, as `history_row` computes it.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> data = standardized_data(table, table, TrainingConfig())
        >>> class High:  # a model that calls a high pitch crying
        ...     n_features, n_classes = 1, 2
        ...
        ...     def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        ...         return np.concatenate([x - 3, 3 - x], axis=1)
        >>> model_row(data, High())["devel_uar"]
        1.0
    """
    bias = [0.0] * len(data.classes)
    found = [probabilities(model.margins(table.array), 1.0, bias) for table in data.tables]
    return history_row(data, 1, found)


def _weights(table: FeatureTable, config: TrainingConfig) -> NDArray[np.float64]:
    return clip_weights(
        table.meta,
        classes=config.class_balance,
        children=config.child_balance,
        corpora=config.corpus_balance,
        prior=config.class_prior,
    )
