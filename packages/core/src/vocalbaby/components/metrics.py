"""Metrics of a classifier: UAR, F1, calibration error, abstention."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby.components.confusions import confusions_by_child, draw_children, interval, uar
from vocalbaby.components.coverage import Coverage, measure_coverage
from vocalbaby.components.feature_table import children
from vocalbaby.components.left_out import CorpusGroups
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import DataError
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

__all__ = [
    "ClassFigures",
    "Evaluation",
    "EvaluationConfig",
    "calibration_error",
    "evaluate",
    "evaluate_by_corpus",
    "tabulate",
]


class EvaluationConfig(StrictModel):
    """Settings of evaluation.

    Attributes:
        resamples: Number of bootstrap resamples of children for confidence intervals; 0
            for no intervals.
        confidence: Coverage of the intervals.
        bins: Number of bins of the calibration error.
        seed: Seed of the bootstrap.
        unseen_corpora: Corpora, or named groups of corpora, that are each left out of a
            further training, to evaluate that model on them for the model card.
    """

    resamples: int = Field(default=1000, ge=0, le=100_000)
    confidence: float = Field(default=0.95, gt=0.0, lt=1.0)
    bins: int = Field(default=15, ge=2, le=100)
    seed: int = Field(default=0, ge=0)
    unseen_corpora: CorpusGroups = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Metrics of one class; None if undefined (no clip or no prediction of the class)."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics over labelled clips.

    All but the last three use the most probable class of every clip, including the clips
    for which the model abstains.

    Attributes:
        n_clips: Number of clips.
        n_children: Number of children.
        uar: Unweighted average recall over the classes that occur; the chance level is 1
            divided by their number.
        uar_low: Lower end of the bootstrap confidence interval over children.
        uar_high: Upper end of that interval.
        confidence: Coverage of that interval.
        accuracy: Share of correctly classified clips.
        macro_f1: Mean F1 of the classes that occur.
        weighted_f1: Mean F1, weighted by support.
        log_loss: Mean negative log probability of the true class.
        calibration_error: See `calibration_error`.
        classes: Metrics by class.
        confusion: Confusion matrix; rows are true, columns predicted classes, in the
            order of ``classes``.
        abstention_rate: Share of clips without a label.
        uar_answered: UAR of the clips with a label; None if there are none.
        abstentions: Number of clips by warning code.
        coverage: See `measure_coverage`.
    """

    n_clips: int
    n_children: int
    uar: float
    uar_low: float | None
    uar_high: float | None
    confidence: float
    accuracy: float
    macro_f1: float
    weighted_f1: float
    log_loss: float
    calibration_error: float
    classes: dict[str, ClassFigures]
    confusion: list[list[int]]
    abstention_rate: float
    uar_answered: float | None
    abstentions: dict[str, int]
    coverage: dict[str, Coverage] = field(default_factory=dict)

    def metrics(self) -> dict[str, float | int]:
        """Flat dictionary for ``dvc metrics show``, without undefined metrics."""
        plain = (
            "uar",
            "uar_low",
            "uar_high",
            "accuracy",
            "macro_f1",
            "weighted_f1",
            "log_loss",
            "calibration_error",
            "abstention_rate",
            "uar_answered",
            "n_clips",
            "n_children",
        )
        flat = {name: getattr(self, name) for name in plain}
        flat |= {f"recall.{name}": figures.recall for name, figures in self.classes.items()}
        flat |= {f"coverage.{name}": each.coverage for name, each in self.coverage.items()}
        return {name: round(value, 6) for name, value in flat.items() if value is not None}


