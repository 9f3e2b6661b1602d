"""A single alert rule."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dashboards.config import Alert, MonitoringConfig
from dashboards.promql import expand, selectors

__all__ = ["Rule"]

_NONE: Mapping[str, str] = MappingProxyType({})


class Rule(NamedTuple):
    """An alert rule of Prometheus.

    In ``expr`` and ``description``, ``%(name)s`` stands for a selector (see
    :func:`dashboards.promql.selectors`), for a key of ``limits``, or for one of ``values``.

    Attributes:
        name: Name of the alert and of its runbook; several rules may share it.
        limits: Severity, duration and thresholds from ``configs/monitoring.yaml``.
        expr: Template of the PromQL expression; the alert is active while it has a result.
        summary: One sentence that is the same for every occurrence.
        description: Template of a sentence with the value, in Prometheus' template language.
        labels: Further labels, which distinguish the rules of one name.
        values: Further values for the templates.
    """

    name: str
    limits: Alert
    expr: str
    summary: str
    description: str
    labels: Mapping[str, str] = _NONE
    values: Mapping[str, object] = _NONE

    def expanded(self, config: MonitoringConfig) -> "Rule":
        """Return the rule with its templates filled in.

        Raises:
            KeyError: A template has a placeholder without a value.
            ValueError: The expression names a metric that the service does not have.
        """
        values = {**selectors(config), **self.limits.model_dump(), **self.values}
        return self._replace(expr=expand(self.expr, values), description=self.description % values)
