"""Recording rules: the series that both alerts and dashboards use."""

from typing import Final, NamedTuple

from prometheus_client.utils import floatToGoString

from dashboards.config import MonitoringConfig
from dashboards.promql import expand, selectors

__all__ = ["Recording", "recordings"]

# The second operand of "or" makes the ratio 0, not missing, while no request has failed.
_FAILED: Final = (
    '(sum(rate(vocalbaby_requests_total{%(job)s, %(routes)s, status=~"5.."}[%(window)s]))'
    " or 0 * sum(rate(vocalbaby_requests_total{%(job)s, %(routes)s}[%(window)s])))"
    " / sum(rate(vocalbaby_requests_total{%(job)s, %(routes)s}[%(window)s]))"
)
_SLOW: Final = (
    "1 - sum(rate(vocalbaby_request_duration_seconds_bucket"
    '{%(job)s, %(routes)s, le="%(latency)s"}[%(window)s]))'
    " / sum(rate(vocalbaby_request_duration_seconds_count{%(job)s, %(routes)s}[%(window)s]))"
)
_RATE: Final = "sum(rate(vocalbaby_requests_total{%(job)s, %(routes)s}[%(window)s])) or vector(0)"


class Recording(NamedTuple):
    """A series that Prometheus computes at every evaluation."""

    name: str
    expr: str


def recordings(config: MonitoringConfig) -> list[Recording]:
    """Return every recording rule.

    They record the ratios of failed and of slow requests and the rate of requests, all of the
    prediction routes.
    """
    alerts = config.alerts
    latency = floatToGoString(config.objectives.latency_seconds)
    windows = dict.fromkeys(
        window for burn in alerts.error_budget_burn for window in (burn.short, burn.long)
    )
    templates = [
        *(("vocalbaby:failed_requests:ratio_rate", _FAILED, window) for window in windows),
        ("vocalbaby:slow_requests:ratio_rate", _SLOW, alerts.slow.window),
        ("vocalbaby:work_requests:rate", _RATE, alerts.no_traffic.window),
    ]
    return [
        Recording(
            f"{name}{window}",
            expand(template, {**selectors(config), "latency": latency, "window": window}),
        )
        for name, template, window in templates
    ]
