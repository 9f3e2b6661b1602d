"""The records of the unit tests of the prediction log."""

from packages.monitoring.tests.monitoring.prediction_log.conftest import record

__all__ = ["record"]
