"""Test cases for every alert: series that just trigger it, and series that just do not."""

from dashboards.tests.cases import drift, model, prediction_log, service
from dashboards.tests.cases.case import Case

__all__ = ["CASES", "Case"]

CASES = [*service.CASES, *model.CASES, *drift.CASES, *prediction_log.CASES]
