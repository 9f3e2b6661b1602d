"""Alert rules, generated from the limits in ``configs/monitoring.yaml``.

Each alert has a runbook of the same name in docs/runbooks.
"""

from dashboards.alerts import drift, model, prediction_log, service
from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig

__all__ = ["Rule", "groups"]


def groups(config: MonitoringConfig) -> dict[str, list[Rule]]:
    """Return every alert rule by its rule group."""
    templates = {
        "vocalbaby-service": service.rules(config),
        "vocalbaby-model": model.rules(config.alerts),
        "vocalbaby-drift": drift.rules(config.alerts),
        "vocalbaby-prediction-log": prediction_log.rules(config.alerts),
    }
    return {name: [rule.expanded(config) for rule in rules] for name, rules in templates.items()}