def tabulate(meta: pd.DataFrame, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Join labels and predictions, one row per clip, as in ``predictions.csv``.

    Args:
        meta: Columns ``clip_ID``, ``child_ID``, ``Answer``, ``corpus``, ``split``.
        predictions: Predictions in the same order.

    Returns:
        ``meta`` with the columns ``predicted`` (most probable class), ``label`` (empty if
        the model abstained), ``why`` (codes of its reasons), ``label_set`` (only if the model has
        them, joined with ``;``) and ``p_<class>``.
    """
    sets = [";".join(p.label_set) for p in predictions if p.label_set is not None]
    probabilities = pd.DataFrame([p.probabilities for p in predictions])
    return pd.concat(
        [
            meta.reset_index(drop=True),
            pd.DataFrame(
                {
                    "predicted": [
                        max(p.probabilities, key=p.probabilities.__getitem__) for p in predictions
                    ],
                    "label": [p.label or "" for p in predictions],
                    "why": [
                        " ".join(w.code for w in p.warnings) if p.label is None else ""
                        for p in predictions
                    ],
                    **({"label_set": sets} if sets else {}),
                }
            ),
            probabilities.add_prefix("p_"),
        ],
        axis=1,
    )


def evaluate(answers: pd.DataFrame, config: EvaluationConfig) -> Evaluation:
    """Compute all metrics.

    Args:
        answers: Result of `tabulate`; clips without a label are ignored.
        config: Settings of the evaluation.

    Raises:
        DataError: No clip is labelled, or a label is not a class of the model.
    """
    answers = answers[answers.Answer != ""]
    classes = [name.removeprefix("p_") for name in answers.columns if name.startswith("p_")]
    if answers.empty or (unknown := set(answers.Answer) - set(classes)):
        what = f"classes {sorted(unknown)}" if len(answers) else "no labelled clip"
        raise DataError(f"There is nothing to evaluate: {what}.", hint="Choose another table.")
    truth, probabilities = answers.Answer, answers[[f"p_{c}" for c in classes]].to_numpy(float)
    confusion = confusion_matrix(truth, answers.predicted, labels=classes)
    figures = _per_class(confusion, truth, answers.predicted, classes)
    low, high = _interval(answers, classes, config)
    right = (truth == answers.predicted).to_numpy()
    answered = answers[answers.label != ""]
    support = confusion.sum(axis=1)
    f1 = np.array([figure.f1 or 0.0 for figure in figures.values()])
    probable = probabilities[np.arange(len(answers)), [classes.index(name) for name in truth]]
    return Evaluation(
        n_clips=len(answers),
        n_children=len(np.unique(children(answers))),
        uar=float(uar(confusion)),
        uar_low=low,
        uar_high=high,
        confidence=config.confidence,
        accuracy=float(right.mean()),
        macro_f1=float(f1[support > 0].mean()),
        weighted_f1=float((f1 * support).sum() / support.sum()),
        log_loss=float(-np.log(np.maximum(probable, 1e-15)).mean()),
        calibration_error=calibration_error(probabilities.max(axis=1), right, config.bins),
        classes=figures,
        confusion=confusion.tolist(),
        abstention_rate=1.0 - len(answered) / len(answers),
        uar_answered=float(uar(confusion_matrix(answered.Answer, answered.label, labels=classes)))
        if len(answered)
        else None,
        abstentions=dict(sorted(Counter(" ".join(answers.why).split()).items())),
        coverage=measure_coverage(
            answers, classes, **config.model_dump(include={"resamples", "confidence", "seed"})
        ),
    )


def evaluate_by_corpus(answers: pd.DataFrame, config: EvaluationConfig) -> dict[str, Evaluation]:
    """Evaluate all predictions, and those of each corpus if there are several.

    Args:
        answers: Result of `tabulate`.
        config: Settings of the evaluation.

    Returns:
        Metrics by set of clips; ``test``, all of them, comes first.

    Raises:
        DataError: No clip is labelled.
    """
    corpora = sorted(answers.corpus.unique())
    parts = {"test": answers}
    if len(corpora) > 1:
        parts |= {f"test, {name}": answers[answers.corpus == name] for name in corpora}
    return {name: evaluate(part, config) for name, part in parts.items()}


def calibration_error(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Expected calibration error: mean gap between confidence and accuracy in equal bins.

    Guo et al. (2017), "On calibration of modern neural networks", equation 5.

    Args:
        confidence: Highest probability of each clip, float64, shape (n,).
        right: Whether that class is the true one, shape (n,).
        bins: Number of bins of equal width.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def _per_class(
    confusion: NDArray[np.int64], truth: pd.Series, predicted: pd.Series, classes: list[str]
) -> dict[str, ClassFigures]:
    columns = precision_recall_fscore_support(
        truth, predicted, labels=classes, zero_division=np.nan
    )
    rows = zip(classes, *(column.tolist() for column in columns), strict=True)
    return {
        name: ClassFigures(
            precision if confusion[:, i].any() else None,
            recall if support else None,
            f1 if support else None,
            int(support),
        )
        for i, (name, precision, recall, f1, support) in enumerate(rows)
    }


def _interval(
    answers: pd.DataFrame, classes: list[str], config: EvaluationConfig
) -> tuple[float | None, float | None]:
    """Percentile bootstrap over children, since clips of one child are not independent."""
    if not config.resamples:
        return None, None
    child = children(answers)
    truth, predicted = (
        np.array([classes.index(name) for name in column], np.int64)
        for column in (answers.Answer, answers.predicted)
    )
    counts = confusions_by_child(truth, predicted, pd.factorize(child)[0], len(classes))
    times = draw_children(len(counts), config.resamples, config.seed)
    drawn = (times @ counts.reshape(len(counts), -1)).reshape(-1, *counts.shape[1:])
    low, high = interval(uar(drawn), config.confidence)
    return float(low), float(high)
