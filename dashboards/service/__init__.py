"""The Service dashboard: availability, errors, latency and saturation of the service."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.config import MonitoringConfig
from dashboards.dashboard_base import Section, dashboard
from dashboards.service import jobs, latency, overview, saturation, traffic

__all__ = ["build"]


def build(config: MonitoringConfig) -> Dashboard:
    """Build the dashboard."""
    return dashboard(
        config,
        "Service",
        "Shows whether the service responds, how fast it is, which requests fail, and how much"
        " capacity is left.",
        [
            Section("", overview.panels(config)),
            Section("Traffic and errors", traffic.panels(config)),
            Section("Latency", latency.panels(config)),
            Section("Saturation", saturation.panels(config)),
            Section("Jobs", jobs.panels(config)),
        ],
        variables=["instance"],
    )
