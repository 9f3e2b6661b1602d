"""Typed objectives and limits of ``configs/monitoring.yaml``."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel
from vocalbaby.utils.config import load_config

__all__ = [
    "CONFIG",
    "Alert",
    "Alerts",
    "Bounds",
    "Burn",
    "MonitoringConfig",
    "Objectives",
    "Seconds",
    "WindowAlert",
    "load",
]

#: Path of the settings, relative to the root of the repository.
CONFIG: Final = Path("configs/monitoring.yaml")

Severity = Literal["critical", "warning"]
#: A duration in the notation of Prometheus, e.g. ``5m``.
Seconds = Annotated[str, Field(pattern=r"^[0-9]+(ms|s|m|h|d)$")]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class Objectives(StrictModel):
    """Service level objectives of the prediction routes.

    Attributes:
        availability: Share of requests without a 5xx response.
        latency_seconds: Response time above which a request is slow; one of the buckets of
            the latency histogram.
        latency_share: Share of requests that are not slow.
    """

    availability: Share
    latency_seconds: float = Field(gt=0.0)
    latency_share: Share


class Bounds(StrictModel):
    """Limits of one instance, as the service is configured.

    Attributes:
        in_flight: Requests that are processed at the same time.
        queue_clips: Clips that wait for the model.
        connections: Open connections.
        memory_bytes: Resident memory in bytes.
    """

    in_flight: int = Field(ge=1)
    queue_clips: int = Field(ge=1)
    connections: int = Field(ge=1)
    memory_bytes: int = Field(ge=1)


class Alert(StrictModel):
    """Severity of an alert, and how long its condition must last before it fires."""

    severity: Severity
    lasting: Seconds


class WindowAlert(Alert):
    """An alert on the events of a time window."""

    window: Seconds


class Burn(Alert):
    """An alert on the error budget being spent ``factor`` times too fast.

    The condition must hold over the long and over the short window.
    """

    long: Seconds
    short: Seconds
    factor: float = Field(gt=0.0)


class SaturatedAlert(Alert):
    """An alert on an instance that uses more than a share of one of its bounds."""

    share: Share


class NoTrafficAlert(WindowAlert):
    """An alert on a rate of requests that is at most this."""

    requests_per_second: float = Field(ge=0.0)


class RestartsAlert(WindowAlert):
    """An alert on more than this number of restarts in the window."""

    restarts: int = Field(ge=0)


class AbstentionsAlert(WindowAlert):
    """An alert on more than a share of clips without a label, of at least ``clips`` clips."""

    share: Share
    clips: int = Field(ge=1)


class StaleAlert(Alert):
    """An alert on a last comparison that is older than this."""

    hours: float = Field(gt=0.0)


class DropAlert(Alert):
    """An alert on an estimated UAR that is more than this below that of the reference."""

    drop: Share


class DroppingAlert(WindowAlert):
    """An alert on more than this share of the rows being dropped."""

    share: Share


class Alerts(StrictModel):
    """Limits of every alert. Each alert has a runbook in docs/runbooks."""

    down: Alert
    absent: Alert
    error_budget_burn: tuple[Burn, ...] = Field(min_length=1)
    slow: WindowAlert
    saturated: SaturatedAlert
    no_traffic: NoTrafficAlert
    worker_restarts: RestartsAlert
    model_refused: Alert
    store_fault: Alert
    keys_fault: Alert
    abstentions: AbstentionsAlert
    drift: Alert
    drift_not_compared: Alert
    drift_too_few_rows: Alert
    drift_job_stale: StaleAlert
    estimated_uar_drop: DropAlert
    prediction_log_failing: WindowAlert
    prediction_log_dropping: DroppingAlert


class MonitoringConfig(StrictModel):
    """All settings; ``configs/monitoring.yaml`` describes each key."""

    job: str = Field(pattern=r"^[\w-]+$")
    runbooks: str
    routes: str = Field(pattern=r"^[^\"\\]+$")
    objectives: Objectives
    bounds: Bounds
    alerts: Alerts

    @property
    def error_budget(self) -> float:
        """Share of requests that may fail."""
        return round(1.0 - self.objectives.availability, 9)


def load(path: Path = CONFIG) -> MonitoringConfig:
    """Load the settings.

    Raises:
        ConfigError: A key is unknown or missing, or a value has the wrong type or is out of range.
    """
    return load_config(path, MonitoringConfig)
