"""Alerts on the prediction log, without which drift and audits see nothing."""

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig
from dashboards.promql import select

__all__ = ["rules"]


def rules(config: MonitoringConfig) -> list[Rule]:
    """Every rule of this part."""
    failing, dropping = config.alerts.prediction_log_failing, config.alerts.prediction_log_dropping
    job = f'job="{config.job}"'

    def increase(what: str, window: str, *matchers: str) -> str:
        series = select(f"prediction_log_{what}_total", job, *matchers)
        return f"sum by (instance) (increase({series}[{window}]))"

    name, summary = "VocalBabyPredictionLogFailing", "The prediction log loses rows or files."
    failed = 'outcome="failed"'
    dropped = increase("rows", dropping.window, 'outcome="dropped"')
    return [
        *(
            Rule(
                name,
                failing,
                f"{increase(what, failing.window, failed)} > 0",
                summary,
                f"{{{{ $labels.instance }}}}: {{{{ $value | humanize }}}} {what} failed"
                f" within {failing.window}.",
                {"what": what},
            )
            for what in ("rows", "files")
        ),
        Rule(
            "VocalBabyPredictionLogDropping",
            dropping,
            f"{dropped} / {increase('rows', dropping.window)} > {dropping.share:g}",
            "The prediction log is slower than the predictions, so rows are dropped.",
            "{{ $labels.instance }}: {{ $value | humanizePercentage }} of the rows dropped"
            f" within {dropping.window}.",
        ),
    ]
