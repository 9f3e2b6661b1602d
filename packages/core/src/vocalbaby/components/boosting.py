"""Training: feature tables to a boosted forest."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError

__all__ = ["TrainedModel", "TrainingConfig", "labels", "train_booster"]


Fraction = Annotated[float, Field(gt=0.0, le=1.0)]


class TrainingConfig(StrictModel):
    """How the booster is trained.

    Attributes:
        seed: Seed of every random choice.
        rounds: Most boosting rounds (each adds one tree per class).
        early_stopping_rounds: Rounds without improvement on devel before stopping.
        early_stopping_metric: ``mlogloss`` or ``uar``, measured on devel.
        learning_rate: Shrinkage of each tree.
        max_depth: Depth of the trees.
        min_child_weight: Least sum of hessians in a leaf.
        subsample: Share of the clips that each tree sees.
        colsample_bytree: Share of the columns that each tree sees.
        colsample_bynode: Share of those columns that each split sees.
        reg_lambda: L2 penalty of the leaf values.
        reg_alpha: L1 penalty of the leaf values.
        gamma: Least loss reduction of a split.
        max_bin: Histogram bins per column.
        class_balance: 0 weighs clips equally, 1 weighs classes equally.
        child_balance: 0 weighs a child by its clips, 1 weighs children equally (within a
            class).
        corpus_balance: The same for corpora within a class.
        threads: Threads of XGBoost. More than one may change the last bits.
    """

    seed: int = Field(default=20191, ge=0, lt=2**31)
    rounds: int = Field(default=600, ge=1, le=5000)
    early_stopping_rounds: int = Field(default=40, ge=1)
    early_stopping_metric: Literal["mlogloss", "uar"] = "mlogloss"
    learning_rate: Fraction = 0.08
    max_depth: int = Field(default=5, ge=1, le=12)
    min_child_weight: float = Field(default=2.0, ge=0.0)
    subsample: Fraction = 0.8
    colsample_bytree: Fraction = 0.5
    colsample_bynode: Fraction = 1.0
    reg_lambda: float = Field(default=2.0, ge=0.0)
    reg_alpha: float = Field(default=0.0, ge=0.0)
    gamma: float = Field(default=0.0, ge=0.0)
    max_bin: int = Field(default=128, ge=2, le=1024)
    class_balance: float = Field(default=1.0, ge=0.0, le=1.0)
    child_balance: float = Field(default=0.5, ge=0.0, le=1.0)
    corpus_balance: float = Field(default=0.0, ge=0.0, le=1.0)
    threads: int = Field(default=1, ge=1, le=64)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A booster and how it came about.

    Attributes:
        booster: XGBoost's UBJ bytes, up to the best round.
        classes: Order of its classes.
        columns: Order of its columns.
        rounds: Rounds that were kept.
        history: One row per round that was tried: ``round``, ``train_mlogloss``,
            ``devel_mlogloss`` and ``devel_uar``.
    """

    booster: bytes
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    rounds: int
    history: list[dict[str, float]]


def train_booster(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
) -> TrainedModel:
    """Boost trees on train until devel gets no better.

    With ``config.threads`` of 1 the same tables and settings give the same bytes.

    Args:
        train: Labelled clips; unlabelled rows are left out, here and in devel.
        devel: Labelled clips of other children, for early stopping.
        config: Settings.
        progress: Called with (rounds done, most rounds) after every round.

    Raises:
        DataError: The tables have different features, fewer than two classes, or devel
            has a class that train lacks.
    """
    if train.columns != devel.columns:
        raise DataError("Train and devel have different features.", hint="Compute both again.")
    classes = tuple(c for c in CLASSES if (train.meta.Answer == c).any())
    if len(classes) < 2:
        raise DataError(f"Train has the classes {classes}.", hint="Two or more are needed.")
    fitted = _matrix(train, classes, config, None)
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
        booster=bytes(booster.save_raw("ubj")),
        classes=classes,
        columns=train.columns,
        rounds=booster.num_boosted_rounds(),
        history=[
            {"round": i} | dict(zip(columns, row, strict=True)) for i, row in enumerate(rows, 1)
        ],
    )


def labels(table: FeatureTable, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Class numbers of a table's rows, shape (n_clips,).

    Raises:
        DataError: A row has another class, or none.
    """
    numbers = {name: i for i, name in enumerate(classes)}
    if unknown := sorted(set(table.meta.Answer) - set(numbers)):
        raise DataError(
            f"Clips of the classes {unknown}, which the model does not have.",
            hint=f"The model has {', '.join(classes)}.",
        )
    return np.array([numbers[name] for name in table.meta.Answer], np.int64)


def _matrix(
    table: FeatureTable,
    classes: tuple[str, ...],
    config: TrainingConfig,
    reference: xgb.QuantileDMatrix | None,
) -> xgb.QuantileDMatrix:
    table = table.where(table.meta.Answer != "")
    if not len(table):
        raise DataError("A split without labelled clips.", hint="Change the split's shares.")
    weights = clip_weights(
        table.meta,
        classes=config.class_balance,
        children=config.child_balance,
        corpora=config.corpus_balance,
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
