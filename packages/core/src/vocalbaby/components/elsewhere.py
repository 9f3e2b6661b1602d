"""Figures of corpora that were left out of training, as one table of the model card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vocalbaby.bundle.card import FigureTable
from vocalbaby.components.feature_table import children
from vocalbaby.components.metrics import (
    Evaluation,
    EvaluationConfig,
    calibration_error,
    evaluate,
)
from vocalbaby.components.risk_coverage import COVERAGES, risk_curve
from vocalbaby.entity.labels import CLASSES
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["Elsewhere", "elsewhere_table", "measure_elsewhere"]

_JUNK = "Junk"
_LEVELS = (0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Results on left-out corpora.

    Attributes:
        evaluations: All metrics, by name of the corpus, for the manifest.
        table: The section of the model card.
    """

    evaluations: dict[str, Evaluation]
    table: FigureTable


def measure_elsewhere(answers: Mapping[str, pd.DataFrame], config: EvaluationConfig) -> Elsewhere:
    """Evaluate predictions for left-out corpora.

    Args:
        answers: Predictions by name of the corpus; see `elsewhere_table`.
        config: Settings of the evaluation.

    Raises:
        DataError: A corpus has no labelled clip.
    """
    return Elsewhere(
        {f"{name}, left out of training": evaluate(part, config) for name, part in answers.items()},
        elsewhere_table(answers, config.bins),
    )


def elsewhere_table(answers: Mapping[str, pd.DataFrame], bins: int) -> FigureTable:
    """Build the section "Recordings from elsewhere" of the model card.

    Args:
        answers: For each left-out corpus or group of corpora the labelled clips, as predicted by
            a model that was trained and calibrated without it; see
            `components.metrics.tabulate`.
        bins: Number of bins of the calibration error.
    """
    answers = {name: part[part.Answer != ""] for name, part in answers.items()}
    together = pd.concat(list(answers.values()), ignore_index=True)
    parts = {**answers, "all": together} if len(answers) > 1 else answers
    classes = [name for name in CLASSES if (together.Answer == name).any()]
    curve = risk_curve(together)
    risks = curve.at(COVERAGES)
    falls = ", ".join(f"{risk:.1%} of {share:.0%}" for share, risk in risks.items())
    note = (
        "Each row is of clips whose corpus was left out of training, calibration and the choice "
        "of limits of another model with the same settings, so it shows what to expect of "
        "recordings from other homes and devices. UAR and recalls count abstentions as misses. "
        "The last columns are the shares of junk whose probability of being an infant sound is "
        f"at least {_LEVELS[0]:g} and {_LEVELS[1]:g}.\n\n"
        "Coverage against risk: of the most probable classes, the share that is wrong is "
        f"{falls} of the clips, those with the highest probability (area under the curve "
        f"{curve.area:.3f})."
    )
    header = ["Corpus", "Clips", "Groups", "UAR", *(f"Recall {name}" for name in classes)]
    header += ["Calibration error", "No label", *(f"Junk, p >= {level:g}" for level in _LEVELS)]
    rows = [[name, *_cells(part, classes, bins)] for name, part in parts.items()]
    return FigureTable("Recordings from elsewhere", note, header, rows)


def _cells(answers: pd.DataFrame, classes: Sequence[str], bins: int) -> list[str]:
    hit = (answers.label == answers.Answer).to_numpy()
    truth = answers.Answer.to_numpy(str)
    recalls = {name: hit[truth == name].mean() for name in classes if (truth == name).any()}
    confidence = answers[[c for c in answers.columns if c.startswith("p_")]].to_numpy(float)
    right = (answers.predicted == answers.Answer).to_numpy()
    infant = 1 - answers[f"p_{_JUNK}"].to_numpy(float)[truth == _JUNK]
    return [
        str(len(answers)),
        str(len(np.unique(children(answers)))),
        f"{np.mean(list(recalls.values())):.3f}",
        *(f"{recalls[name]:.3f}" if name in recalls else "-" for name in classes),
        f"{calibration_error(confidence.max(axis=1), right, bins):.3f}",
        f"{(answers.label == '').mean():.1%}",
        *(f"{(infant >= level).mean():.1%}" if len(infant) else "-" for level in _LEVELS),
    ]
