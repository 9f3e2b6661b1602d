"""Alerts on the service: availability, errors, latency, saturation and restarts."""

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig

__all__ = ["rules"]


def rules(config: MonitoringConfig) -> list[Rule]:
    """Return the rules of this group."""
    return [
        *_availability(config),
        *_error_budget(config),
        _latency(config),
        *_saturation(config),
        *_activity(config),
    ]


def _availability(config: MonitoringConfig) -> list[Rule]:
    return [
        Rule(
            "VocalBabyDown",
            config.alerts.down,
            "up{%(job)s} == 0",
            "An instance of VocalBaby does not respond to Prometheus.",
            "{{ $labels.instance }} could not be scraped.",
        ),
        Rule(
            "VocalBabyAbsent",
            config.alerts.absent,
            "absent(up{%(job)s})",
            "Prometheus has no instance of VocalBaby to scrape.",
            f"The job {config.job} has no target.",
        ),
    ]


def _error_budget(config: MonitoringConfig) -> list[Rule]:
    budget = config.error_budget
    return [
        Rule(
            "VocalBabyErrorBudgetBurn",
            burn,
            "vocalbaby:failed_requests:ratio_rate%(long)s > %(ratio)g"
            " and vocalbaby:failed_requests:ratio_rate%(short)s > %(ratio)g",
            "Too many requests fail and spend the error budget too fast.",
            "{{ $value | humanizePercentage }} of the requests of the last %(long)s failed, more"
            " than %(factor)g times the allowed share of %(budget).3g.",
            {"window": burn.long},
            {"budget": budget, "ratio": burn.factor * budget},
        )
        for burn in config.alerts.error_budget_burn
    ]


def _latency(config: MonitoringConfig) -> Rule:
    objectives = config.objectives
    return Rule(
        "VocalBabySlow",
        config.alerts.slow,
        "vocalbaby:slow_requests:ratio_rate%(window)s > %(ratio)g",
        "Too many requests are slow.",
        "{{ $value | humanizePercentage }} of the requests took longer than %(seconds)g s.",
        values={
            "ratio": 1 - objectives.latency_share,
            "seconds": objectives.latency_seconds,
        },
    )


def _saturation(config: MonitoringConfig) -> list[Rule]:
    bounds = config.bounds
    # The client library does not count connections, but nearly all open files are connections.
    resources = (
        ("requests in flight", "vocalbaby_requests_in_flight{%(job)s}", bounds.in_flight),
        ("waiting clips", "vocalbaby_queue_clips{%(job)s}", bounds.queue_clips),
        (
            "connections",
            "sum without (worker) (process_open_fds{%(job)s})",
            bounds.connections,
        ),
        (
            "memory",
            "sum without (worker) (process_resident_memory_bytes{%(job)s})",
            bounds.memory_bytes,
        ),
    )
    return [
        Rule(
            "VocalBabySaturated",
            config.alerts.saturated,
            f"{used} / {bound} > %(share)g",
            "An instance of VocalBaby is close to one of its limits.",
            "{{ $labels.instance }}: {{ $value | humanizePercentage }} of the limit of"
            f" {resource} ({bound}) is in use.",
            {"resource": resource},
        )
        for resource, used, bound in resources
    ]


def _activity(config: MonitoringConfig) -> list[Rule]:
    return [
        Rule(
            "VocalBabyNoTraffic",
            config.alerts.no_traffic,
            "vocalbaby:work_requests:rate%(window)s <= %(requests_per_second)g"
            " and on () count(up{%(job)s} == 1)",
            "VocalBaby is up but receives no prediction requests.",
            "{{ $value | printf `%%.3g` }} requests per second.",
        ),
        Rule(
            "VocalBabyWorkerRestarts",
            config.alerts.worker_restarts,
            # increase() extrapolates and would give more than the number of restarts.
            "changes(vocalbaby_worker_starts_total{%(job)s}[%(window)s]) > %(restarts)d"
            " or max without (worker)"
            " (changes(process_start_time_seconds{%(job)s}[%(window)s])) > %(restarts)d",
            "Processes of VocalBaby terminate and are restarted.",
            "{{ $labels.instance }}: {{ $value }} restarts within %(window)s.",
        ),
        Rule(
            "VocalBabyKeysFault",
            config.alerts.keys_fault,
            "vocalbaby_keys_fault{%(job)s} == 1",
            "The file of API keys cannot be read; the previous keys stay valid.",
            "{{ $labels.instance }} cannot read its file of API keys.",
        ),
    ]
