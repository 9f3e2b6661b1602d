"""The row "The drift job" of the Drift dashboard."""

from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, state_timeline, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyDriftJobStale",)


def panels(max_age_s: float) -> list[Panel]:
    """Build the panels of the row.

    Args:
        max_age_s: Age of the last comparison, in seconds, above which the alert fires.
    """
    return [
        timeseries(
            PanelSpec(
                "Age of the last run",
                "Time since the last run, and since the last run that could compare; each falls"
                " to 0 when such a run ends. If only 'compared' keeps rising, the job runs but"
                " cannot compare. If both keep rising, the job does not run. The line is the"
                " threshold of the alert.",
                "s",
                12,
                _ALERTS,
                ((max_age_s, CRITICAL),),
            ),
            Target("time() - max(vocalbaby_drift_last_run_timestamp_seconds)", "run"),
            Target("time() - max(vocalbaby_drift_last_success_timestamp_seconds)", "compared"),
        ),
        state_timeline(
            PanelSpec(
                "Status of the job",
                "Whether the servers can read latest.json, the result of the drift job, and the"
                " reason if they cannot.",
                "short",
                12,
                _ALERTS,
            ),
            Target("max by (code) (vocalbaby_drift_status_fault)", "{{code}}"),
            states={"1": ("unreadable", CRITICAL), "0": ("readable", "green")},
        ),
    ]
