"""Alert rules, made from the limits in ``configs/monitoring.yaml``.

Each has a page in docs/runbooks under its name: what it means, how to look, what to do.
"""

from dashboards.alerts import drift, log, model, service
from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig

__all__ = ["Rule", "groups"]


def groups(config: MonitoringConfig) -> dict[str, list[Rule]]:
    """Every alert rule, by the group in which Prometheus evaluates it."""
    return {
        "vocalbaby-service": service.rules(config),
        "vocalbaby-model": model.rules(config),
        "vocalbaby-drift": drift.rules(config),
        "vocalbaby-prediction-log": log.rules(config),
    }
