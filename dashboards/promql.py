"""Pieces of PromQL whose metric names are checked against the service's own table."""

from typing import Final

from vocalbaby.monitoring.metrics import METRICS

__all__ = ["FOREIGN", "metric_names", "of_instance", "quantile", "ratio", "select"]

#: Metrics that are not the service's own: Prometheus' and its client library's.
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


def metric_names() -> frozenset[str]:
    """Every name under which a series can be asked for."""
    own = {spec.name + suffix for spec in METRICS.values() for suffix in _SUFFIXES[spec.kind]}
    return FOREIGN | own


def select(name: str, *matchers: str) -> str:
    """A selector, e.g. ``vocalbaby_queue_clips{job="vocalbaby"}``.

    Args:
        name: A metric, without ``vocalbaby_`` where it is the service's own.
        matchers: e.g. ``status=~"5.."``.

    Raises:
        ValueError: There is no such metric.
    """
    full = name if name in FOREIGN else f"vocalbaby_{name}"
    if full not in metric_names():
        raise ValueError(f"there is no metric {full}")
    return f"{full}{{{', '.join(matchers)}}}" if matchers else full


def of_instance(expression: str) -> str:
    """Of all workers together: where there are several, each tells its process's own figures."""
    return f"sum without (worker) ({expression})"


def ratio(part: str, whole: str) -> str:
    """A share that is 0, and not missing, where the part has no series yet."""
    return f"({part} or 0 * {whole}) / {whole}"


def quantile(share: float, histogram: str, by: str = "") -> str:
    """A quantile of a histogram over ``$__rate_interval``.

    Args:
        share: 0.95 for the 95th percentile.
        histogram: Selector of its ``_bucket`` series.
        by: Further labels to keep, e.g. ``model_version``.
    """
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, sum by ({labels}) (rate({histogram}[$__rate_interval])))"
