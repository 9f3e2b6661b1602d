"""Alerts on the prediction log, which the drift job and audits depend on."""

from dashboards.alerts.rule import Rule
from dashboards.config import Alerts

__all__ = ["rules"]


def rules(alerts: Alerts) -> list[Rule]:
    """Return the rules of this group."""
    return [
        *(
            Rule(
                "VocalBabyPredictionLogFailing",
                alerts.prediction_log_failing,
                f"sum by (instance) (increase(vocalbaby_prediction_log_{what}_total"
                '{%(job)s, outcome="failed"}[%(window)s])) > 0',
                "The prediction log cannot write rows or ship files.",
                "{{ $labels.instance }}: {{ $value | humanize }} " + what + " failed within"
                " %(window)s.",
                {"what": what},
            )
            for what in ("rows", "files")
        ),
        Rule(
            "VocalBabyPredictionLogDropping",
            alerts.prediction_log_dropping,
            "sum by (instance) (increase(vocalbaby_prediction_log_rows_total"
            '{%(job)s, outcome="dropped"}[%(window)s]))'
            " / sum by (instance) (increase(vocalbaby_prediction_log_rows_total"
            "{%(job)s}[%(window)s])) > %(share)g",
            "The prediction log cannot keep up with the predictions and drops rows.",
            "{{ $labels.instance }}: {{ $value | humanizePercentage }} of the rows were dropped"
            " within %(window)s.",
        ),
    ]
