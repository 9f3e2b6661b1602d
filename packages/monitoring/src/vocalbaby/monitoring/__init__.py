"""Watching the service: metrics. Needs ``prometheus-client`` and nothing of the web framework."""
