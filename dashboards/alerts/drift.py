"""Alerts on drift, and on the job that looks for it.

The job's figures reach Prometheus through every server, and through the Pushgateway where
it runs elsewhere: hence ``max`` over all, whatever their job.
"""

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig
from dashboards.promql import select
from vocalbaby.monitoring.drift_result import COMPARED

__all__ = ["rules"]


def rules(config: MonitoringConfig) -> list[Rule]:
    """Every rule of this part."""
    alerts = config.alerts
    estimate = "max by (model_version) ({})".format
    uar = estimate(select("estimated_uar"))
    reference = estimate(select("estimated_uar_reference"))
    drifted = select("drift_outcome", 'outcome="drift"')
    not_compared = select("drift_outcome", f'outcome!~"{"|".join(COMPARED)}"')
    score = f"max by (feature_set) ({select('drift_score')})"
    return [
        Rule(
            "VocalBabyDrift",
            alerts.drift,
            f"{score} and on () max({drifted}) == 1",
            "What the service is sent no longer resembles what its model was trained on.",
            "The score of {{ $labels.feature_set }} is {{ $value | printf `%.3g` }}.",
        ),
        Rule(
            "VocalBabyDriftNotCompared",
            alerts.drift_not_compared,
            f"max by (outcome) ({not_compared}) == 1",
            "The drift job ran, but the data did not allow a comparison.",
            "The outcome of its last run is {{ $labels.outcome }}.",
        ),
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


def _stale(config: MonitoringConfig) -> list[Rule]:
    limits, job = config.alerts.drift_job_stale, f'job="{config.job}"'
    last = f"max({select('drift_last_success_timestamp_seconds')})"
    up = f"count({select('up', job)} == 1)"
    unreadable = select("drift_status_fault", 'code!="missing"')  # that is "never", or "old"
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
            f"({last} == 0 or absent({last})) and on () {up}",
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
