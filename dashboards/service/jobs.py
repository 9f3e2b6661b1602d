"""The row "Jobs" of the Service dashboard: recordings that are segmented."""

from dashboards.config import MonitoringConfig
from dashboards.panels import Panel, PanelSpec, Target, timeseries

__all__ = ["panels"]


def panels(_config: MonitoringConfig) -> list[Panel]:
    """Build the panels of the row."""
    return [
        timeseries(
            PanelSpec(
                "Jobs",
                "Jobs in the folder of jobs. Queued jobs wait for others to end; those that are"
                " done or have failed are kept until --job-keep-seconds have passed.",
                "short",
                6,
            ),
            Target("sum by (state) (vocalbaby_jobs{%(instances)s})", "{{state}}"),
        ),
        timeseries(
            PanelSpec(
                "Ended jobs",
                "Jobs that ended, per second. The log of the service says why a job has failed.",
                "reqps",
                6,
            ),
            Target(
                "sum by (outcome) (rate(vocalbaby_jobs_ended_total{%(instances)s}"
                "[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Speed of jobs",
                "Seconds of sound that a running job segments in each second.",
                "short",
                6,
            ),
            Target(
                "sum(rate(vocalbaby_job_sound_seconds_total{%(instances)s}[$__rate_interval]))"
                " / sum(rate(vocalbaby_job_duration_seconds_sum{%(instances)s}[$__rate_interval]))",
                "mean",
            ),
        ),
        timeseries(
            PanelSpec(
                "Folder of jobs",
                "Bytes of recordings and results in the folder of jobs. Recordings are refused"
                " beyond --max-job-folder-bytes.",
                "bytes",
                6,
            ),
            Target("vocalbaby_job_folder_bytes{%(instances)s}", "{{instance}}"),
        ),
    ]
