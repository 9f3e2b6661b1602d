"""Typed settings; every model here refuses keys that it does not know."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "CalibrationConfig",
    "EvaluationConfig",
    "ModelConfig",
    "SourceConfig",
    "StrictModel",
    "TrainingConfig",
]

Fraction = Annotated[float, Field(gt=0.0, le=1.0)]


class StrictModel(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(StrictModel):
    """Where a corpus comes from, for the model card.

    Attributes:
        corpus: The name in the manifest's ``corpus`` column.
        kind: Recorded children or adults, or synthesized sound.
        licence: e.g. ``CC BY 3.0``.
        attribution: Whom to name, and where the corpus is found.
    """

    corpus: str
    kind: Literal["real", "synthetic"]
    licence: str
    attribution: str


class ModelConfig(StrictModel):
    """What the model is called and what its card says.

    Attributes:
        name: Lower-case letters, digits, dots and dashes; the version begins with it.
        description: A sentence or two at the top of the card.
        sources: The corpora it was trained on.
        reference_rows: Clips of devel kept in the bundle as the reference of drift.
    """

    name: str = Field(default="vocalbaby", pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")
    description: str = ""
    sources: tuple[SourceConfig, ...] = ()
    reference_rows: int = Field(default=500, ge=50, le=20_000)


class EvaluationConfig(StrictModel):
    """How figures are computed.

    Attributes:
        resamples: Bootstrap resamples of children for confidence intervals; 0 for none.
        confidence: Coverage of the intervals.
        bins: Confidence bins of the calibration error.
        seed: Seed of the bootstrap.
        unseen_corpora: Corpora on which a model trained without them is measured, for the
            card; each costs another training.
    """

    resamples: int = Field(default=1000, ge=0, le=100_000)
    confidence: float = Field(default=0.95, gt=0.0, lt=1.0)
    bins: int = Field(default=15, ge=2, le=100)
    seed: int = Field(default=0, ge=0)
    unseen_corpora: tuple[str, ...] = ()


class CalibrationConfig(StrictModel):
    """When the model is to abstain.

    Attributes:
        folds: Child-disjoint folds of devel: the limit of confidence is found on children
            that the probabilities were not fitted to.
        bias_penalty: Keeps the biases near zero, against the noise of classes with few
            clips; 0 lets devel decide alone.
        refuse_share: Share of devel clips that may be refused for want of confidence.
        novelty_quantile: Quantile of held-out novelty above which a clip is refused.
        novelty_axes: Principal axes kept in the novelty model.
    """

    folds: int = Field(default=5, ge=2, le=20)
    bias_penalty: float = Field(default=0.05, ge=0.0)
    refuse_share: float = Field(default=0.02, ge=0.0, le=0.5)
    novelty_quantile: float = Field(default=0.995, gt=0.5, lt=1.0)
    novelty_axes: int = Field(default=24, ge=1, le=200)


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
