"""The Drift dashboard: drift of the recordings, its causes, and the state of the drift job."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.config import MonitoringConfig
from dashboards.dashboard_base import Section, dashboard
from dashboards.drift import changes, job, overview, prediction_log, quality, score

__all__ = ["build"]


def build(config: MonitoringConfig) -> Dashboard:
    """Build the dashboard."""
    max_drop = config.alerts.estimated_uar_drop.drop
    max_age_s = config.alerts.drift_job_stale.hours * 3600
    return dashboard(
        config,
        "Drift",
        "Shows whether the recordings still resemble the data that the model was trained on, what"
        " changed, and whether the drift job runs.",
        [
            Section("", overview.panels(max_drop, max_age_s)),
            Section("Score", score.panels()),
            Section("What changed", changes.panels()),
            Section("Estimated quality, without labels", quality.panels(max_drop)),
            Section("The drift job", job.panels(max_age_s)),
            Section("Prediction log", prediction_log.panels()),
        ],
        variables=["instance", "version"],
    )
