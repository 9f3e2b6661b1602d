"""Contents of the rule files of Prometheus."""

from typing import Any

from dashboards import alerts
from dashboards.config import MonitoringConfig
from dashboards.recording import recordings

__all__ = ["alert_rules", "recording_rules"]


def recording_rules(config: MonitoringConfig) -> dict[str, Any]:
    """Return the content of the file of recording rules."""
    rules = [{"record": rule.name, "expr": rule.expr} for rule in recordings(config)]
    return {"groups": [{"name": "vocalbaby-recording", "rules": rules}]}


def alert_rules(config: MonitoringConfig) -> dict[str, Any]:
    """Return the content of the file of alert rules."""
    return {
        "groups": [
            {"name": name, "rules": [_alert(rule, config.runbooks) for rule in rules]}
            for name, rules in alerts.groups(config).items()
        ]
    }


def _alert(rule: alerts.Rule, runbooks: str) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expr,
        "for": rule.limits.lasting,
        "labels": {"severity": rule.limits.severity, **rule.labels},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks}/{rule.name}.md",
        },
    }
