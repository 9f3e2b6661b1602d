"""Settings of the training of a model."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator

from vocalbaby.components.family_configs import LogisticRegressionConfig, SvmConfig
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import Label
from vocalbaby.models.ensemble import Combination

__all__ = ["MemberKind", "TrainingConfig"]

Fraction = Annotated[float, Field(gt=0.0, le=1.0)]

#: Kinds of models that may be members of an ensemble.
MemberKind: TypeAlias = Literal["boosted_trees", "logistic_regression", "mlp", "svm"]


class TrainingConfig(StrictModel):
    """Settings of the training.

    Attributes:
        kind: ``boosted_trees``, ``logistic_regression``, ``mlp`` (multilayer perceptrons) or
            ``svm`` (support vector machine) on all columns, or an ``ensemble``, whose settings
            are those of each member.
        members: Kinds of the members of an ensemble; each feature set has one of each kind.
        combination: What an ensemble averages: calibrated ``logits``, or calibrated
            ``probabilities`` (a soft vote).
        resampling: ``smote`` adds synthetic clips of the rarer classes to those that a model is
            fitted to, and needs the extra ``tune``; ``none`` adds none.
        smote_neighbours: Number of clips of its class between which and a clip the synthetic ones
            are drawn.
        logistic_regression: Settings of logistic regression.
        mlp: Settings of multilayer perceptrons.
        svm: Settings of support vector machines. Of the settings below, ``seed`` and those of the
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

    Examples:
        >>> TrainingConfig(kind="svm", svm=SvmConfig(C=10.0)).svm.C
        10.0
    """

    kind: Literal[MemberKind, "ensemble"] = "boosted_trees"
    members: tuple[MemberKind, ...] = Field(default=("boosted_trees",), min_length=1)
    combination: Combination = "logits"
    resampling: Literal["none", "smote"] = "none"
    smote_neighbours: int = Field(default=5, ge=1, le=100)
    logistic_regression: LogisticRegressionConfig = LogisticRegressionConfig()
    mlp: MlpConfig = MlpConfig()
    svm: SvmConfig = SvmConfig()
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
