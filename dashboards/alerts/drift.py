"""Alerts on drift, and on the drift job itself.

Every server exports the results of the drift job, and so does the Pushgateway if the job pushes
to it. Hence the expressions take the ``max`` over all series, whatever their job.
"""

from typing import Final

from dashboards.alerts.rule import Rule
from dashboards.config import Alerts
from vocalbaby.monitoring.drift_result import COMPARED, Outcome

__all__ = ["rules"]

#: The usual outcome for a new service; it has an alert of its own, with a longer duration.
_TOO_FEW_ROWS: Final[Outcome] = "too_few_rows"


def rules(alerts: Alerts) -> list[Rule]:
    """Return the rules of this group."""
    return [
        *_drift(alerts),
        *_not_compared(alerts),
        *_stale(alerts),
        Rule(
            "VocalBabyEstimatedUarDrop",
            alerts.estimated_uar_drop,
            "max by (model_version) (vocalbaby_estimated_uar_reference)"
            " - max by (model_version) (vocalbaby_estimated_uar) > %(drop)g",
            "The model is probably worse in production than on its reference sample.",
            "The estimated UAR of {{ $labels.model_version }} is {{ $value | printf `%%.3g` }}"
            " below that of the reference.",
        ),
    ]


def _drift(alerts: Alerts) -> list[Rule]:
    return [
        Rule(
            "VocalBabyDrift",
            alerts.drift,
            # Not "score >= threshold": that would not fire while the threshold is unknown.
            "(max by (feature_set) (vocalbaby_drift_score)"
            ' and on () max(vocalbaby_drift_outcome{outcome="drift"}) == 1)'
            " unless (max by (feature_set) (vocalbaby_drift_score)"
            " < max by (feature_set) (vocalbaby_drift_threshold)"
            " and max by (feature_set) (vocalbaby_drift_prediction_score)"
            " >= max by (feature_set) (vocalbaby_drift_prediction_threshold))",
            "The recordings no longer resemble the data that the model was trained on.",
            "The features drifted: the score of {{ $labels.feature_set }} is"
            " {{ $value | printf `%%.3g` }}.",
            {"moved": "features"},
        ),
        Rule(
            "VocalBabyDrift",
            alerts.drift,
            "max by (feature_set) (vocalbaby_drift_prediction_score)"
            " >= max by (feature_set) (vocalbaby_drift_prediction_threshold)"
            ' and on () max(vocalbaby_drift_outcome{outcome="drift"}) == 1',
            "The proportions of the predicted classes differ from those on the training data.",
            "The predicted classes drifted: their distance for {{ $labels.feature_set }} is"
            " {{ $value | printf `%%.3g` }}.",
            {"moved": "classes"},
        ),
    ]


def _not_compared(alerts: Alerts) -> list[Rule]:
    others = "|".join((*COMPARED, _TOO_FEW_ROWS))
    kinds = (
        ("other", alerts.drift_not_compared, f'outcome!~"{others}"'),
        ("rows", alerts.drift_too_few_rows, f'outcome="{_TOO_FEW_ROWS}"'),
    )
    return [
        Rule(
            "VocalBabyDriftNotCompared",
            limits,
            f"max by (outcome) (vocalbaby_drift_outcome{{{matcher}}}) == 1",
            "The drift job ran, but the data did not allow a comparison.",
            "The outcome of the last run is {{ $labels.outcome }}.",
            {"lack": lack},
        )
        for lack, limits, matcher in kinds
    ]


def _stale(alerts: Alerts) -> list[Rule]:
    limits = alerts.drift_job_stale
    name, summary = "VocalBabyDriftJobStale", "The drift job gives no results."
    return [
        Rule(
            name,
            limits,
            "time() - max(vocalbaby_drift_last_success_timestamp_seconds) > %(seconds)g",
            summary,
            "The last comparison is {{ $value | humanizeDuration }} old; %(hours)g hours are"
            " allowed.",
            {"reason": "old"},
            {"seconds": limits.hours * 3600},
        ),
        Rule(
            name,
            limits,
            "((max(vocalbaby_drift_last_success_timestamp_seconds) == 0"
            " or absent(max(vocalbaby_drift_last_success_timestamp_seconds)))"
            " and on () count(up{%(job)s} == 1))"
            ' unless on () max(vocalbaby_drift_outcome{outcome="too_few_rows"}) == 1',
            summary,
            "No run has ever made a comparison.",
            {"reason": "never"},
        ),
        Rule(
            name,
            limits,
            # A missing result has the reason "never" or "old".
            'max by (code) (vocalbaby_drift_status_fault{code!="missing"}) == 1',
            summary,
            "The result of the last run cannot be read: {{ $labels.code }}.",
            {"reason": "unreadable"},
        ),
    ]
