"""Training of gradient-boosted trees on feature tables."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.models import forest
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import xgboost as xgb

__all__ = ["TrainedModel", "TrainingConfig", "labels", "train_booster"]


Fraction = Annotated[float, Field(gt=0.0, le=1.0)]


class TrainingConfig(StrictModel):
    """Settings of the training.

    Attributes:
        kind: ``boosted_trees`` or ``mlp`` (multilayer perceptrons) on all columns, or an
            ``ensemble``, whose settings are those of each member.
        members: Kinds of the members of an ensemble; each feature set has one of each kind.
        mlp: Settings of multilayer perceptrons. Of the settings below, ``seed`` and those of the
            balance hold for all kinds, the others for boosted trees only.
        seed: Seed of the random generator.
        rounds: Maximum number of boosting rounds; each adds one tree per class.
        early_stopping_rounds: Number of rounds without improvement on devel after which
            the training stops.
        early_stopping_metric: ``mlogloss`` or ``uar``, measured on devel.
        learning_rate: Shrinkage of each tree.
        max_depth: Maximum depth of a tree.
        min_child_weight: Minimum sum of hessians in a leaf.
        subsample: Share of the clips that each tree is fitted to.
        colsample_bytree: Share of the columns that each tree may use.
        colsample_bynode: Share of those columns that each split may use.
        reg_lambda: L2 penalty on leaf values.
        reg_alpha: L1 penalty on leaf values.
        gamma: Minimum loss reduction of a split.
        max_bin: Number of histogram bins per column.
        class_balance: 0 gives equal weight to clips, 1 to classes.
        child_balance: Within a class, 0 gives equal weight to clips, 1 to children.
        corpus_balance: Within a class, 0 gives equal weight to clips, 1 to corpora.
        class_prior: How much more frequent than the others a class is, e.g. ``{Junk: 2}``, with
            balanced classes; the probabilities hold for these frequencies.
        threads: Number of threads. With more than one, results may differ in the last
            bits.
    """

    kind: Literal["boosted_trees", "mlp", "ensemble"] = "boosted_trees"
    members: tuple[Literal["boosted_trees", "mlp"], ...] = Field(
        default=("boosted_trees",), min_length=1
    )
    mlp: MlpConfig = MlpConfig()
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
    class_prior: dict[Label, Annotated[float, Field(gt=0.0, le=100.0)]] = Field(
        default_factory=dict
    )
    threads: int = Field(default=1, ge=1, le=64)

    @field_validator("members")
    @classmethod
    def _different(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(members)) < len(members):
            raise ValueError("name each kind once")
        return members


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
            f"Train has only the classes {classes}.", hint="Training needs two classes or more."
        )
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
