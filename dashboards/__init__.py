"""Grafana dashboards, Prometheus rules and their provisioning, generated from Python.

``python -m dashboards`` writes everything in ``dashboards/generated``.
"""
