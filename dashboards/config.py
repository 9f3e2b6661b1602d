"""The objectives and limits of ``configs/monitoring.yaml``."""

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

#: Where the settings stand, from the root of the repository.
CONFIG: Final = Path("configs/monitoring.yaml")

Severity = Literal["critical", "warning"]
#: A time as Prometheus writes it, e.g. ``5m``.
Seconds = Annotated[str, Field(pattern=r"^[0-9]+(ms|s|m|h|d)$")]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class Objectives(StrictModel):
    """What users may expect of the work routes.

    Attributes:
        availability: Share of requests not answered with 5xx.
        latency_seconds: A request that takes longer is slow; a bound of the histogram.
        latency_share: Share of requests that are not slow.
    """

    availability: Share
    latency_seconds: float = Field(gt=0.0)
    latency_share: Share


class Bounds(StrictModel):
    """What one instance can take, as the service is set.

    Attributes:
        in_flight: Requests being answered at once.
        queue_clips: Clips waiting for the model.
        connections: Open connections.
        memory_bytes: Resident memory.
    """

    in_flight: int = Field(ge=1)
    queue_clips: int = Field(ge=1)
    connections: int = Field(ge=1)
    memory_bytes: int = Field(ge=1)


class Alert(StrictModel):
    """When somebody is told: after the condition has lasted so long."""

    severity: Severity
    lasting: Seconds


class WindowAlert(Alert):
    """An alert on what happened within a window."""

    window: Seconds


class Burn(Alert):
    """The error budget is spent ``factor`` times too fast, over the long and short window."""

    long: Seconds
    short: Seconds
    factor: float = Field(gt=0.0)


class SaturatedAlert(Alert):
    """An instance is over this share of one of its bounds."""

    share: Share


class NoTrafficAlert(WindowAlert):
    """Not more requests than this."""

    requests_per_second: float = Field(ge=0.0)


class RestartsAlert(WindowAlert):
    """More restarts than this in the window."""

    restarts: int = Field(ge=0)


class AbstentionsAlert(WindowAlert):
    """More than this share without a label, of at least this many clips in the window."""

    share: Share
    clips: int = Field(ge=1)


class StaleAlert(Alert):
    """The last comparison is older than this."""

    hours: float = Field(gt=0.0)


class DropAlert(Alert):
    """The estimated UAR is so much below the reference's."""

    drop: Share


class DroppingAlert(WindowAlert):
    """More than this share of the rows is dropped."""

    share: Share


class Alerts(StrictModel):
    """The limits of every alert; docs/runbooks has a page for each."""

    down: Alert
    absent: Alert
    error_budget_burn: tuple[Burn, ...] = Field(min_length=1)
    slow: WindowAlert
    saturated: SaturatedAlert
    no_traffic: NoTrafficAlert
    worker_restarts: RestartsAlert
    model_refused: Alert
    store_fault: Alert
    abstentions: AbstentionsAlert
    drift: Alert
    drift_not_compared: Alert
    drift_too_few_rows: Alert
    drift_job_stale: StaleAlert
    estimated_uar_drop: DropAlert
    prediction_log_failing: WindowAlert
    prediction_log_dropping: DroppingAlert


class MonitoringConfig(StrictModel):
    """See ``configs/monitoring.yaml``, which says what each key is."""

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
    """Read the settings.

    Raises:
        ConfigError: A key is unknown or missing, or a value has a wrong type or range.
    """
    return load_config(path, MonitoringConfig)
