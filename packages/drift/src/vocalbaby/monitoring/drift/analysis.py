"""Compares a window with the reference: the fields of the result, and Evidently's figures."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vocalbaby import features
from vocalbaby.entity.features import Column
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift import evidently_adapter, summary
from vocalbaby.monitoring.drift.causes import DriftSignature, likely_causes
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.distances import class_shares
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes, effect_sizes
from vocalbaby.monitoring.drift.estimated_uar import estimate_uar, true_uar
from vocalbaby.monitoring.drift.null_distribution import Limits, compare, limits
from vocalbaby.monitoring.drift.sample import Sample, predict_from_features, reference_sample
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift_result import (
    CauseResult,
    ColumnResult,
    EstimateResult,
    PredictionResult,
)

__all__ = ["Analysis", "analyse", "is_drift"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The comparison of a window with the reference.

    Attributes:
        fields: Fields of the `DriftResult` by name.
        page: HTML page of Evidently.
    """

    fields: dict[str, Any]
    page: str


@dataclass(frozen=True, slots=True, eq=False)
class _Comparison:
    """Both samples as Evidently takes them, and what their comparison found."""

    frames: tuple[pd.DataFrame, pd.DataFrame]
    effects: EffectSizes
    columns: tuple[ColumnResult, ...]
    predictions: PredictionResult


def analyse(
    predictor: Predictor,
    window: Window,
    config: DriftConfig,
    progress: TaskProgressCallback | None = None,
) -> Analysis:
    """Compare a valid window with the reference of a model.

    Args:
        predictor: The model.
        window: Rows with the columns of the model, in any order.
        config: Settings of the drift job.
        progress: Called with the task, the steps done and the number of steps.
    """
    reference, truth = reference_sample(predictor)
    current = _current(predictor, window.thinned(config.window.max_rows))
    columns = features.of_records(predictor.manifest.feature_sets).columns
    allowed = limits(reference, len(current), config.score, for_task(progress, "null distribution"))
    found = _compare(reference, current, columns, allowed, config)
    score, same = (compare(reference, current, config.score, matched=m) for m in (False, True))
    threshold = max(config.score.threshold, allowed.score)
    drifted = is_drift(score, threshold, found.predictions)
    causes: tuple[CauseResult, ...] = ()
    if drifted:
        signature = DriftSignature(found.effects, found.predictions.drifted, score, same, threshold)
        causes = tuple(CauseResult(code=c, evidence=e) for c, e in likely_causes(signature))
    prior = predictor.bundle.calibration.class_prior
    estimate = EstimateResult(
        uar=estimate_uar(current.predictions.probabilities, prior).uar,
        reference=estimate_uar(reference.predictions.probabilities, prior).uar,
        reference_true=true_uar(
            reference.predictions.probabilities, truth, predictor.manifest.classes
        ),
    )
    sentences = [
        summary.describe_score(
            score, threshold, drifted=drifted, compared=len(current), rows=len(window)
        ),
        *(summary.describe_causes(causes) if drifted else []),
        *summary.describe_groups(found.columns, found.effects, drifted=drifted),
        summary.describe_classes(found.predictions),
        *summary.describe_missing(found.columns),
        summary.describe_estimate(estimate),
    ]
    fields = {
        "outcome": "drift" if drifted else "no_drift",
        "reference_rows": len(reference),
        "score": score,
        "score_same_classes": same,
        "threshold": threshold,
        "groups": _groups(found.columns),
        "columns": found.columns,
        "missing_share": float(np.isnan(current.values).mean()),
        "predictions": found.predictions,
        "estimate": estimate,
        "causes": causes,
        "summary": tuple(sentences),
    }
    return Analysis(fields, _page(found, config, progress))


def is_drift(score: float, threshold: float, predictions: PredictionResult) -> bool:
    """Whether the score reaches its threshold or the predicted classes drifted."""
    return score >= threshold or predictions.drifted


def _current(predictor: Predictor, window: Window) -> Sample:
    indices = [window.columns.index(name) for name in predictor.manifest.columns]
    values = window.values[:, indices]
    predictions = window.predictions or predict_from_features(predictor, values)
    return Sample(values, predictions, np.unique(window.groups, return_inverse=True)[1])


def _compare(
    reference: Sample,
    current: Sample,
    columns: tuple[Column, ...],
    allowed: Limits,
    config: DriftConfig,
) -> _Comparison:
    frames = _frame(reference, columns), _frame(current, columns)
    distances = evidently_adapter.distances(*frames, config.columns)
    effects = effect_sizes(reference.values, current.values, columns)
    before, after = (np.isnan(side.values).mean(axis=0) for side in (reference, current))
    missing_threshold = np.maximum(config.columns.missing_threshold, allowed.missing)
    threshold = np.maximum(config.columns.threshold, allowed.columns)
    results = tuple(
        ColumnResult(
            name=column.name,
            group=column.group,
            method=config.columns.method,
            distance=distances[column.name],
            threshold=float(threshold[i]),
            drifted=bool(distances[column.name] >= threshold[i]),
            shift=effects.z[column.name],
            missing_reference=float(before[i]),
            missing_current=float(after[i]),
            missing_drifted=bool(abs(after[i] - before[i]) > missing_threshold[i]),
        )
        for i, column in enumerate(columns)
    )
    distance = distances[evidently_adapter.PREDICTION]
    class_threshold = max(config.columns.class_threshold, allowed.classes)
    predictions = PredictionResult(
        distance=distance,
        threshold=class_threshold,
        drifted=distance >= class_threshold,
        reference=class_shares(reference.predictions.labels),
        current=class_shares(current.predictions.labels),
    )
    return _Comparison(frames, effects, results, predictions)


def _frame(sample: Sample, columns: tuple[Column, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(sample.values, columns=[column.name for column in columns])
    return frame.assign(**{evidently_adapter.PREDICTION: sample.predictions.labels})


def _page(found: _Comparison, config: DriftConfig, progress: TaskProgressCallback | None) -> str:
    """Evidently's page, with the columns that drifted most."""
    if progress is not None:
        progress("report", 0, 1)
    thresholds = {column.name: column.threshold for column in found.columns}
    thresholds[evidently_adapter.PREDICTION] = found.predictions.threshold
    ranked = sorted(found.columns, key=lambda column: -column.distance / column.threshold)
    shown = [column.name for column in ranked[: config.report.columns]]
    page = evidently_adapter.render(*found.frames, shown, thresholds, config.columns)
    if progress is not None:
        progress("report", 1, 1)
    return page


def _groups(columns: tuple[ColumnResult, ...]) -> dict[str, float]:
    """Share of drifted columns in each group."""
    drifted: dict[str, list[bool]] = {}
    for column in columns:
        drifted.setdefault(column.group, []).append(column.drifted)
    return {group: float(np.mean(values)) for group, values in drifted.items()}
