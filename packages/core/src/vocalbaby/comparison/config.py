"""Settings of a comparison."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, field_validator

from vocalbaby.entity.config import StrictModel
from vocalbaby.tuning.families import Family

__all__ = ["FAMILIES", "MODES", "ComparisonConfig", "LearningCurveConfig", "Mode"]

#: Whether one model distinguishes all classes or each node of a tree has its own.
Mode: TypeAlias = Literal["flat", "hierarchical"]

#: All families; those that come first are cheaper to run and easier to explain.
FAMILIES: Final[tuple[Family, ...]] = (
    "logistic_regression",
    "svm",
    "mlp",
    "boosted_trees",
    "soft_vote",
)

#: All modes, the simpler one first.
MODES: Final[tuple[Mode, ...]] = ("flat", "hierarchical")

_Children = Annotated[int, Field(ge=1)]


class LearningCurveConfig(StrictModel):
    """Settings of the learning curve: trainings on some of the children.

    Attributes:
        children: Numbers of children of train. Numbers that train does not have are passed over;
            the result for all children is known without a further training.
        repeats: Number of trainings with different children for each number.
        experiments: Number of experiments that have a curve, those with the best results on
            devel.

    Examples:
        >>> LearningCurveConfig(children=(4, 8), repeats=2).experiments
        1
    """

    children: tuple[_Children, ...] = ()
    repeats: int = Field(default=2, ge=1, le=100)
    experiments: int = Field(default=1, ge=0)


class ComparisonConfig(StrictModel):
    """Settings of a comparison: the experiments, and how their results are evaluated.

    Every combination of a feature set, a family and a mode is an experiment.

    Attributes:
        feature_sets: Names of feature sets, or of several joined with ``+``. The set of
            ``features.yaml`` if empty.
        families: Families of models.
        modes: ``flat``, ``hierarchical`` or both.
        objective: Metric by which devel chooses the best experiment.
        resamples: Number of bootstrap resamples of children.
        confidence: Coverage of the intervals.
        learning_curve: The learning curve.
        unseen_corpora: Whether the best experiment is also trained without each corpus in turn,
            if there are several, and evaluated on it.
        seed: Seed of the bootstrap, of the permutations and of the learning curve.

    Examples:
        >>> config = ComparisonConfig(feature_sets=("mfcc",), families=("svm", "mlp"))
        >>> config.modes, config.objective
        (('flat', 'hierarchical'), 'uar')
    """

    feature_sets: tuple[str, ...] = ()
    families: tuple[Family, ...] = Field(default=FAMILIES, min_length=1)
    modes: tuple[Mode, ...] = Field(default=MODES, min_length=1)
    objective: Literal["uar", "macro_f1"] = "uar"
    resamples: int = Field(default=1000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    learning_curve: LearningCurveConfig = LearningCurveConfig()
    unseen_corpora: bool = True
    seed: int = Field(default=0, ge=0)

    @field_validator("feature_sets", "families", "modes")
    @classmethod
    def _different(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("name each one once")
        return names
