"""Generators of the Grafana dashboards, their provisioning, and the Prometheus rules.

``python -m dashboards`` writes all files in ``dashboards/generated``.
"""
