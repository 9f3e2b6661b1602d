"""The top row of the Service dashboard: current values."""

from dashboards.config import MonitoringConfig
from dashboards.panels import CRITICAL, WARNING, Panel, PanelSpec, Target, stat
from dashboards.service.traffic import ERROR_RATIO

__all__ = ["panels"]


def panels(config: MonitoringConfig) -> list[Panel]:
    """Build the panels of the row."""
    return [*_traffic(config), *_objectives(config)]


def _traffic(config: MonitoringConfig) -> list[Panel]:
    budget = config.error_budget
    return [
        stat(
            PanelSpec(
                "Instances up",
                "Number of instances that Prometheus can scrape. If it is lower than the number"
                " of instances that you run, one of them is down.",
                "short",
                4,
                ("VocalBabyDown", "VocalBabyAbsent"),
            ),
            Target("sum(up{%(instances)s})", "up"),
        ),
        stat(
            PanelSpec(
                "Prediction requests",
                "Prediction requests per second. Probes and scrapes are not counted.",
                "reqps",
                4,
                ("VocalBabyNoTraffic",),
            ),
            Target(
                "sum(rate(vocalbaby_requests_total{%(instances)s, %(routes)s}[$__rate_interval]))",
                "requests",
            ),
        ),
        stat(
            PanelSpec(
                "Error ratio now",
                "Share of prediction requests with a 5xx response. The objective allows"
                f" {budget:.3g} in the long run.",
                "percentunit",
                4,
                ("VocalBabyErrorBudgetBurn",),
                (
                    (budget, WARNING),
                    (config.alerts.error_budget_burn[0].factor * budget, CRITICAL),
                ),
            ),
            Target(ERROR_RATIO, "failing"),
        ),
    ]


def _objectives(config: MonitoringConfig) -> list[Panel]:
    burn, bounds = config.alerts.error_budget_burn[0], config.bounds
    return [
        stat(
            PanelSpec(
                "Error budget burn",
                f"How fast requests failed in the last {burn.long}, as a multiple of the rate"
                " that spends the error budget exactly.",
                "short",
                4,
                ("VocalBabyErrorBudgetBurn",),
                ((1, WARNING), (burn.factor, CRITICAL)),
            ),
            Target(
                f"vocalbaby:failed_requests:ratio_rate{burn.long} / {config.error_budget:g}",
                "burn",
            ),
        ),
        stat(
            PanelSpec(
                "p95 latency",
                "95 % of the prediction requests are answered within this time.",
                "s",
                4,
                ("VocalBabySlow",),
                ((config.objectives.latency_seconds, CRITICAL),),
            ),
            Target(
                "histogram_quantile(0.95, sum by (le) (rate(vocalbaby_request_duration_seconds"
                "_bucket{%(instances)s, %(routes)s}[$__rate_interval])))",
                "p95",
            ),
        ),
        stat(
            PanelSpec(
                "Highest saturation",
                "Requests in flight and queued clips of the busiest instance, as shares of their"
                " limits. At 1 the instance rejects requests.",
                "percentunit",
                4,
                ("VocalBabySaturated",),
                ((config.alerts.saturated.share, CRITICAL),),
            ),
            Target(
                f"max(vocalbaby_requests_in_flight{{%(instances)s}} / {bounds.in_flight})",
                "in flight",
            ),
            Target(
                f"max(vocalbaby_queue_clips{{%(instances)s}} / {bounds.queue_clips})", "waiting"
            ),
        ),
    ]
