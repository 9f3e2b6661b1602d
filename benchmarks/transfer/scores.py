"""Scores of predictions, from the table that `vocalbaby.components.metrics.tabulate` returns.

A clip counts as recalled only if its label is right, so an abstention is a miss. ``p`` of an
infant sound is one minus the calibrated probability of Junk, whether or not the model abstains.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocalbaby.components.feature_table import children
from vocalbaby.components.metrics import calibration_error
from vocalbaby.components.risk_coverage import risk_curve
from vocalbaby.entity.labels import CLASSES

__all__ = [
    "ReliabilityBin",
    "corpus_scores",
    "coverage",
    "false_infants",
    "recall_at_junk",
    "recalls",
    "reliability",
    "scores_by_corpus",
    "uar",
]

BINS = 15
JUNK_KEPT = 0.93


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The clips whose confidence (highest probability) lies in one of the bins of equal width."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def recalls(answers: pd.DataFrame) -> dict[str, float]:
    """Compute the recall of each class that occurs; abstentions are misses."""
    right = answers.label == answers.Answer
    return {
        name: float(right[answers.Answer == name].mean())
        for name in CLASSES
        if (answers.Answer == name).any()
    }


def uar(answers: pd.DataFrame) -> float:
    """Compute the unweighted average recall of the classes that occur."""
    return float(np.mean(list(recalls(answers).values())))


def scores_by_corpus(answers: dict[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Compute the scores of each corpus, and of all clips together as ``all``."""
    together = pd.concat(list(answers.values()), ignore_index=True)
    return {name: corpus_scores(part) for name, part in {**answers, "all": together}.items()}


def corpus_scores(answers: pd.DataFrame) -> dict[str, Any]:
    """Compute the scores of one corpus: size, UAR, recalls, ECE, abstentions, curves."""
    confidence, right = _confidence(answers)
    table: dict[str, Any] = {
        "clips": len(answers),
        "groups": len(np.unique(children(answers))),
        "uar": uar(answers),
        "recalls": recalls(answers),
        "ece": calibration_error(confidence, right, BINS),
        "abstentions": float((answers.label == "").mean()),
        "reliability": [asdict(part) for part in reliability(confidence, right)],
        "coverage": coverage(answers),
    }
    if {"Crying", "Junk"} <= set(answers.Answer):
        table["cries_at_junk"] = recall_at_junk(answers)
    return table


def _confidence(answers: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    probabilities = answers[[c for c in answers.columns if c.startswith("p_")]].to_numpy(float)
    return probabilities.max(axis=1), (answers.predicted == answers.Answer).to_numpy()


def reliability(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = BINS
) -> list[ReliabilityBin]:
    """Compare confidence and accuracy in bins of equal width; empty bins are left out.

    Args:
        confidence: Highest probability of each clip, shape (n,).
        right: Whether that class is the true one, shape (n,).
        bins: Number of bins between 0 and 1.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(
            low=int(k) / bins,
            high=(int(k) + 1) / bins,
            n=int((place == k).sum()),
            confidence=float(confidence[place == k].mean()),
            accuracy=float(right[place == k].mean()),
        )
        for k in np.unique(place)
    ]


def coverage(answers: pd.DataFrame) -> dict[str, Any]:
    """Compute the error rate of the clips that remain if the doubtful ones are set aside.

    Returns:
        ``risk`` by coverage in percent, ``area`` under the curve, the ``curve`` at up to 200
        coverages, and the share and the error rate of the clips with each reason of an
        abstention.
    """
    curve = risk_curve(answers)
    places = np.unique(np.linspace(0, len(answers) - 1, 200).astype(int))
    wrong = (answers.predicted != answers.Answer).to_numpy(bool)
    reasons = {}
    for reason in ("unlike_training", "not_confident"):
        named = answers.why.str.contains(reason).to_numpy(bool)
        error = float(wrong[named].mean()) if named.any() else None
        reasons[reason] = {"share": float(named.mean()), "error": error}
    return {
        "risk": {f"{100 * c:g}": risk for c, risk in curve.at().items()},
        "area": curve.area,
        "curve": [[float(curve.coverage[i]), float(curve.risk[i])] for i in places],
        "reasons": reasons,
    }


def recall_at_junk(answers: pd.DataFrame, kept: float = JUNK_KEPT) -> float:
    """Compute the recall of cries with the lowest limit on P(Crying) that keeps enough junk.

    Args:
        answers: Predictions for cries and junk.
        kept: Smallest share of the junk whose P(Crying) must not exceed the limit.

    Returns:
        Share of the cries whose P(Crying) exceeds the limit.
    """
    junk = np.sort(answers.p_Crying[answers.Answer == "Junk"].to_numpy(float))
    limit = junk[int(np.ceil(kept * len(junk))) - 1]
    return float((answers.p_Crying[answers.Answer == "Crying"] > limit).mean())


def false_infants(junk: pd.DataFrame, kinds: "pd.Series[str]") -> dict[str, dict[str, float]]:
    """Compute the shares of junk that are called an infant sound, by kind and for all.

    Args:
        junk: Predictions for clips that are Junk.
        kinds: Kind of each clip, in the same order.

    Returns:
        For each kind the number of clips, the share with the label of an infant sound, and
        the shares with p >= .5 and p >= .9.
    """
    p = 1 - junk.p_Junk.to_numpy(float)
    label = junk.label.to_numpy(str)
    parts = {kind: (kinds == kind).to_numpy() for kind in sorted(set(kinds))}
    parts["all"] = np.ones(len(junk), bool)
    return {
        kind: {
            "clips": int(rows.sum()),
            "labelled": float((~np.isin(label[rows], ("", "Junk"))).mean()),
            "p >= .5": float((p[rows] >= 0.5).mean()),
            "p >= .9": float((p[rows] >= 0.9).mean()),
        }
        for kind, rows in parts.items()
        if rows.any()
    }
