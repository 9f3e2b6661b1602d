"""Training of gradient-boosted trees on feature tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.resampling import resampled
from vocalbaby.components.training_config import TrainingConfig
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.models import forest
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import xgboost as xgb

__all__ = ["TrainedModel", "TrainingConfig", "labels", "train_booster"]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained booster and the history of its training.

    Attributes:
        booster: XGBoost's JSON, up to the best round.
        classes: Classes in the order of the booster's outputs.
        columns: Names of the features in order.
        rounds: Number of rounds up to the best one.
        history: One row per round, with ``round``, ``train_mlogloss``,
            ``devel_mlogloss`` and ``devel_uar``.
    """

    booster: bytes
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    rounds: int
    history: list[dict[str, float]]

    @property
    def kind(self) -> str:
        """Kind of the model, as bundles name it."""
        return forest.KIND

    @property
    def parts(self) -> dict[str, bytes]:
        """Contents of the model parts of its bundle, by name."""
        return {forest.PART: self.booster}


def train_booster(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
) -> TrainedModel:
    """Train a booster on ``train``, with early stopping on ``devel``.

    With one thread, the same tables and settings give the same bytes. Rows without a label
    are ignored in both tables.

    Args:
        train: Clips to fit the trees to.
        devel: Clips of other children, for early stopping.
        config: Settings of the training.
        progress: Called with (rounds done, maximum number of rounds) after every round.

    Returns:
        The booster up to its best round.

    Raises:
        DataError: The tables have different features or fewer than two classes, or devel
            has a class that train lacks.
    """
    if train.columns != devel.columns:
        raise DataError(
            "Train and devel have different features.", hint="Compute the features of both again."
        )
    classes = tuple(c for c in CLASSES if (train.meta.Answer == c).any())
    if len(classes) < 2:
        raise DataError(
            f"Train has only the classes {list(classes)}.",
            hint="Training needs two classes or more.",
        )
    fitted = _matrix(resampled(train, config), classes, config, None)
    held_out = _matrix(devel, classes, config, fitted)
    log: dict[str, dict[str, list[float]]] = {}
    callbacks: list[xgb.callback.TrainingCallback] = [
        xgb.callback.EarlyStopping(
            rounds=config.early_stopping_rounds,
            metric_name=config.early_stopping_metric,
            data_name="devel",
            maximize=config.early_stopping_metric == "uar",
            save_best=True,
        )
    ]
    if progress is not None:
        callbacks.append(_Progress(progress, config.rounds))
    booster = xgb.train(
        _parameters(config, len(classes)),
        fitted,
        config.rounds,
        evals=[(fitted, "train"), (held_out, "devel")],
        custom_metric=_uar,
        evals_result=log,
        verbose_eval=False,
        callbacks=callbacks,
    )
    columns = {
        f"{data}_{metric}": log[data][metric]
        for data, metric in (("train", "mlogloss"), ("devel", "mlogloss"), ("devel", "uar"))
    }
    rows = zip(*columns.values(), strict=True)
    return TrainedModel(
        booster=bytes(booster.save_raw("json")),
        classes=classes,
        columns=train.columns,
        rounds=booster.num_boosted_rounds(),
        history=[
            {"round": i} | dict(zip(columns, row, strict=True)) for i, row in enumerate(rows, 1)
        ],
    )


def labels(table: FeatureTable, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Encode the labels of a table as int64 indices into ``classes``, shape (n_clips,).

    Raises:
        DataError: A label is missing or not one of ``classes``.
    """
    numbers = {name: i for i, name in enumerate(classes)}
    if unknown := sorted(set(table.meta.Answer) - set(numbers)):
        raise DataError(
            f"There are clips of the classes {unknown}, which the model does not have.",
            hint=f"The model has {', '.join(classes)}.",
        )
    return np.array([numbers[name] for name in table.meta.Answer], np.int64)


def _matrix(
    table: FeatureTable,
    classes: tuple[str, ...],
    config: TrainingConfig,
    reference: xgb.QuantileDMatrix | None,
) -> xgb.QuantileDMatrix:
    clips, table = table, table.where(table.meta.Answer != "")
    if not len(table):
        split = "train" if reference is None else "devel"
        what = f"The split {split} has no labelled clip among {len(clips)}."
        raise DataError(what, hint="Every split needs children of its own; change the shares.")
    weights = clip_weights(
        table.meta,
        classes=config.class_balance,
        children=config.child_balance,
        corpora=config.corpus_balance,
        prior=config.class_prior,
    )
    return xgb.QuantileDMatrix(
        table.array,
        label=labels(table, classes),
        weight=weights,
        max_bin=config.max_bin,
        nthread=config.threads,
        ref=reference,
    )


def _parameters(config: TrainingConfig, n_classes: int) -> dict[str, Any]:
    kept = {
        "seed",
        "learning_rate",
        "max_depth",
        "min_child_weight",
        "subsample",
        "colsample_bytree",
        "colsample_bynode",
        "reg_lambda",
        "reg_alpha",
        "gamma",
        "max_bin",
    }
    return config.model_dump(include=kept) | {
        "objective": "multi:softprob",
        "num_class": n_classes,
        "eval_metric": "mlogloss",
        "tree_method": "hist",
        "nthread": config.threads,
        "verbosity": 1,
    }


def _uar(probabilities: NDArray[np.float32], data: xgb.DMatrix) -> tuple[str, float]:
    truth = data.get_label().astype(np.int64)
    hit = probabilities.reshape(len(truth), -1).argmax(axis=1) == truth
    support = np.bincount(truth)
    recall = np.bincount(truth, weights=hit)[support > 0] / support[support > 0]
    return "uar", float(recall.mean())


class _Progress(xgb.callback.TrainingCallback):
    def __init__(self, progress: ProgressCallback, rounds: int) -> None:
        super().__init__()
        self._progress = progress
        self._rounds = rounds

    def after_iteration(self, model: xgb.Booster, epoch: int, evals_log: object) -> bool:
        del model, evals_log
        self._progress(epoch + 1, self._rounds)
        return False
