"""Alerts on the service: is it there, does it answer, is it fast, is there room."""

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig
from dashboards.promql import of_instance, select
from dashboards.recording import failed, slow, work_rate

__all__ = ["rules"]


def rules(config: MonitoringConfig) -> list[Rule]:
    """Every rule of this part."""
    alerts, job = config.alerts, f'job="{config.job}"'
    up = select("up", job)
    restarts = alerts.worker_restarts
    starts, began = select("worker_starts_total", job), select("process_start_time_seconds", job)
    return [
        Rule(
            "VocalBabyDown",
            alerts.down,
            f"{up} == 0",
            "An instance of VocalBaby does not answer Prometheus.",
            "{{ $labels.instance }} could not be scraped.",
        ),
        Rule(
            "VocalBabyAbsent",
            alerts.absent,
            f"absent({up})",
            "Prometheus knows no instance of VocalBaby.",
            f"The job {config.job} has no target.",
        ),
        *_budget(config),
        Rule(
            "VocalBabySlow",
            alerts.slow,
            f"{slow(config)} > {1 - config.objectives.latency_share:.6g}",
            "Too many requests are slow.",
            "{{ $value | humanizePercentage }} of the requests took longer than "
            f"{config.objectives.latency_seconds:g} s.",
        ),
        *_saturation(config),
        Rule(
            "VocalBabyNoTraffic",
            alerts.no_traffic,
            f"{work_rate(config)} <= {alerts.no_traffic.requests_per_second:g}"
            f" and on () count({up} == 1)",
            "Nobody asks VocalBaby for predictions, though it is up.",
            "{{ $value | printf `%.3g` }} requests per second.",
        ),
        Rule(
            "VocalBabyWorkerRestarts",
            restarts,
            # changes() and not increase(), which extrapolates: two would be more than two.
            f"changes({starts}[{restarts.window}]) > {restarts.restarts}"
            f" or max without (worker) (changes({began}[{restarts.window}])) > {restarts.restarts}",
            "Processes of VocalBaby die and are started again.",
            f"{{{{ $labels.instance }}}}: {{{{ $value }}}} restarts within {restarts.window}.",
        ),
    ]


def _budget(config: MonitoringConfig) -> list[Rule]:
    budget = config.error_budget
    return [
        Rule(
            "VocalBabyErrorBudgetBurn",
            burn,
            f"{failed(burn.long)} > {burn.factor * budget:.6g}"
            f" and {failed(burn.short)} > {burn.factor * budget:.6g}",
            "Too many requests fail: the error budget is being spent too fast.",
            f"{{{{ $value | humanizePercentage }}}} of the requests of the last {burn.long} "
            f"failed, over {burn.factor:g} times the {budget:.3g} that may.",
            {"window": burn.long},
        )
        for burn in config.alerts.error_budget_burn
    ]


def _saturation(config: MonitoringConfig) -> list[Rule]:
    job = f'job="{config.job}"'
    bounds, limits = config.bounds, config.alerts.saturated
    # The client library counts no connections; nearly all open files are connections.
    resources = (
        ("requests in flight", select("requests_in_flight", job), bounds.in_flight),
        ("waiting clips", select("queue_clips", job), bounds.queue_clips),
        ("connections", of_instance(select("process_open_fds", job)), bounds.connections),
        (
            "memory",
            of_instance(select("process_resident_memory_bytes", job)),
            bounds.memory_bytes,
        ),
    )
    return [
        Rule(
            "VocalBabySaturated",
            limits,
            f"{used} / {bound} > {limits.share:g}",
            "An instance of VocalBaby is close to a bound, beyond which it refuses requests.",
            f"{{{{ $labels.instance }}}}: {{{{ $value | humanizePercentage }}}} of the {resource}"
            f" it may have ({bound}).",
            {"resource": resource},
        )
        for resource, used, bound in resources
    ]
