"""Evaluation: how good answers are, with the field's figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import DataError

__all__ = [
    "ClassFigures",
    "Evaluation",
    "EvaluationConfig",
    "calibration_error",
    "evaluate",
    "tabulate",
]


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


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Figures of one class; None where undefined (no such clip, or no such answer)."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over labelled clips.

    All but the last three count the most probable class of every clip, also where the
    model would abstain.

    Attributes:
        n_clips: Clips.
        n_children: Children.
        uar: Unweighted average recall over the classes that occur (chance is 1 over
            their number).
        uar_low: Lower end of the confidence interval; children were resampled.
        uar_high: Its upper end.
        confidence: Its coverage.
        accuracy: Share of clips that are right.
        macro_f1: Mean F1 of the classes that occur.
        weighted_f1: Mean F1, weighted by support.
        log_loss: Mean negative log probability of the true class.
        calibration_error: See :func:`calibration_error`.
        classes: Class name to its figures.
        confusion: Row the truth, column the answer, in the order of ``classes``.
        abstention_rate: Share of clips without a label.
        uar_answered: UAR of the clips with a label; None when there are none.
        abstentions: Warning code to number of clips.
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

    def metrics(self) -> dict[str, float | int]:
        """Flat figures, as ``dvc metrics show`` wants them; undefined ones are left out."""
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
        return {name: round(value, 6) for name, value in flat.items() if value is not None}


def tabulate(meta: pd.DataFrame, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Truth and answers side by side, one row per clip; what ``predictions.csv`` holds.

    Args:
        meta: Columns ``clip_ID``, ``child_ID``, ``Answer``, ``corpus``, ``split``.
        predictions: In the same order.

    Returns:
        ``meta`` with ``predicted`` (the most probable class), ``label`` (empty where the
        model abstained), ``why`` (its warning codes) and ``p_<class>`` columns.
    """
    chances = pd.DataFrame([p.probabilities for p in predictions])
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
                }
            ),
            chances.add_prefix("p_"),
        ],
        axis=1,
    )


def evaluate(answers: pd.DataFrame, config: EvaluationConfig) -> Evaluation:
    """Compute all figures.

    Args:
        answers: What :func:`tabulate` returned; unlabelled clips are left out.
        config: Settings.

    Raises:
        DataError: No clip is labelled, or a label is none of the model's classes.
    """
    answers = answers[answers.Answer != ""]
    classes = [name.removeprefix("p_") for name in answers.columns if name.startswith("p_")]
    if answers.empty or (unknown := set(answers.Answer) - set(classes)):
        what = f"classes {sorted(unknown)}" if len(answers) else "no labelled clip"
        raise DataError(f"Nothing to evaluate: {what}.", hint="Choose another table.")
    truth, chances = answers.Answer, answers[[f"p_{c}" for c in classes]].to_numpy(float)
    confusion = confusion_matrix(truth, answers.predicted, labels=classes)
    figures = _per_class(confusion, truth, answers.predicted, classes)
    low, high = _interval(answers, classes, config)
    right = (truth == answers.predicted).to_numpy()
    answered = answers[answers.label != ""]
    support = confusion.sum(axis=1)
    f1 = np.array([figure.f1 or 0.0 for figure in figures.values()])
    probable = chances[np.arange(len(answers)), [classes.index(name) for name in truth]]
    return Evaluation(
        n_clips=len(answers),
        n_children=answers.child_ID.nunique(),
        uar=_uar(confusion),
        uar_low=low,
        uar_high=high,
        confidence=config.confidence,
        accuracy=float(right.mean()),
        macro_f1=float(f1[support > 0].mean()),
        weighted_f1=float((f1 * support).sum() / support.sum()),
        log_loss=float(-np.log(np.maximum(probable, 1e-15)).mean()),
        calibration_error=calibration_error(chances.max(axis=1), right, config.bins),
        classes=figures,
        confusion=confusion.tolist(),
        abstention_rate=1.0 - len(answered) / len(answers),
        uar_answered=_uar(confusion_matrix(answered.Answer, answered.label, labels=classes))
        if len(answered)
        else None,
        abstentions=dict(sorted(Counter(" ".join(answers.why).split()).items())),
    )


def calibration_error(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Expected calibration error: how far confidence is from accuracy, over equal bins.

    Guo et al. (2017), "On calibration of modern neural networks", equation 5.

    Args:
        confidence: Highest probability of each clip, shape (n,).
        right: Whether that class was the true one, shape (n,).
        bins: Number of equally wide bins.
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


def _uar(confusion: NDArray[np.int64]) -> float:
    support = confusion.sum(axis=-1)
    return float((np.diag(confusion)[support > 0] / support[support > 0]).mean())


def _interval(
    answers: pd.DataFrame, classes: list[str], config: EvaluationConfig
) -> tuple[float | None, float | None]:
    """Percentile bootstrap over children: clips of one child are not independent."""
    if not config.resamples:
        return None, None
    child, _ = pd.factorize(answers.child_ID)
    k = len(classes)
    number = {name: i for i, name in enumerate(classes)}
    cell = answers.Answer.map(number) * k + answers.predicted.map(number)
    counts = np.zeros((child.max() + 1, k * k))
    np.add.at(counts, (child, cell.to_numpy(int)), 1)
    rng = np.random.default_rng(config.seed)
    times = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), config.resamples)
    drawn = (times @ counts).reshape(-1, k, k)
    support = drawn.sum(axis=2)
    recall = np.divide(
        np.diagonal(drawn, axis1=1, axis2=2),
        support,
        out=np.full(support.shape, np.nan),
        where=support > 0,
    )
    tail = (1 - config.confidence) / 2
    low, high = np.quantile(np.nanmean(recall, axis=1), [tail, 1 - tail])
    return float(low), float(high)
