"""The row "Prediction log" of the Drift dashboard."""

from dashboards.panels import Panel, PanelSpec, Target, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyPredictionLogFailing", "VocalBabyPredictionLogDropping")


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [
        timeseries(
            PanelSpec(
                "Logged rows",
                "Rows per second. 'dropped' means that the queue was full, 'failed' that writing"
                " to the disk failed. Neither kind reaches the drift job or an audit.",
                "ops",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (outcome) (rate(vocalbaby_prediction_log_rows_total"
                "{%(instances)s}[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Queued rows",
                "Rows of each instance that are not yet written. They are lost if the process is"
                " killed.",
                "short",
                8,
                _ALERTS,
            ),
            Target("vocalbaby_prediction_log_waiting_rows{%(instances)s}", "{{instance}}"),
        ),
        timeseries(
            PanelSpec(
                "Log files",
                "Finished files per second: 'shipped' to their destination, or 'failed'. A failed"
                " file is shipped again later.",
                "ops",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (outcome) (rate(vocalbaby_prediction_log_files_total"
                "{%(instances)s}[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
    ]
