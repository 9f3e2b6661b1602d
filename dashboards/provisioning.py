"""Grafana's provisioning files: its data source and its dashboards."""

from typing import Any

__all__ = ["files"]


def files() -> dict[str, dict[str, Any]]:
    """Return the content of each provisioning file, by its path in the folder.

    Grafana expands ``$PROMETHEUS_URL``. The dashboards are mounted at the path of the provider.
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
