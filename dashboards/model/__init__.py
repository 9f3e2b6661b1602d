"""The Model dashboard: loaded models, their predictions, and a canary next to the current model."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.config import MonitoringConfig
from dashboards.dashboard_base import Section, dashboard
from dashboards.model import confidence, faults, overview, predictions, shadow, versions

__all__ = ["build"]


def build(config: MonitoringConfig) -> Dashboard:
    """Build the dashboard."""
    max_abstentions = config.alerts.abstentions.share
    return dashboard(
        config,
        "Model",
        "Shows which models are loaded, what they predict and with what confidence, and how a"
        " canary compares with the current model.",
        [
            Section("", overview.panels(max_abstentions)),
            Section("Predictions", predictions.panels(max_abstentions)),
            Section("Versions: canary against current", versions.panels()),
            Section("Confidence and warnings", confidence.panels()),
            Section("Shadow", shadow.panels()),
            Section("Faults and switches", faults.panels()),
        ],
        variables=["instance", "version"],
    )
