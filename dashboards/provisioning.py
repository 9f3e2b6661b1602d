"""Grafana's provisioning: where its data come from, and which dashboards it shows."""

from typing import Any

__all__ = ["files"]


def files() -> dict[str, dict[str, Any]]:
    """Files for Grafana's provisioning folder, by their path among the generated ones.

    Grafana expands ``$PROMETHEUS_URL``; the dashboards are mounted where the provider looks.
    """
    return {
        "grafana/provisioning/datasources/prometheus.yaml": {
            "apiVersion": 1,
            "datasources": [
                {
                    "name": "Prometheus",
                    "uid": "prometheus",
                    "type": "prometheus",
                    "access": "proxy",
                    "url": "$PROMETHEUS_URL",
                    "isDefault": True,
                    "editable": False,
                    "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
                }
            ],
        },
        "grafana/provisioning/dashboards/vocalbaby.yaml": {
            "apiVersion": 1,
            "providers": [
                {
                    "name": "vocalbaby",
                    "folder": "VocalBaby",
                    "type": "file",
                    "disableDeletion": True,
                    "allowUiUpdates": False,
                    "options": {"path": "/var/lib/grafana/dashboards"},
                }
            ],
        },
    }
