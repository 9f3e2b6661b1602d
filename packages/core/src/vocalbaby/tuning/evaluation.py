"""Evaluation of settings: on devel, or on folds of train by child."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable, children
from vocalbaby.exception import DataError
from vocalbaby.models import registry
from vocalbaby.tuning.config import Objective, TuningConfig
from vocalbaby.tuning.families import Family, family_settings
from vocalbaby.tuning.overrides import override
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.wording import counted

with needs_extra("train"):
    from sklearn.metrics import f1_score, recall_score
    from sklearn.model_selection import StratifiedGroupKFold

__all__ = ["Problem", "Split", "child_folds", "objective_value", "report_split", "splits"]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Tables of one fit.

    Attributes:
        fit: Clips to fit a model to, with augmented copies.
        stop: Clips of other children, on which the training stops and votes are scaled.
        score: Clips to evaluate the model on.

    Examples:
        A `Problem` has one or several; see `splits`.

        >>> Split.__slots__
        ('fit', 'stop', 'score')
    """

    fit: FeatureTable
    stop: FeatureTable
    score: FeatureTable


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What a search is about.

    Attributes:
        train: Clips to fit models to, with augmented copies.
        devel: Clips of other children.
        family: The family of models.
        training: Settings of the training; the family and a trial override some of them.
        config: Settings of the tuning.

    Examples:
        >>> from vocalbaby.components.feature_table import FeatureTable
        >>> def evaluate_defaults(train: FeatureTable, devel: FeatureTable) -> float:
        ...     problem = Problem(train, devel, "mlp", TrainingConfig(), TuningConfig())
        ...     (split,) = splits(problem)
        ...     return problem.evaluate(split, {})
    """

    train: FeatureTable
    devel: FeatureTable
    family: Family
    training: TrainingConfig
    config: TuningConfig

    @property
    def base(self) -> TrainingConfig:
        """Settings of the training of the family.

        Raises:
            ConfigError: The settings do not belong to the family.
        """
        return override(self.training, family_settings(self.family))

    def evaluate(self, split: Split, values: Mapping[str, object]) -> float:
        """Train with settings and return the objective on ``split.score``.

        Args:
            split: Tables.
            values: Settings that differ from ``base``, by dotted name.

        Raises:
            ConfigError: A value is out of its bounds.
            DataError: The tables cannot be trained on.
        """
        model = train_model(split.fit, split.stop, override(self.base, values))
        margins = registry.load(model.kind, model.parts).margins(split.score.array)
        predicted = np.array(model.classes, object)[margins.argmax(axis=1)]
        truth = split.score.meta.Answer.to_numpy(object)
        return objective_value(self.config.objective, truth, predicted)


def objective_value(
    objective: Objective, truth: NDArray[np.object_], predicted: NDArray[np.object_]
) -> float:
    """Return UAR or macro F1, each the mean over the classes that occur.

    Args:
        objective: ``uar`` or ``macro_f1``.
        truth: Classes, array of objects (str), shape (n,).
        predicted: Predicted classes, array of objects (str), shape (n,).

    Examples:
        >>> truth = np.array(["Crying", "Crying", "Junk"], object)
        >>> predicted = np.array(["Crying", "Laughing", "Junk"], object)
        >>> objective_value("uar", truth, predicted)
        0.75
    """
    measure = recall_score if objective == "uar" else f1_score
    present = sorted(set(truth.tolist()))
    value = measure(
        truth.tolist(), predicted.tolist(), labels=present, average="macro", zero_division=0.0
    )
    return float(value)


def splits(problem: Problem) -> list[Split]:
    """Return the tables of each fit of a trial: one with ``devel``, one per fold with ``nested``.

    Of the folds, one is evaluated, the next one serves to stop the training, and the others are
    fitted to. Augmented copies are fitted to only.

    Args:
        problem: What the search is about.

    Raises:
        DataError: There are fewer children than folds, or no labelled clips.

    Examples:
        >>> from vocalbaby.components.feature_table import FeatureTable
        >>> def count(train: FeatureTable, devel: FeatureTable) -> int:
        ...     nested = TuningConfig(evaluation="nested", folds=4)
        ...     return len(splits(Problem(train, devel, "mlp", TrainingConfig(), nested)))  # 4
    """
    train, devel = _labelled(problem.train, "train"), _labelled(problem.devel, "devel")
    if problem.config.evaluation == "devel":
        return [Split(train, _known(devel, train), devel.originals)]
    folds = problem.config.folds
    fold = child_folds(train, folds, problem.config.seed)
    result = []
    for number in range(folds):
        following = (number + 1) % folds
        fit = train.where((fold != number) & (fold != following))
        stop = train.where(fold == following).originals
        score = train.where(fold == number).originals
        result.append(Split(fit, _known(stop, fit), score))
    return result


def report_split(problem: Problem) -> Split:
    """Return the tables that evaluate the choice of a nested search on devel.

    The training stops on a fold of train, so that devel has no influence on the model either.

    Args:
        problem: What the search is about.

    Raises:
        DataError: As for `splits`.

    Examples:
        >>> from vocalbaby.components.feature_table import FeatureTable
        >>> def outer(problem: Problem, best: dict[str, object]) -> float:
        ...     return problem.evaluate(report_split(problem), best)
    """
    train, devel = _labelled(problem.train, "train"), _labelled(problem.devel, "devel")
    fold = child_folds(train, problem.config.folds, problem.config.seed)
    fit, stop = train.where(fold != 0), train.where(fold == 0).originals
    return Split(fit, _known(stop, fit), devel.originals)


_FEWER: Final = "Use fewer folds in tuning.yaml, or `evaluation: devel`."


def child_folds(table: FeatureTable, folds: int, seed: int) -> NDArray[np.int64]:
    """Number the fold of each clip; a child is in one fold, and so are the copies of its clips.

    The folds have similar shares of the classes, as far as the children permit.

    Args:
        table: Labelled clips.
        folds: Number of folds.
        seed: Seed of the order of equal children.

    Returns:
        Numbers from 0, int64, shape (n_clips,).

    Raises:
        DataError: There are fewer children than folds.

    Examples:
        >>> def sizes(table: FeatureTable) -> list[int]:
        ...     return np.bincount(child_folds(table, 5, seed=0)).tolist()
    """
    child = children(table.meta)
    if (found := len(np.unique(child))) < folds:
        raise DataError(
            f"Train has {counted(found, 'child')} for {folds} folds by child.", hint=_FEWER
        )
    fold = np.zeros(len(table), np.int64)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a class in fewer clips than folds
            parts = splitter.split(np.zeros(len(table)), table.meta.Answer.to_numpy(str), child)
            for number, (_, held_out) in enumerate(parts):
                fold[held_out] = number
    except ValueError as error:
        what = f"Train cannot be split into {folds} folds: {error}."
        raise DataError(what, hint=_FEWER) from error
    return fold


def _labelled(table: FeatureTable, split: str) -> FeatureTable:
    labelled = table.where(table.meta.Answer != "")
    if not len(labelled):
        raise DataError(
            f"The split {split} has no labelled clip.",
            hint="Every split needs children of its own; change the shares.",
        )
    return labelled


def _known(stop: FeatureTable, fit: FeatureTable) -> FeatureTable:
    """Clips of the classes that a model can have."""
    return stop.where(stop.meta.Answer.isin(set(fit.meta.Answer)))
