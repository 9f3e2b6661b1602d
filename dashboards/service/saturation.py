"""The row "Saturation" of the Service dashboard."""

from dashboards.config import MonitoringConfig
from dashboards.panels import CRITICAL, WARNING, Panel, PanelSpec, Target, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabySaturated",)


def panels(config: MonitoringConfig) -> list[Panel]:
    """Build the panels of the row."""
    return [*_work(config), *_resources(config)]


def _thresholds(config: MonitoringConfig, bound: int) -> tuple[tuple[float, str], ...]:
    return (config.alerts.saturated.share * bound, WARNING), (float(bound), CRITICAL)


def _work(config: MonitoringConfig) -> list[Panel]:
    return [
        timeseries(
            PanelSpec(
                "Requests in flight",
                "Requests that each instance is processing. At the upper line the instance"
                " rejects further requests with 503.",
                "short",
                8,
                _ALERTS,
                _thresholds(config, config.bounds.in_flight),
            ),
            Target("vocalbaby_requests_in_flight{%(instances)s}", "{{instance}}"),
        ),
        timeseries(
            PanelSpec(
                "Queued clips",
                "Clips that wait for the model. If there are always some, the model is the"
                " bottleneck: add instances.",
                "short",
                8,
                _ALERTS,
                _thresholds(config, config.bounds.queue_clips),
            ),
            Target("vocalbaby_queue_clips{%(instances)s}", "{{instance}}"),
        ),
        timeseries(
            PanelSpec(
                "Batch sizes",
                "Clips per call of the model. Batches grow under load, which lowers the cost of"
                " each clip.",
                "short",
                8,
                _ALERTS,
            ),
            Target(
                "sum(rate(vocalbaby_batch_clips_sum{%(instances)s}[$__rate_interval]))"
                " / sum(rate(vocalbaby_batch_clips_count{%(instances)s}[$__rate_interval]))",
                "mean",
            ),
            Target(
                "histogram_quantile(0.95, sum by (le)"
                " (rate(vocalbaby_batch_clips_bucket{%(instances)s}[$__rate_interval])))",
                "p95",
            ),
        ),
    ]


def _resources(config: MonitoringConfig) -> list[Panel]:
    return [
        timeseries(
            PanelSpec(
                "CPU",
                "CPU seconds per second of each instance, summed over its workers. 1 is one"
                " fully used core.",
                "short",
                8,
                _ALERTS,
            ),
            Target(
                "sum without (worker)"
                " (rate(process_cpu_seconds_total{%(instances)s}[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Memory",
                "Resident memory of each instance, summed over its workers. It should level off"
                " some minutes after the start.",
                "bytes",
                8,
                _ALERTS,
                _thresholds(config, config.bounds.memory_bytes),
            ),
            Target(
                "sum without (worker) (process_resident_memory_bytes{%(instances)s})",
                "{{instance}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Open files and restarts",
                "Most open files are connections; the lines refer to the limit of connections."
                " Starts count the processes that serve requests, so each step is a restart.",
                "short",
                8,
                (*_ALERTS, "VocalBabyWorkerRestarts", "VocalBabyKeysFault"),
                _thresholds(config, config.bounds.connections),
            ),
            Target(
                "sum without (worker) (process_open_fds{%(instances)s})",
                "{{instance}} open files",
            ),
            Target("vocalbaby_worker_starts_total{%(instances)s}", "{{instance}} starts"),
        ),
    ]
