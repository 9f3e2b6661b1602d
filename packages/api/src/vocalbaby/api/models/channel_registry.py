"""The registry of a service that follows a channel of a model store."""

import threading
from collections.abc import Callable, Mapping, Sequence

from vocalbaby.api.models.channel_watcher import ChannelWatcher, Store
from vocalbaby.api.models.registry import Fault, RegistryStatus, model_loading, warm_up
from vocalbaby.api.models.routing import ClipPredictor, RouteTarget, RoutingTable, model_labels
from vocalbaby.api.models.shadow import ShadowRunner
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["ChannelModelRegistry"]


class ChannelModelRegistry:
    """The models of a channel; see `vocalbaby.api.models.registry.ModelRegistry`.

    A new state of the channel replaces the routing table in one assignment, so that no
    request waits for it.

    Args:
        open_store: Opens the model store; called again after each failure.
        channel: Name of the channel.
        every_s: Seconds between two polls of the channel.
        make: Makes a predictor from a bundle.
        fallback: Loads a model that answers until the store provides one; or None.
        metrics: Metrics of the models.
        busy: Returns whether requests wait; the shadow is then not run.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        channel: str,
        *,
        every_s: float,
        make: Callable[[ModelBundle], ClipPredictor],
        fallback: Callable[[], ClipPredictor] | None,
        metrics: ModelMetrics,
        busy: Callable[[], bool],
    ) -> None:
        self._fallback = fallback
        self._metrics = metrics
        self._shadow = ShadowRunner(metrics, busy)
        self._watcher = ChannelWatcher(
            open_store,
            channel,
            every_s=every_s,
            make=make,
            on_change=self._apply,
            on_faults=self._set_faults,
            metrics=metrics,
        )
        self._lock = threading.Lock()
        self._table: RoutingTable | None = None
        self._faults: tuple[Fault, ...] = ()

    def load(self) -> None:
        """Poll the channel once, and start the thread that keeps polling it."""
        self._watcher.start()
        if self._fallback is None or self._table is not None:
            return
        model = self._fallback()
        warm_up(model)
        version = model.bundle.manifest.version
        with self._lock:
            if self._table is None:  # the store may have provided a model meanwhile
                self._replace(RoutingTable({version: 1.0}, {version: model}))

    def close(self) -> None:
        """Stop the threads."""
        self._watcher.close()
        self._shadow.close()

    def failure(self) -> BaseException | None:
        """Return None: any failure may be over at the next poll."""

    def route(self, key: str, version: str | None = None) -> RouteTarget:
        """See `ModelRegistry.route`."""
        return self._ready_table().route(key, version)

    def current(self) -> ModelBundle:
        """See `ModelRegistry.current`."""
        return self._ready_table().current()

    def status(self) -> RegistryStatus:
        """See `ModelRegistry.status`."""
        table = self._table
        return RegistryStatus(() if table is None else table.loaded(), self._faults)

    def compare(
        self, target: RouteTarget, clips: Sequence[Clip], predictions: list[Prediction]
    ) -> None:
        """See `ModelRegistry.compare`."""
        if target.shadow is not None:
            self._shadow.submit(target.shadow, clips, predictions)

    def _ready_table(self) -> RoutingTable:
        table = self._table
        if table is not None:
            return table
        if not (faults := self._faults):
            raise model_loading()
        raise NotReadyError(
            f"There is no model yet ({faults[0].title}).",
            hint="The service keeps trying; its log has the details.",
        )

    def _apply(self, channel: Channel, models: Mapping[str, ClipPredictor]) -> None:
        """Route requests to these models; called by the watcher once all are warmed up."""
        table = RoutingTable(channel.serves, models, channel.shadow)
        with self._lock:
            self._replace(table)

    def _replace(self, table: RoutingTable) -> None:
        self._metrics.set_models([model_labels(model) for model in table.loaded()])
        self._table = table

    def _set_faults(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
