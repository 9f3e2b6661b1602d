"""From reference and window to everything the result says, and the HTML report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vocalbaby import features
from vocalbaby.entity.features import Column
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift import evidently_adapter, summary
from vocalbaby.monitoring.drift.causes import DriftSignature, likely_causes
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.distances import shares
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes, effect_sizes
from vocalbaby.monitoring.drift.estimated_uar import estimate_uar, true_uar
from vocalbaby.monitoring.drift.null_distribution import Limits, compare, limits
from vocalbaby.monitoring.drift.sample import (
    Answers,
    Sample,
    predict_from_features,
    reference_sample,
)
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift_result import (
    CauseResult,
    ColumnResult,
    EstimateResult,
    PredictionResult,
)

__all__ = ["Analysis", "analyse", "decide"]

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Fields of the result, by their names, and Evidently's page."""

    fields: dict[str, Any]
    page: str


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    reference: Sample
    current: Sample
    columns: tuple[Column, ...]

    def frame(self, side: Sample) -> pd.DataFrame:
        """For Evidently."""
        names = [column.name for column in self.columns]
        frame = pd.DataFrame(side.values, columns=names)
        return frame.assign(**{evidently_adapter.PREDICTION: side.answers.labels})


def analyse(
    predictor: Predictor, window: Window, config: DriftConfig, tell: Tell | None = None
) -> Analysis:
    """Compare a window without fault with the reference of a model.

    Args:
        predictor: The model.
        window: Its columns are the model's, in any order.
        config: Settings.
        tell: Called with what is done, how much of it is, and how much there is.
    """
    reference, truth = reference_sample(predictor)
    current = _current(predictor, window.thinned(config.window.max_rows))
    columns = features.get(predictor.manifest.feature_set).columns
    sides = _Sides(reference, current, columns)
    about = None if tell is None else lambda done, total: tell("chance", done, total)
    allowed = limits(reference, len(current), config.score, about)
    frames = sides.frame(reference), sides.frame(current)
    found = evidently_adapter.distances(*frames, config.columns)
    shifts = effect_sizes(reference.values, current.values, columns)
    rows = _columns(sides, found, shifts, allowed, config)
    predictions = _predictions(sides, found[evidently_adapter.PREDICTION], allowed, config)
    score, same = (compare(reference, current, config.score, matched=m) for m in (False, True))
    threshold = max(config.score.threshold, allowed.score)
    drifted = decide(score, threshold, predictions)
    causes: tuple[CauseResult, ...] = ()
    if drifted:
        signature = DriftSignature(shifts, predictions.drifted, score, same, threshold)
        causes = tuple(CauseResult(code=c, evidence=e) for c, e in likely_causes(signature))
    classes = predictor.manifest.classes
    estimate = EstimateResult(
        uar=estimate_uar(current.answers.probabilities).uar,
        reference=estimate_uar(reference.answers.probabilities).uar,
        reference_true=true_uar(reference.answers.probabilities, truth, classes),
    )
    if tell is not None:
        tell("report", 0, 1)
    limits_shown = {row.name: row.threshold for row in rows}
    limits_shown[evidently_adapter.PREDICTION] = predictions.threshold
    ranked = sorted(rows, key=lambda row: -row.distance / row.threshold)
    shown = [row.name for row in ranked[: config.report.columns]]
    page = evidently_adapter.render(*frames, shown, limits_shown, config.columns)
    if tell is not None:
        tell("report", 1, 1)
    verdict = summary.describe_score(
        score, threshold, drifted=drifted, compared=len(current), rows=len(window)
    )
    sentences = [
        verdict,
        *(summary.describe_causes(causes) if drifted else []),
        *summary.describe_groups(rows, shifts, drifted=drifted),
        summary.describe_classes(predictions),
        *summary.describe_missing(rows),
        summary.describe_estimate(estimate),
    ]
    return Analysis(
        {
            "outcome": "drift" if drifted else "no_drift",
            "reference_rows": len(reference),
            "score": score,
            "score_same_classes": same,
            "threshold": threshold,
            "groups": _groups(rows),
            "columns": rows,
            "missing_share": float(np.isnan(current.values).mean()),
            "predictions": predictions,
            "estimate": estimate,
            "causes": causes,
            "summary": tuple(sentences),
        },
        page,
    )


def decide(score: float, threshold: float, predictions: PredictionResult) -> bool:
    """Whether it is drift: the features can be told apart, or the answers changed."""
    return score >= threshold or predictions.drifted


def _current(predictor: Predictor, window: Window) -> Sample:
    places = [window.columns.index(name) for name in predictor.manifest.columns]
    values = window.values[:, places]
    answers: Answers = window.answers or predict_from_features(predictor, values)
    return Sample(values, answers, np.unique(window.groups, return_inverse=True)[1])


def _columns(
    sides: _Sides,
    found: dict[str, float],
    shifts: EffectSizes,
    allowed: Limits,
    config: DriftConfig,
) -> tuple[ColumnResult, ...]:
    before, after = (np.isnan(s.values).mean(axis=0) for s in (sides.reference, sides.current))
    gap = np.maximum(config.columns.missing_threshold, allowed.missing)
    threshold = np.maximum(config.columns.threshold, allowed.columns)
    return tuple(
        ColumnResult(
            name=column.name,
            group=column.group,
            method=config.columns.method,
            distance=found[column.name],
            threshold=float(threshold[i]),
            drifted=bool(found[column.name] >= threshold[i]),
            shift=shifts.z[column.name],
            missing_reference=float(before[i]),
            missing_current=float(after[i]),
            missing_drifted=bool(abs(after[i] - before[i]) > gap[i]),
        )
        for i, column in enumerate(sides.columns)
    )


def _predictions(
    sides: _Sides, distance: float, allowed: Limits, config: DriftConfig
) -> PredictionResult:
    threshold = max(config.columns.class_threshold, allowed.classes)
    return PredictionResult(
        distance=distance,
        threshold=threshold,
        drifted=distance >= threshold,
        reference=shares(sides.reference.answers.labels),
        current=shares(sides.current.answers.labels),
    )


def _groups(rows: tuple[ColumnResult, ...]) -> dict[str, float]:
    names = dict.fromkeys(row.group for row in rows)
    return {
        name: float(np.mean([row.drifted for row in rows if row.group == name])) for name in names
    }
