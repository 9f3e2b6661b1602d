"""What the requests of one application share."""

from dataclasses import dataclass

from vocalbaby.api.inference.admission import Backlog
from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.limits.bounds import Gate, HeldBytes
from vocalbaby.api.limits.shared import Common
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["AppState"]


@dataclass(slots=True)
class AppState:
    """Shared state; ``app.state.vocalbaby``.

    Attributes:
        settings: As the application was made with.
        metrics: What ``/metrics`` shows.
        engine: Decodes and predicts.
        gate: Bounds the requests in flight.
        held: Bounds the bytes of clients in memory.
        backlog: Bounds the sound that waits.
        common: What all workers count together.
        draining: True from SIGTERM on; ``/ready`` then says no and connections close.
    """

    settings: Settings
    metrics: ServiceMetrics
    engine: Engine
    gate: Gate
    held: HeldBytes
    backlog: Backlog
    common: Common
    draining: bool = False
