"""The state that all requests of one application share."""

from collections.abc import Callable
from dataclasses import dataclass

from vocalbaby.api.inference.admission import AdmissionController
from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.limits.limiters import ConcurrencyLimiter, MemoryBudget
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.models.registry import Fault
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["AppState"]


@dataclass(slots=True)
class AppState:
    """Shared state; ``app.state.vocalbaby``.

    Attributes:
        settings: The settings that the application was created with.
        metrics: The metrics that ``/metrics`` shows.
        engine: Decodes recordings and runs the model.
        concurrency: Limits the requests in progress.
        memory: Limits the bytes from clients in memory.
        admission: Limits the seconds of sound that wait.
        shared_limits: The counters behind the limits, shared by all workers.
        key_faults: Returns why the API keys are not up to date.
        draining: True after SIGTERM; ``/ready`` then answers 503 and connections close.
    """

    settings: Settings
    metrics: ServiceMetrics
    engine: Engine
    concurrency: ConcurrencyLimiter
    memory: MemoryBudget
    admission: AdmissionController
    shared_limits: SharedLimits
    key_faults: Callable[[], tuple[Fault, ...]] = tuple
    draining: bool = False
