"""Recording rules: what alerts and dashboards both ask for."""

from typing import NamedTuple

from prometheus_client.utils import floatToGoString

from dashboards.config import MonitoringConfig
from dashboards.promql import ratio, select

__all__ = ["Recording", "failed", "recordings", "slow", "work_rate"]


class Recording(NamedTuple):
    """A series that Prometheus computes at every evaluation."""

    name: str
    expr: str


def failed(window: str) -> str:
    """Name of the share of work requests answered with 5xx."""
    return f"vocalbaby:failed_requests:ratio_rate{window}"


def slow(config: MonitoringConfig) -> str:
    """Name of the share of work requests that took longer than the objective."""
    return f"vocalbaby:slow_requests:ratio_rate{config.alerts.slow.window}"


def work_rate(config: MonitoringConfig) -> str:
    """Name of the work requests per second."""
    return f"vocalbaby:work_requests:rate{config.alerts.no_traffic.window}"


def recordings(config: MonitoringConfig) -> list[Recording]:
    """Every recording rule."""
    match = (f'job="{config.job}"', f'route=~"{config.routes}"')

    def rate(name: str, window: str, *more: str) -> str:
        return f"sum(rate({select(name, *match, *more)}[{window}]))"

    windows = dict.fromkeys(
        window for burn in config.alerts.error_budget_burn for window in (burn.short, burn.long)
    )
    rules = [
        Recording(
            failed(window),
            ratio(rate("requests_total", window, 'status=~"5.."'), rate("requests_total", window)),
        )
        for window in windows
    ]
    window = config.alerts.slow.window
    bucket = f'le="{floatToGoString(config.objectives.latency_seconds)}"'
    within = rate("request_duration_seconds_bucket", window, bucket)
    rules.append(
        Recording(slow(config), f"1 - {within} / {rate('request_duration_seconds_count', window)}")
    )
    window = config.alerts.no_traffic.window
    rules.append(Recording(work_rate(config), f"{rate('requests_total', window)} or vector(0)"))
    return rules
