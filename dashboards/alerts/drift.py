"""Alerts on drift, and on the job that looks for it.

The job's figures reach Prometheus through every server, and through the Pushgateway where
it runs elsewhere: hence ``max`` over all, whatever their job.
"""

from typing import Final

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig
from dashboards.promql import select
from vocalbaby.monitoring.drift_result import COMPARED, Outcome

__all__ = ["rules"]

#: Usual where a service has just begun: such a job is told of late, and by one alert.
_FEW: Final[Outcome] = "too_few_rows"


def rules(config: MonitoringConfig) -> list[Rule]:
    """Every rule of this part."""
    alerts = config.alerts
    estimate = "max by (model_version) ({})".format
    uar = estimate(select("estimated_uar"))
    reference = estimate(select("estimated_uar_reference"))
    return [
        *_drift(config),
        *_not_compared(config),
        *_stale(config),
        Rule(
            "VocalBabyEstimatedUarDrop",
            alerts.estimated_uar_drop,
            f"{reference} - {uar} > {alerts.estimated_uar_drop.drop:g}",
            "The model is probably worse in production than it was on its reference.",
            "The estimated UAR of {{ $labels.model_version }} is {{ $value | printf `%.3g` }}"
            " below the reference's.",
        ),
    ]


def _drift(config: MonitoringConfig) -> list[Rule]:
    score, threshold, distance, limit = (
        f"max by (feature_set) ({select(f'drift_{name}')})"
        for name in ("score", "threshold", "prediction_score", "prediction_threshold")
    )
    drifted = select("drift_outcome", 'outcome="drift"')
    now = f"on () max({drifted}) == 1"
    classes = f"{distance} >= {limit}"
    name, value = "VocalBabyDrift", "{{ $labels.feature_set }} is {{ $value | printf `%.3g` }}."
    return [
        Rule(
            name,
            config.alerts.drift,
            # Not "score >= threshold": a limit that is not known must not silence it.
            f"({score} and {now}) unless ({score} < {threshold} and {classes})",
            "What the service is sent no longer resembles what its model was trained on.",
            f"The features moved: the score of {value}",
            {"moved": "features"},
        ),
        Rule(
            name,
            config.alerts.drift,
            f"{classes} and {now}",
            "What the model answers is no longer mixed as it was on its training data.",
            f"The predicted classes moved: their distance in {value}",
            {"moved": "classes"},
        ),
    ]


def _not_compared(config: MonitoringConfig) -> list[Rule]:
    alerts = config.alerts
    others = "|".join((*COMPARED, _FEW))
    kinds = (
        ("other", alerts.drift_not_compared, f'outcome!~"{others}"'),
        ("rows", alerts.drift_too_few_rows, f'outcome="{_FEW}"'),
    )
    return [
        Rule(
            "VocalBabyDriftNotCompared",
            limits,
            f"max by (outcome) ({select('drift_outcome', matcher)}) == 1",
            "The drift job ran, but the data did not allow a comparison.",
            "The outcome of its last run is {{ $labels.outcome }}.",
            {"lack": kind},
        )
        for kind, limits, matcher in kinds
    ]


def _stale(config: MonitoringConfig) -> list[Rule]:
    limits, job = config.alerts.drift_job_stale, f'job="{config.job}"'
    last = f"max({select('drift_last_success_timestamp_seconds')})"
    up = f"count({select('up', job)} == 1)"
    unreadable = select("drift_status_fault", 'code!="missing"')  # that is "never", or "old"
    few = select("drift_outcome", f'outcome="{_FEW}"')
    too_few = f"max({few}) == 1"
    name, summary = "VocalBabyDriftJobStale", "Drift would go unseen: its job gives no results."
    return [
        Rule(
            name,
            limits,
            f"time() - {last} > {limits.hours * 3600:g}",
            summary,
            "The last comparison is {{ $value | humanizeDuration }} old;"
            f" {limits.hours:g} hours are allowed.",
            {"reason": "old"},
        ),
        Rule(
            name,
            limits,
            f"(({last} == 0 or absent({last})) and on () {up}) unless on () {too_few}",
            summary,
            "No run has ever compared anything.",
            {"reason": "never"},
        ),
        Rule(
            name,
            limits,
            f"max by (code) ({unreadable}) == 1",
            summary,
            "The result of the last run cannot be read: {{ $labels.code }}.",
            {"reason": "unreadable"},
        ),
    ]
