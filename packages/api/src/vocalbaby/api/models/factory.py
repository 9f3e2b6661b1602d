"""Makes the model registry that the settings ask for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vocalbaby.api.models.channel_registry import ChannelModelRegistry
from vocalbaby.api.models.loading import load_model
from vocalbaby.api.models.registry import ModelRegistry, SingleModelRegistry
from vocalbaby.api.models.routing import ClipPredictor, LoadedModel, model_labels
from vocalbaby.api.settings import Settings
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.model_metrics import ModelMetrics

if TYPE_CHECKING:
    from vocalbaby.bundle.store import ModelStore

__all__ = ["open_registry"]


def open_registry(
    settings: Settings,
    metrics: ModelMetrics,
    busy: Callable[[], bool],
    predictor: ClipPredictor | None = None,
) -> ModelRegistry:
    """Make the registry of an application; reads no model yet.

    Args:
        settings: Settings that name a model, or a store and its channel.
        metrics: Metrics of the models.
        busy: Returns whether requests are waiting.
        predictor: Used instead of the model that the settings name.

    Raises:
        ConfigError: The settings name both a model and a store, and the model is not the
            store's fallback.
    """

    def load() -> ClipPredictor:
        return load_model(settings) if predictor is None else predictor

    def announce(bundle: ModelBundle) -> None:
        metrics.set_models([model_labels(LoadedModel(bundle, 1.0))])

    address = settings.store
    if predictor is not None or address is None:
        return SingleModelRegistry(load, announce)
    if settings.model is not None and not settings.store_fallback:
        raise ConfigError(
            "Both a model and a store are named.",
            hint="Leave --model out, or add --store-fallback to use it until the store answers.",
        )

    def open_store() -> "ModelStore":
        # Imported in the worker thread, so that the port opens before they are loaded.
        from vocalbaby.bundle.store import ModelStore  # noqa: PLC0415 - slow to import
        from vocalbaby.cloud.opening import open_storage  # noqa: PLC0415 - as above

        storage = open_storage(address, seconds=settings.store_timeout_seconds)
        return ModelStore(storage, max_model_bytes=settings.max_model_bytes)

    def make(bundle: ModelBundle) -> ClipPredictor:
        from vocalbaby.inference.predictor import Predictor  # noqa: PLC0415 - as above

        return Predictor(bundle)

    return ChannelModelRegistry(
        open_store,
        settings.channel,
        every_s=settings.store_seconds,
        make=make,
        fallback=load if settings.store_fallback else None,
        metrics=metrics,
        busy=busy,
    )
