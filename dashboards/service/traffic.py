"""The row "Traffic and errors" of the Service dashboard."""

from typing import Final

from dashboards.config import MonitoringConfig
from dashboards.panels import CRITICAL, WARNING, Panel, PanelSpec, Target, timeseries

__all__ = ["ERROR_RATIO", "panels"]

#: Share of prediction requests with a 5xx response; 0, not missing, while there is none.
ERROR_RATIO: Final = (
    "(sum(rate(vocalbaby_requests_total"
    '{%(instances)s, %(routes)s, status=~"5.."}[$__rate_interval]))'
    " or 0 * sum(rate(vocalbaby_requests_total{%(instances)s, %(routes)s}[$__rate_interval])))"
    " / sum(rate(vocalbaby_requests_total{%(instances)s, %(routes)s}[$__rate_interval]))"
)


def panels(config: MonitoringConfig) -> list[Panel]:
    """Build the panels of the row."""
    return [*_requests(), *_errors(config)]


def _requests() -> list[Panel]:
    return [
        timeseries(
            PanelSpec(
                "Requests by route",
                "All requests per second. The route 'unmatched' stands for paths that the"
                " service does not have.",
                "reqps",
                12,
                ("VocalBabyNoTraffic",),
            ),
            Target(
                "sum by (route) (rate(vocalbaby_requests_total{%(instances)s}[$__rate_interval]))",
                "{{route}}",
            ),
            stacked=True,
        ),
        timeseries(
            PanelSpec(
                "Requests by status",
                "All requests per second. 4xx means that the client's request was invalid, 5xx"
                " that the service failed or was at one of its limits, and 499 that the client"
                " closed the connection before the response.",
                "reqps",
                12,
                ("VocalBabyErrorBudgetBurn",),
            ),
            Target(
                "sum by (status) (rate(vocalbaby_requests_total{%(instances)s}[$__rate_interval]))",
                "{{status}}",
            ),
            stacked=True,
        ),
    ]


def _errors(config: MonitoringConfig) -> list[Panel]:
    budget = config.error_budget
    windows = {burn.long: burn.factor for burn in config.alerts.error_budget_burn}
    factors = ", ".join(f"{factor:g} over {window}" for window, factor in windows.items())
    return [
        timeseries(
            PanelSpec(
                "Error ratio",
                "Share of prediction requests with a 5xx response. The line is the share that"
                " the objective allows in the long run.",
                "percentunit",
                8,
                ("VocalBabyErrorBudgetBurn",),
                ((budget, CRITICAL),),
            ),
            Target(ERROR_RATIO, "5xx"),
        ),
        timeseries(
            PanelSpec(
                "Errors by code",
                "Errors reported to clients per second, for whole requests and for single clips."
                " docs/api.md explains the codes.",
                "ops",
                8,
                ("VocalBabyErrorBudgetBurn",),
            ),
            Target(
                "sum by (code) (rate(vocalbaby_errors_total{%(instances)s}[$__rate_interval])) > 0",
                "{{code}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Error budget burn by window",
                "How fast requests of all instances fail, as a multiple of the rate that spends"
                " the error budget exactly. The alert fires when a window exceeds its factor:"
                f" {factors}.",
                "short",
                8,
                ("VocalBabyErrorBudgetBurn",),
                ((1, WARNING),),
            ),
            *(
                Target(f"vocalbaby:failed_requests:ratio_rate{window} / {budget:g}", window)
                for window in windows
            ),
        ),
    ]
