"""Dashboard: is the service there, is it fast, does it fail, is there room."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.board import INSTANCE, Section, board
from dashboards.config import MonitoringConfig
from dashboards.panels import BAD, WARN, About, Panel, Target, density, lines, number
from dashboards.promql import of_instance, quantile, ratio, select
from dashboards.recording import failed, slow

__all__ = ["build"]

_RATE = "$__rate_interval"


def build(config: MonitoringConfig) -> Dashboard:
    """The dashboard."""
    return board(
        config,
        "Service",
        "Whether the service answers, how fast, what fails, and how much room is left.",
        [
            Section("", _now(config)),
            Section("Traffic and errors", _traffic(config)),
            Section("Latency", _latency(config)),
            Section("Saturation", _saturation(config)),
        ],
        variables=["instance"],
    )


def _match(config: MonitoringConfig) -> tuple[str, str]:
    return f'job="{config.job}"', INSTANCE


def _work(config: MonitoringConfig, name: str, *more: str) -> str:
    """Selector of what the work routes have."""
    return select(name, *_match(config), f'route=~"{config.routes}"', *more)


def _failing(config: MonitoringConfig) -> str:
    part = _work(config, "requests_total", 'status=~"5.."')
    whole = _work(config, "requests_total")
    return ratio(f"sum(rate({part}[{_RATE}]))", f"sum(rate({whole}[{_RATE}]))")


def _now(config: MonitoringConfig) -> list[Panel]:
    objectives, budget = config.objectives, config.error_budget
    match = _match(config)
    requests = _work(config, "requests_total")
    burn = config.alerts.error_budget_burn[0]
    in_flight = select("requests_in_flight", *match)
    waiting = select("queue_clips", *match)
    share = config.alerts.saturated.share
    return [
        number(
            About(
                "Instances up",
                "Instances that answer Prometheus. Fewer than you run: one is down.",
                "short",
                4,
                ("VocalBabyDown", "VocalBabyAbsent"),
            ),
            Target(f"sum({select('up', *match)})", "up"),
        ),
        number(
            About(
                "Predictions asked",
                "Requests for predictions per second, probes and scrapes left out.",
                "reqps",
                4,
                ("VocalBabyNoTraffic",),
            ),
            Target(f"sum(rate({requests}[{_RATE}]))", "requests"),
        ),
        number(
            About(
                "Failing",
                f"Share of these requests answered with 5xx; {budget:.3g} may fail in the"
                " long run.",
                "percentunit",
                4,
                ("VocalBabyErrorBudgetBurn",),
                ((budget, WARN), (burn.factor * budget, BAD)),
            ),
            Target(_failing(config), "failing"),
        ),
        number(
            About(
                "Error budget burn",
                f"How many times faster than allowed requests failed in the last {burn.long}:"
                " 1 spends the budget exactly.",
                "short",
                4,
                ("VocalBabyErrorBudgetBurn",),
                ((1, WARN), (burn.factor, BAD)),
            ),
            Target(f"{failed(burn.long)} / {budget:g}", "burn"),
        ),
        number(
            About(
                "p95 latency",
                "95 of 100 requests for predictions are answered within this time.",
                "s",
                4,
                ("VocalBabySlow",),
                ((objectives.latency_seconds, BAD),),
            ),
            Target(quantile(0.95, _work(config, "request_duration_seconds_bucket")), "p95"),
        ),
        number(
            About(
                "Fullest instance",
                "Requests in flight or waiting clips of the fullest instance, as a share of"
                " its bound. At 1 it refuses requests.",
                "percentunit",
                4,
                ("VocalBabySaturated",),
                ((share, BAD),),
            ),
            Target(f"max({in_flight} / {config.bounds.in_flight})", "in flight"),
            Target(f"max({waiting} / {config.bounds.queue_clips})", "waiting"),
        ),
    ]


def _traffic(config: MonitoringConfig) -> list[Panel]:
    match, budget = _match(config), config.error_budget
    requests = select("requests_total", *match)
    errors = select("errors_total", *match)
    windows = {burn.long: burn.factor for burn in config.alerts.error_budget_burn}
    return [
        lines(
            About(
                "Requests by route",
                "All requests per second. 'unmatched' are paths that the service does not have.",
                "reqps",
                12,
                ("VocalBabyNoTraffic",),
            ),
            Target(f"sum by (route) (rate({requests}[{_RATE}]))", "{{route}}"),
            stacked=True,
        ),
        lines(
            About(
                "Requests by status",
                "4xx: the client's request was at fault. 5xx: the service's fault, or its"
                " bounds. 499: the client went away.",
                "reqps",
                12,
                ("VocalBabyErrorBudgetBurn",),
            ),
            Target(f"sum by (status) (rate({requests}[{_RATE}]))", "{{status}}"),
            stacked=True,
        ),
        lines(
            About(
                "Failing share",
                "Share of the requests for predictions answered with 5xx. The line is what"
                " may fail in the long run.",
                "percentunit",
                8,
                ("VocalBabyErrorBudgetBurn",),
                ((budget, BAD),),
            ),
            Target(_failing(config), "5xx"),
        ),
        lines(
            About(
                "Errors by code",
                "Problems told to clients per second, of requests and of single clips. The"
                " codes are explained in docs/api.md.",
                "ops",
                8,
                ("VocalBabyErrorBudgetBurn",),
            ),
            Target(f"sum by (code) (rate({errors}[{_RATE}])) > 0", "{{code}}"),
        ),
        lines(
            About(
                "Error budget burn by window",
                "How many times faster than allowed requests fail, over all instances. At 1 the"
                " budget is spent exactly; an alert fires when a window is over its factor: "
                + ", ".join(f"{window} {factor:g}" for window, factor in windows.items())
                + ".",
                "short",
                8,
                ("VocalBabyErrorBudgetBurn",),
                ((1, WARN),),
            ),
            *(Target(f"{failed(window)} / {budget:g}", window) for window in windows),
        ),
    ]


def _latency(config: MonitoringConfig) -> list[Panel]:
    objectives = config.objectives
    buckets = _work(config, "request_duration_seconds_bucket")
    return [
        lines(
            About(
                "Latency of predictions",
                "Half, 95 and 99 of 100 requests are answered within these times. The line is"
                " the objective.",
                "s",
                8,
                ("VocalBabySlow",),
                ((objectives.latency_seconds, BAD),),
            ),
            *(Target(quantile(share, buckets), f"p{100 * share:g}") for share in (0.5, 0.95, 0.99)),
        ),
        density(
            About(
                "Latency distribution",
                "Requests per second by time to answer: darker is more. Two bands are two"
                " kinds of requests, such as single clips and archives.",
                "s",
                8,
                ("VocalBabySlow",),
            ),
            f"sum by (le) (rate({buckets}[{_RATE}]))",
        ),
        lines(
            About(
                "Slow share",
                f"Share of requests that took longer than {objectives.latency_seconds:g} s,"
                " over all instances. The line is what may.",
                "percentunit",
                8,
                ("VocalBabySlow",),
                ((round(1 - objectives.latency_share, 9), BAD),),
            ),
            Target(slow(config), "slow"),
        ),
    ]


def _saturation(config: MonitoringConfig) -> list[Panel]:
    match, bounds = _match(config), config.bounds
    share = config.alerts.saturated.share

    def full(bound: int) -> tuple[tuple[float, str], ...]:
        return ((share * bound, WARN), (float(bound), BAD))

    full_runbook = ("VocalBabySaturated",)
    batches = select("batch_clips_bucket", *match)
    mean = (
        f"sum(rate({select('batch_clips_sum', *match)}[{_RATE}]))"
        f" / sum(rate({select('batch_clips_count', *match)}[{_RATE}]))"
    )
    return [
        lines(
            About(
                "Requests in flight",
                "Requests being answered. At the upper line an instance refuses with 503.",
                "short",
                8,
                full_runbook,
                full(bounds.in_flight),
            ),
            Target(select("requests_in_flight", *match), "{{instance}}"),
        ),
        lines(
            About(
                "Waiting clips",
                "Clips that wait for the model. Steadily above zero: the model is the"
                " bottleneck, add instances.",
                "short",
                8,
                full_runbook,
                full(bounds.queue_clips),
            ),
            Target(select("queue_clips", *match), "{{instance}}"),
        ),
        lines(
            About(
                "Batch sizes",
                "Clips handed to the model in one call. They grow by themselves under load,"
                " which makes each clip cheaper.",
                "short",
                8,
                full_runbook,
            ),
            Target(mean, "mean"),
            Target(quantile(0.95, batches), "p95"),
        ),
        lines(
            About(
                "CPU",
                "Seconds of CPU per second, by instance, of all its workers. 1 is one core.",
                "short",
                8,
                full_runbook,
            ),
            Target(
                of_instance(f"rate({select('process_cpu_seconds_total', *match)}[{_RATE}])"),
                "{{instance}}",
            ),
        ),
        lines(
            About(
                "Memory",
                "Resident memory, by instance, of all its workers. It should level off some minutes"
                " after a start.",
                "bytes",
                8,
                full_runbook,
                full(bounds.memory_bytes),
            ),
            Target(of_instance(select("process_resident_memory_bytes", *match)), "{{instance}}"),
        ),
        lines(
            About(
                "Open files and restarts",
                "Open files are connections for the most part; the lines are the bound of"
                " connections. Starts are those of processes that serve: a step is a restart.",
                "short",
                8,
                ("VocalBabySaturated", "VocalBabyWorkerRestarts"),
                full(bounds.connections),
            ),
            Target(of_instance(select("process_open_fds", *match)), "{{instance}} open files"),
            Target(select("worker_starts_total", *match), "{{instance}} starts"),
        ),
    ]
