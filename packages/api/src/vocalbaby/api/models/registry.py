"""The models of a process.

The engine uses a `ModelRegistry` and knows nothing else about models.
`SingleModelRegistry` is the registry of a service without a model store;
`vocalbaby.api.models.channel_registry.ChannelModelRegistry` follows a channel of one.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vocalbaby.api.models.routing import ClipPredictor, LoadedModel, RouteTarget, RoutingTable
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError, VocalBabyError

__all__ = [
    "Fault",
    "ModelRegistry",
    "RegistryStatus",
    "SingleModelRegistry",
    "model_loading",
    "warm_up",
]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a model that should be served is not.

    Attributes:
        code: Code of the error. Its message is only in the log, since it may hold addresses.
        title: The kind of error, for people.
        version: The model that cannot be loaded; None for a fault of the store or the channel.
        since: UTC time in ISO 8601.
    """

    code: str
    title: str
    version: str | None
    since: str


@dataclass(frozen=True, slots=True)
class RegistryStatus:
    """The models that a process has in memory, and the faults that persist."""

    models: tuple[LoadedModel, ...]
    faults: tuple[Fault, ...] = ()


class ModelRegistry(Protocol):
    """The models of a process; its methods may be called from any thread."""

    def load(self) -> None:
        """Load and warm up the first models; called once, in the engine's worker thread.

        A failure is raised and also kept, for `failure` and `route`.
        """

    def failure(self) -> BaseException | None:
        """Return why there will be no model; None while loading and when there is one."""

    def close(self) -> None:
        """Stop the threads of the registry."""

    def route(self, key: str, version: str | None = None) -> RouteTarget:
        """Return the model that answers a request; fast, and the same for the same key.

        Args:
            key: The client's routing key, else the name of its API key, else the request id.
            version: The version that the client insists on, or None.

        Raises:
            NotReadyError: No model is ready.
            RouteNotFoundError: ``version`` is not served.
        """

    def current(self) -> ModelBundle:
        """Return the model with the largest share of the requests.

        Raises:
            NotReadyError: No model is ready.
        """

    def status(self) -> RegistryStatus:
        """Return every model in memory and every fault that persists."""

    def compare(
        self, target: RouteTarget, clips: Sequence[Clip], predictions: list[Prediction]
    ) -> None:
        """Compare the shadow of a target with predictions that were sent to clients.

        Called in the engine's worker thread, so it must return at once.
        """


class SingleModelRegistry:
    """The registry of one model that never changes.

    Args:
        load: Returns the predictor; called once.
        on_ready: Called with the model when it has been warmed up.
    """

    def __init__(
        self, load: Callable[[], ClipPredictor], on_ready: Callable[[ModelBundle], None]
    ) -> None:
        self._load = load
        self._on_ready = on_ready
        self._table: RoutingTable | None = None
        self._failure: BaseException | None = None

    def load(self) -> None:
        """Load and warm up the model; see `ModelRegistry.load`."""
        try:
            predictor = self._load()
            warm_up(predictor)
            self._on_ready(predictor.bundle)
            version = predictor.bundle.manifest.version
            self._table = RoutingTable({version: 1.0}, {version: predictor})
        except BaseException as failure:
            self._failure = failure
            raise

    def failure(self) -> BaseException | None:
        """Return why the model could not be loaded."""
        return self._failure

    def close(self) -> None:
        """Do nothing: this registry has no thread."""

    def route(self, key: str, version: str | None = None) -> RouteTarget:
        """Return the one model; see `ModelRegistry.route`."""
        return self._ready_table().route(key, version)

    def current(self) -> ModelBundle:
        """Return the one model; see `ModelRegistry.current`."""
        return self._ready_table().current()

    def status(self) -> RegistryStatus:
        """Return the one model; see `ModelRegistry.status`."""
        table = self._table
        return RegistryStatus(() if table is None else table.loaded())

    def compare(
        self, target: RouteTarget, clips: Sequence[Clip], predictions: list[Prediction]
    ) -> None:
        """Do nothing: this registry has no shadow."""

    def _ready_table(self) -> RoutingTable:
        table = self._table
        if table is not None:
            return table
        failure = self._failure
        if failure is None:
            raise model_loading()
        if isinstance(failure, VocalBabyError):
            raise NotReadyError(f"There is no model: {failure.message}", hint=failure.hint)
        raise NotReadyError("The model could not be loaded.", hint="The log says why.")


def model_loading() -> NotReadyError:
    """Return the error for a request that arrives before the first model is ready."""
    return NotReadyError("The model is loading.", hint="Retry in a moment.")


def warm_up(predictor: ClipPredictor) -> None:
    """Predict once, so that the first request finds code and model in memory."""
    start = time.perf_counter()
    seconds = np.arange(SAMPLE_RATE // 2, dtype=np.float32) / SAMPLE_RATE
    tone = (0.1 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
    predictor.predict([Clip("warm-up", tone, 0.5)])
    manifest = predictor.bundle.manifest
    _log.info(
        "model %s %s warmed up in %.2f s",
        manifest.name,
        manifest.version,
        time.perf_counter() - start,
    )
