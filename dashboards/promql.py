"""Templates of PromQL expressions.

Expressions are written out in full, with ``%(name)s`` where they depend on
``configs/monitoring.yaml``, as in the Prometheus mixins. They are expanded in two places: for
panels where a dashboard is put together, for rules where their groups are.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from dashboards.config import MonitoringConfig
from vocalbaby.monitoring.metrics import METRICS

__all__ = ["FOREIGN", "expand", "metric_names", "selectors"]

#: Metrics that Prometheus and its client library add to those of the service.
FOREIGN: Final = frozenset(
    {
        "up",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    }
)

_SUFFIXES: Final = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


@cache
def metric_names() -> frozenset[str]:
    """Return every name under which a series can be selected."""
    own = {spec.name + suffix for spec in METRICS.values() for suffix in _SUFFIXES[spec.kind]}
    return FOREIGN | own


def selectors(config: MonitoringConfig) -> dict[str, str]:
    """Return the label matchers that templates use.

    ``job`` matches every instance, ``instances`` those selected in Grafana, and ``routes`` the
    prediction routes.
    """
    job = f'job="{config.job}"'
    return {
        "job": job,
        "instances": f'{job}, instance=~"$instance"',
        "routes": f'route=~"{config.routes}"',
    }


def expand(template: str, values: Mapping[str, object]) -> str:
    """Fill in a template of PromQL.

    Args:
        template: PromQL with placeholders of Python's ``%`` operator, e.g. ``up{%(job)s}``.
        values: A value for each placeholder.

    Raises:
        KeyError: The template has a placeholder without a value.
        ValueError: The expression names a metric that the service does not have.
    """
    expression = template % values
    unquoted = re.sub(r'"[^"]*"', '""', expression)
    for name in re.findall(r"\b(?:vocalbaby|process)_\w+", unquoted):
        if name not in metric_names():
            raise ValueError(f"there is no metric {name}")
    return expression
