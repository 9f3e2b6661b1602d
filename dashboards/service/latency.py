"""The row "Latency" of the Service dashboard."""

from dashboards.config import MonitoringConfig
from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, heatmap, timeseries

__all__ = ["panels"]


def panels(config: MonitoringConfig) -> list[Panel]:
    """Build the panels of the row."""
    objectives = config.objectives
    return [
        timeseries(
            PanelSpec(
                "Latency of predictions",
                "50 %, 95 % and 99 % of the prediction requests are answered within these times."
                " The line is the objective.",
                "s",
                8,
                ("VocalBabySlow",),
                ((objectives.latency_seconds, CRITICAL),),
            ),
            *(
                Target(
                    f"histogram_quantile({share:g}, sum by (le) (rate("
                    "vocalbaby_request_duration_seconds_bucket"
                    "{%(instances)s, %(routes)s}[$__rate_interval])))",
                    f"p{100 * share:g}",
                )
                for share in (0.5, 0.95, 0.99)
            ),
        ),
        heatmap(
            PanelSpec(
                "Latency distribution",
                "Prediction requests per second by response time; darker means more requests."
                " Two bands indicate two kinds of requests, such as single clips and archives.",
                "s",
                8,
                ("VocalBabySlow",),
            ),
            "sum by (le) (rate(vocalbaby_request_duration_seconds_bucket"
            "{%(instances)s, %(routes)s}[$__rate_interval]))",
        ),
        timeseries(
            PanelSpec(
                "Share of slow requests",
                "Share of the prediction requests of all instances that took longer than"
                f" {objectives.latency_seconds:g} s. The line is the share that the objective"
                " allows.",
                "percentunit",
                8,
                ("VocalBabySlow",),
                ((round(1 - objectives.latency_share, 9), CRITICAL),),
            ),
            Target(f"vocalbaby:slow_requests:ratio_rate{config.alerts.slow.window}", "slow"),
        ),
    ]
