"""The response to a scrape, in Prometheus' text format."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from vocalbaby.monitoring.definitions import METRICS

__all__ = ["CONTENT_TYPE", "exposition"]

#: Media type of `exposition`.
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_OURS: Final = frozenset(spec.name.removesuffix("_total") for spec in METRICS.values())


def exposition(counted: Collector, versions: set[str], *others: Collector) -> bytes:
    """Return all time series in Prometheus' text format.

    Args:
        counted: The metrics that the service sets.
        versions: Models whose series are included; the workers' shared memory also holds series
            of earlier models.
        others: Collectors whose series are included unchanged.

    Examples:
        >>> from prometheus_client import CollectorRegistry, Gauge
        >>> registry = CollectorRegistry()
        >>> Gauge("up", "1 while the service runs.", registry=registry).set(1)
        >>> exposition(registry, set()).splitlines()[-1]
        b'up 1.0'
    """
    return generate_latest(_Filtered(counted, versions, others))


class _Filtered(Collector):
    """The service's metrics without times of creation and without earlier models."""

    def __init__(
        self, counted: Collector, versions: set[str], others: tuple[Collector, ...]
    ) -> None:
        self._counted = counted
        self._versions: set[str | None] = {None, *versions}
        self._others = others

    def collect(self) -> Iterator[Metric]:
        for family in self._counted.collect():
            if family.name in _OURS:
                family.samples = [
                    sample
                    for sample in family.samples
                    if not sample.name.endswith("_created")
                    and sample.labels.get("model_version") in self._versions
                    and sample.labels.get("version") in self._versions
                ]
            yield family
        for other in self._others:
            yield from other.collect()
